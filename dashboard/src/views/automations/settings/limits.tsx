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
    [today.events, today.events_limit],
    [today.bytes, today.bytes_limit],
  ] as const;
  const meter = ([is, may]: readonly [number, number], write: (n: number) => string) => (
    <Meter value={is} max={may} near={may * NEAR} text={words.used(write(is), write(may))} />
  );
  return (
    <Setting
      source={source}
      id="limits"
      title={words.title}
      text={words.text}
      change={same || wrong ? undefined : { limits }}
    >
      {used.some(([is, may]) => is >= may) ? (
        <Note tone="fail">{words.reached}</Note>
      ) : (
        used.some(([is, may]) => is >= may * NEAR) && <Note tone="wait">{words.near}</Note>
      )}
      <Field label={words.events} hint={words.hint} fault={faulty(limits.events_per_day)} optional>
        {(wires) => (
          <>
            <Input {...wires} inputMode="numeric" value={events} onInput={setEvents} />
            {meter(used[0], format.number)}
          </>
        )}
      </Field>
      <Field label={words.bytes} hint={words.hint} fault={faulty(limits.bytes_per_day)} optional>
        {(wires) => (
          <>
            <Input {...wires} inputMode="numeric" value={bytes} onInput={setBytes} />
            {meter(used[1], format.bytes)}
          </>
        )}
      </Field>
    </Setting>
  );
}
