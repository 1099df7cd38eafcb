// The source's address: what it is called, a new one when the old got about, and another automation that listens to it.

import { useState } from "preact/hooks";
import { api, ask, type Source } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { queries } from "../../../api/query.ts";
import { route } from "../../../frame/router.tsx";
import { useFormat, useWords } from "../../../i18n/index.tsx";
import { Button } from "../../../ui/button.tsx";
import { CopyLine } from "../../../ui/copy.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Field, Input, Select } from "../../../ui/field.tsx";
import * as icons from "../../../ui/icon.ts";
import { Note, problemText } from "../../../ui/states.tsx";
import { toast } from "../../../ui/toast.tsx";
import { Setting } from "./setting.tsx";
import style from "./settings.module.css";

export function Address({ source }: { source: Source }) {
  const { sources, problems, automations } = useWords();
  const { address: words } = sources;
  const format = useFormat();
  const [name, setName] = useState(source.name);
  const [rotating, setRotating] = useState(false);
  const given = name.trim();
  const old = source.old_token_until;
  const another = async () => {
    try {
      const body = { name: automations.firstRun.scratch.name, source_id: source.id, steps: [] };
      const made = await ask(api.POST("/automations", { body }));
      void queries.invalidate(keys.automations());
      route(`/automations/${made.id}/steps`);
    } catch (error) {
      toast(problemText(error, problems));
    }
  };
  return (
    <Setting
      source={source}
      title={words.title}
      text={words.text}
      change={given !== "" && given !== source.name ? { name: given } : undefined}
    >
      <CopyLine text={source.url} label={words.title} />
      {old && Date.parse(old) > Date.now() && <Note tone="wait">{words.oldUntil(format.moment(old))}</Note>}
      <div class={style.acts}>
        <Button icon={icons.Again} onClick={() => setRotating(true)}>
          {words.rotate}
        </Button>
        <Button icon={icons.Add} onClick={() => void another()}>
          {words.another}
        </Button>
      </div>
      <Field label={words.name} hint={words.nameHint}>
        {(wires) => <Input {...wires} value={name} onInput={setName} maxLength={100} />}
      </Field>
      {rotating && <Rotation source={source} onClose={() => setRotating(false)} />}
    </Setting>
  );
}

const GRACES_S = [86_400, 3_600, 604_800, 2_592_000, 0];

function Rotation({ source, onClose }: { source: Source; onClose: () => void }) {
  const { address: words } = useWords().sources;
  const format = useFormat();
  const [grace, setGrace] = useState(86_400);
  const rotate = async () => {
    const params = { path: { id: source.id } };
    const saved = await ask(api.POST("/sources/{id}/rotate", { params, body: { grace_seconds: grace } }));
    queries.set(keys.source(saved.id), saved);
    // Every automation of the source shows its address.
    await queries.invalidate(keys.automations());
    toast(words.rotated);
  };
  return (
    <Confirm title={words.rotate} act={words.rotateAct} onClose={onClose} onConfirm={rotate}>
      <p>{words.rotateText}</p>
      <Field label={words.grace} hint={grace === 0 ? words.atOnceHint : words.graceHint}>
        {(wires) => (
          <Select
            {...wires}
            value={String(grace)}
            onChange={(value) => setGrace(Number(value))}
            options={GRACES_S.map((value) => ({
              value: String(value),
              label: value === 0 ? words.atOnce : words.still(format.duration(value * 1_000)),
            }))}
          />
        )}
      </Field>
    </Confirm>
  );
}
