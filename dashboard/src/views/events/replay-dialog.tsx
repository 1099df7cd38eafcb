// Asks which events are to be run again. It starts the replay; how far it is, another part shows.

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { useAutomations, useSources } from "../../api/queries.ts";
import { useMutation } from "../../api/query.ts";
import { useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Input, Select } from "../../ui/field.tsx";
import { Note, ProblemNote } from "../../ui/states.tsx";
import { localInput, toIso } from "./time-input.ts";

interface ReplayDialogProps {
  source?: string;
  from?: string;
  to?: string;
  onClose: () => void;
  onBegun: (id: string) => void;
}

const DAY_MS = 86_400_000;

export function ReplayDialog({ source, from, to, onClose, onBegun }: ReplayDialogProps) {
  const { events: t, common } = useWords();
  const sources = useSources();
  const automations = useAutomations();
  const [chosen, setChosen] = useState(source ?? "");
  const [automation, setAutomation] = useState("");
  const [begin, setBegin] = useState(localInput(from ?? new Date(Date.now() - DAY_MS).toISOString()));
  // A minute ahead, so that what came in this one is within.
  const [end, setEnd] = useState(localInput(to ?? new Date(Date.now() + 60_000).toISOString()));
  const sourceId = chosen || sources.data?.[0]?.id || "";
  const start = useMutation({
    act: () =>
      ask(
        api.POST("/events/replay", {
          body: { source_id: sourceId, from: toIso(begin), to: toIso(end), automation_id: automation || null },
        }),
      ),
    onDone: ({ id }) => {
      onBegun(id);
      onClose();
    },
  });
  return (
    <Dialog
      title={t.rangeTitle}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button
            kind="primary"
            busy={start.busy}
            disabled={!sourceId || !toIso(begin) || !toIso(end)}
            onClick={() => start.run()}
          >
            {t.rangeStart}
          </Button>
        </>
      }
    >
      <Note tone="wait">{t.rangeText}</Note>
      <Field label={t.source}>
        {(wires) => (
          <Select
            {...wires}
            value={sourceId}
            onChange={(value) => {
              setChosen(value);
              setAutomation("");
            }}
            options={(sources.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
      </Field>
      <Field label={t.automation}>
        {(wires) => (
          <Select
            {...wires}
            value={automation}
            onChange={setAutomation}
            options={[
              { value: "", label: t.everyAutomation },
              ...(automations.data ?? [])
                .filter((one) => one.source.id === sourceId)
                .map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        )}
      </Field>
      <Field label={t.from}>
        {(wires) => <Input {...wires} type="datetime-local" value={begin} onInput={setBegin} />}
      </Field>
      <Field label={t.to}>{(wires) => <Input {...wires} type="datetime-local" value={end} onInput={setEnd} />}</Field>
      {start.error && <ProblemNote error={start.error} />}
    </Dialog>
  );
}
