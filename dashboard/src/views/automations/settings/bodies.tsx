// Whether bodies are kept once their runs are over. On or off at once.

import { useState } from "preact/hooks";
import type { Source } from "../../../api/client.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Switch } from "../../../ui/field.tsx";
import { Card } from "../../../ui/page.tsx";
import { ProblemNote } from "../../../ui/states.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useSourceChange } from "./setting.tsx";
import style from "./settings.module.css";

export function Bodies({ source }: { source: Source }) {
  const { sources, common } = useWords();
  const { bodies: words } = sources;
  const save = useSourceChange(source);
  const [error, setError] = useState<unknown>();
  const change = async (keep_body: boolean) => {
    setError(undefined);
    try {
      await save({ keep_body });
      toast(common.saved);
    } catch (error) {
      setError(error);
    }
  };
  return (
    <Card title={words.title}>
      <div class={style.setting}>
        <Switch
          checked={source.keep_body}
          onChange={(keep) => void change(keep)}
          label={words.keep}
          hint={words.hint}
        />
        {error !== undefined && <ProblemNote error={error} />}
      </div>
    </Card>
  );
}
