// The end of an automation, and what goes with it.

import { useState } from "preact/hooks";
import { type Automation, api, ask } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { queries } from "../../../api/query.ts";
import { route } from "../../../frame/router.tsx";
import { useWords } from "../../../i18n/index.tsx";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Switch } from "../../../ui/field.tsx";
import * as icons from "../../../ui/icon.ts";
import { Card } from "../../../ui/page.tsx";
import { toast } from "../../../ui/toast.tsx";
import style from "./settings.module.css";

/** @param shared whether another automation uses the same source, which then stays anyway */
export function Deletion({ automation, shared }: { automation: Automation; shared: boolean }) {
  const { deletion: words } = useWords().automations;
  const [asking, setAsking] = useState(false);
  const [keep, setKeep] = useState(false);
  const remove = async () => {
    const params = { path: { id: automation.id }, query: { keep_source: keep } };
    await ask(api.DELETE("/automations/{id}", { params }));
    // Away first: the page of what is gone would ask for it once more.
    route("/automations", true);
    queries.remove(keys.automation(automation.id));
    void queries.invalidate(keys.automations());
    toast(words.done(automation.name));
  };
  return (
    <Card title={words.title}>
      <div class={style.setting}>
        <p class={style.soft}>{words.text}</p>
        <div>
          <Button kind="danger" icon={icons.Delete} onClick={() => setAsking(true)}>
            {words.act}
          </Button>
        </div>
      </div>
      {asking && (
        <Confirm title={words.ask(automation.name)} act={words.act} onClose={() => setAsking(false)} onConfirm={remove}>
          <ul class={style.points}>
            <li>{words.runs}</li>
            <li>{shared ? words.shared : keep ? words.kept : words.gone}</li>
            <li>{words.stays}</li>
          </ul>
          {!shared && <Switch checked={keep} onChange={setKeep} label={words.keep} hint={words.keepHint} />}
        </Confirm>
      )}
    </Card>
  );
}
