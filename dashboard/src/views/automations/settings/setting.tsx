// One setting of a source: its card, its button, what became of saving it. What is in the card is the setting's own.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, ask, type Schemas, type Source } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { queries } from "../../../api/query.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/page.tsx";
import { ProblemNote } from "../../../ui/states.tsx";
import { toast } from "../../../ui/toast.tsx";
import style from "./settings.module.css";

/** Changes a source, and keeps what it is afterwards. @throws {ApiProblem} when it is refused. */
export function useSourceChange(source: Source): (change: Schemas["SourceChange"]) => Promise<void> {
  return async (body) => {
    const saved = await ask(api.PATCH("/sources/{id}", { params: { path: { id: source.id } }, body }));
    queries.set(keys.source(saved.id), saved);
    void queries.invalidate(keys.sources());
  };
}

interface SettingProps {
  source: Source;
  /** Where a link finds it. */
  id?: string;
  title: string;
  text: ComponentChildren;
  /** What saving would change; undefined while nothing is changed or something is missing. */
  change: Schemas["SourceChange"] | undefined;
  onSaved?: () => void;
  children: ComponentChildren;
}

export function Setting({ source, id, title, text, change, onSaved, children }: SettingProps) {
  const { common } = useWords();
  const save = useSourceChange(source);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  // What was wrong with another value says nothing about this one.
  const written = JSON.stringify(change);
  useEffect(() => setError(undefined), [written]);
  const submit = async () => {
    if (!change || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await save(change);
      toast(common.saved);
      onSaved?.();
    } catch (error) {
      setError(error);
    }
    setBusy(false);
  };
  return (
    <Card title={title}>
      <form
        id={id}
        class={style.setting}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p class={style.soft}>{text}</p>
        {children}
        {error !== undefined && <ProblemNote error={error} />}
        <div>
          <Button type="submit" kind={change ? "primary" : "plain"} busy={busy} aria-disabled={!change || undefined}>
            {busy ? common.saving : common.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}
