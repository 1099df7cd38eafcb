// Whether an automation is on. Off is at once, with a way back; on asks what becomes of the runs that were held
// meanwhile, when there are any.

import { useState } from "preact/hooks";
import { type Automation, api, ask, type Schemas } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { queries } from "../../api/query.ts";
import { useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Switch } from "../../ui/field.tsx";
import { ProblemNote, problemText } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import style from "./enabled-switch.module.css";

/** As many held runs as one page of them holds; more are said to be that many and more. */
const MOST = 200;

export function EnabledSwitch({ automation, bare }: { automation: Automation; bare?: boolean }) {
  const { automations: words, problems, common } = useWords();
  const [busy, setBusy] = useState(false);
  const [held, setHeld] = useState(0);
  const path = { id: automation.id };

  const keep = (saved: Automation) => {
    queries.set(keys.automation(saved.id), saved);
    const all = queries.get<Automation[]>(keys.automations());
    if (all)
      queries.set(
        keys.automations(),
        all.map((one) => (one.id === saved.id ? saved : one)),
      );
    void queries.invalidate(keys.runs());
    void queries.invalidate(keys.events());
  };
  const enable = async (held?: Schemas["Held"]) => {
    keep(await ask(api.POST("/automations/{id}/enable", { params: { path }, body: held ? { held } : {} })));
    toast(words.enabled(automation.name));
  };
  const turnOn = async () => {
    const query = { automation_id: automation.id, status: "held" as const, limit: MOST };
    const { data } = await ask(api.GET("/runs", { params: { query } }));
    if (data.length > 0) setHeld(data.length);
    else await enable();
  };
  const turnOff = async () => {
    keep(await ask(api.POST("/automations/{id}/disable", { params: { path } })));
    toast(words.disabled(automation.name), { label: common.undo, act: () => void guarded(turnOn) });
  };
  const guarded = async (act: () => Promise<void>) => {
    // Not `disabled` meanwhile: that would take the keyboard's focus away.
    if (busy) return;
    setBusy(true);
    try {
      await act();
    } catch (error) {
      toast(problemText(error, problems));
    }
    setBusy(false);
  };

  return (
    <>
      <Switch
        checked={automation.enabled}
        bare={bare}
        label={bare ? words.switch(automation.name) : automation.enabled ? words.on : words.off}
        onChange={(on) => void guarded(on ? turnOn : turnOff)}
      />
      {held > 0 && <Held count={held} onClose={() => setHeld(0)} onChoose={enable} />}
    </>
  );
}

interface HeldProps {
  count: number;
  onClose: () => void;
  onChoose: (held?: Schemas["Held"]) => Promise<void>;
}

/** What becomes of the runs that were held. */
function Held({ count, onClose, onChoose }: HeldProps) {
  const { automations: words, common } = useWords();
  const [busy, setBusy] = useState<string>();
  const [error, setError] = useState<unknown>();
  const choose = async (held?: Schemas["Held"]) => {
    setBusy(held ?? "keep");
    setError(undefined);
    try {
      await onChoose(held);
      onClose();
    } catch (error) {
      setError(error);
    }
    setBusy(undefined);
  };
  const { held } = words;
  return (
    <Dialog title={held.title} onClose={onClose} foot={<Button onClick={onClose}>{common.cancel}</Button>}>
      <p>{held.text(count, count === MOST)}</p>
      <div class={style.ways}>
        <Button busy={busy === "release"} onClick={() => void choose("release")}>
          {held.release}
        </Button>
        <p>{held.releaseText}</p>
        <Button kind="danger" busy={busy === "drop"} onClick={() => void choose("drop")}>
          {held.drop}
        </Button>
        <p>{held.dropText}</p>
        <Button busy={busy === "keep"} onClick={() => void choose()}>
          {held.keep}
        </Button>
        <p>{held.keepText}</p>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
    </Dialog>
  );
}
