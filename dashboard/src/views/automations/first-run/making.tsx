// What a choice would make, shown before it is made: the name, every step in words, who hears of it. Then it is made,
// and the way leads to the page where its address stands.

import { useState } from "preact/hooks";
import { type AutomationInput, api, ask } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { queries } from "../../../api/query.ts";
import { route } from "../../../frame/router.tsx";
import { useSpeech } from "../../../i18n/index.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Note, ProblemNote } from "../../../ui/states.tsx";
import type { Starter } from "../starters/starter.ts";
import { StepsInWords } from "../steps-in-words.tsx";
import { Choices } from "./choices.tsx";

/** A starter, the empty automation, or still to be chosen. */
export type Chosen = Starter | "scratch" | "open";

export function Making({ chosen: first, onClose }: { chosen: Chosen; onClose: () => void }) {
  const { words } = useSpeech();
  const [chosen, setChosen] = useState(first);
  if (chosen === "open") {
    return (
      <Dialog title={words.automations.create} onClose={onClose} wide>
        <Choices onChoose={setChosen} />
      </Dialog>
    );
  }
  const back = first === "open" ? () => setChosen("open") : undefined;
  return <Make key={chosen === "scratch" ? chosen : chosen.id} chosen={chosen} onClose={onClose} back={back} />;
}

interface MakeProps {
  chosen: Exclude<Chosen, "open">;
  onClose: () => void;
  back?: () => void;
}

function Make({ chosen, onClose, back }: MakeProps) {
  const { words, language } = useSpeech();
  const { making, firstRun } = words.automations;
  const text = chosen === "scratch" ? undefined : chosen.in[language];
  const [name, setName] = useState(text?.name ?? firstRun.scratch.name);
  const [team, setTeam] = useState(text?.team ?? "");
  const { make, busy, error } = useMaking();
  const steps = text?.steps(team.trim()) ?? [];
  const ready = name.trim() !== "" && (text?.team === undefined || team.includes("@"));
  return (
    <Dialog
      wide={text !== undefined}
      title={text?.title ?? firstRun.scratch.title}
      onClose={onClose}
      foot={
        <>
          {back && <Button onClick={back}>{words.common.back}</Button>}
          <Button
            kind="primary"
            busy={busy}
            aria-disabled={!ready || undefined}
            onClick={() => ready && make({ name: name.trim(), steps })}
          >
            {making.act}
          </Button>
        </>
      }
    >
      <Field label={making.name}>
        {(wires) => <Input {...wires} value={name} onInput={setName} maxLength={100} />}
      </Field>
      {text ? (
        <>
          <div>
            <h3>{making.steps}</h3>
            <StepsInWords steps={steps} />
          </div>
          {text.team !== undefined && (
            <Field label={making.team} hint={making.teamHint}>
              {(wires) => <Input {...wires} type="email" value={team} onInput={setTeam} />}
            </Field>
          )}
          <Note>{making.note}</Note>
        </>
      ) : (
        <p>{firstRun.scratch.what}</p>
      )}
      {error !== undefined && <ProblemNote error={error} />}
    </Dialog>
  );
}

/** Makes an automation, and goes to it. */
function useMaking() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const make = async (body: AutomationInput) => {
    setBusy(true);
    setError(undefined);
    try {
      const made = await ask(api.POST("/automations", { body }));
      queries.set(keys.automation(made.id), made);
      void queries.invalidate(keys.automations());
      route(`/automations/${made.id}`);
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return { make, busy, error };
}
