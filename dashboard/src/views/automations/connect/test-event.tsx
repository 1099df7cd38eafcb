// A test event, looked at and changed before it is sent: as fields where it is flat, as JSON always.

import { useState } from "preact/hooks";
import { useWords } from "../../../i18n/index.tsx";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Field, Input, Switch, TextArea } from "../../../ui/field.tsx";
import * as icons from "../../../ui/icon.ts";
import { ProblemNote } from "../../../ui/states.tsx";
import { valueText } from "../../../ui/stranger.tsx";
import type { Payload } from "../example.ts";
import style from "./connect.module.css";
import { type Row, readJson, readRows } from "./draft.ts";

interface TestEventProps {
  payload: Payload;
  onClose: () => void;
  onSend: (payload: Payload, simulated: boolean) => Promise<void>;
}

let made = 0;
const rowsOf = (payload: Payload): Row[] =>
  Object.entries(payload).map(([key, value]) => ({ id: ++made, key, text: valueText(value), was: value }));
const isFlat = (payload: Payload) =>
  Object.values(payload).every((value) => typeof value !== "object" || value === null);

export function TestEvent({ payload, onClose, onSend }: TestEventProps) {
  const { sources, common } = useWords();
  const words = sources.testEvent;
  // An empty text means that the fields are what is edited.
  const [json, setJson] = useState(isFlat(payload) ? undefined : JSON.stringify(payload, null, 2));
  const [rows, setRows] = useState(() => rowsOf(payload));
  const [simulated, setSimulated] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const given = json === undefined ? readRows(rows) : readJson(json);
  const canBeRows = given !== undefined && isFlat(given);

  const send = async () => {
    if (!given) return;
    setBusy(true);
    setError(undefined);
    try {
      await onSend(given, simulated);
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  const asJson = () => setJson(JSON.stringify(given ?? payload, null, 2));
  const asRows = () => {
    if (!given) return;
    setRows(rowsOf(given));
    setJson(undefined);
  };
  return (
    <Dialog
      wide
      title={words.title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button kind="primary" icon={icons.Outbox} busy={busy} aria-disabled={!given || undefined} onClick={send}>
            {simulated ? words.sendTest : words.sendReal}
          </Button>
        </>
      }
    >
      {json === undefined ? (
        <Rows rows={rows} onChange={setRows} />
      ) : (
        <Field label="JSON" fault={given ? undefined : words.notJson}>
          {(wires) => (
            <TextArea {...wires} class={style.json} value={json} onInput={setJson} spellcheck={false} rows={10} />
          )}
        </Field>
      )}
      <div class={style.acts}>
        {json === undefined ? (
          <Button size="s" kind="quiet" onClick={asJson}>
            {words.asJson}
          </Button>
        ) : (
          canBeRows && (
            <Button size="s" kind="quiet" onClick={asRows}>
              {words.asFields}
            </Button>
          )
        )}
      </div>
      <Switch
        checked={simulated}
        onChange={setSimulated}
        label={words.simulate}
        hint={simulated ? words.simulateHint : words.realHint}
      />
      {error !== undefined && <ProblemNote error={error} />}
    </Dialog>
  );
}

function Rows({ rows, onChange }: { rows: Row[]; onChange: (rows: Row[]) => void }) {
  const words = useWords().sources.testEvent;
  const change = (id: number, part: Partial<Row>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  return (
    <div class={style.rows}>
      {rows.map((row) => (
        <div key={row.id} class={style.row}>
          <Input aria-label={words.field} value={row.key} onInput={(key) => change(row.id, { key })} />
          <Input
            aria-label={words.valueOf(row.key)}
            value={row.text}
            onInput={(text) => change(row.id, { text, was: undefined })}
          />
          <IconButton
            icon={icons.Delete}
            label={words.remove(row.key)}
            onClick={() => onChange(rows.filter(({ id }) => id !== row.id))}
          />
        </div>
      ))}
      <Button size="s" icon={icons.Add} onClick={() => onChange([...rows, { id: ++made, key: "", text: "" }])}>
        {words.add}
      </Button>
    </div>
  );
}
