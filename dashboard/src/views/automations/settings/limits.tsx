// How much the address may receive in a day, and how much of that today has used up.

import { useState } from "preact/hooks";
import type { Source } from "../../../api/client.ts";
import { useFormat, useWords } from "../../../i18n/index.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Meter } from "../../../ui/meter.tsx";
import { Note } from "../../../ui/states.tsx";
import { readLimit, writeLimit } from "./read-limit.ts";
import { Setting } from "./setting.tsx";

const MB = 1_000_000;
/** From this part of a limit on there is a warning, as the API's. */
const NEAR = 0.8;

export function Limits({ source }: { source: Source }) {
  const { limits: words } = useWords().sources;
  const format = useFormat();
  const { limits: now, today } = source;
  const [events, setEvents] = useState(writeLimit(now.events_per_day, 1));
  const [bytes, setBytes] = useState(writeLimit(now.bytes_per_day, MB));
  const limits = { events_per_day: readLimit(events, 1), bytes_per_day: readLimit(bytes, MB) };
  const faulty = (limit: number | null | undefined) => (limit === undefined ? words.fault : undefined);
  const wrong = limits.events_per_day === undefined || limits.bytes_per_day === undefined;
  const same = limits.events_per_day === now.events_per_day && limits.bytes_per_day === now.bytes_per_day;
  const used = [
    [today.events, today.events_limit, format.number, words.events],
    [today.bytes, today.bytes_limit, format.bytes, words.bytes],
  ] as const;
  return (
    <Setting
      source={source}
      id="limits"
      title={words.title}
      text={words.text}
      change={same || wrong ? undefined : { limits }}
    >
      {used.map(([is, may, write, label]) => (
        <div key={label}>
          <Meter value={is} max={may} near={may * NEAR} label={label} text={words.used(write(is), write(may))} />
        </div>
      ))}
      {used.some(([is, may]) => is >= may) ? (
        <Note tone="fail">{words.reached}</Note>
      ) : (
        used.some(([is, may]) => is >= may * NEAR) && <Note tone="wait">{words.near}</Note>
      )}
      <Field label={words.events} hint={words.hint} fault={faulty(limits.events_per_day)} optional>
        {(wires) => <Input {...wires} inputMode="numeric" value={events} onInput={setEvents} placeholder="1000000" />}
      </Field>
      <Field label={words.bytes} fault={faulty(limits.bytes_per_day)} optional>
        {(wires) => <Input {...wires} inputMode="numeric" value={bytes} onInput={setBytes} placeholder="2147" />}
      </Field>
    </Setting>
  );
}
