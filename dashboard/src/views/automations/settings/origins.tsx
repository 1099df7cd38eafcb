// From which websites a browser may send. It keeps no program away, which says whatever origin it likes: for that there
// is the proof of origin.

import { useState } from "preact/hooks";
import type { Source } from "../../../api/client.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Field, Switch, TextArea } from "../../../ui/field.tsx";
import { Setting } from "./setting.tsx";

/** One a line; what stands behind the host of a pasted address is no part of an origin. */
export function readOrigins(text: string): string[] {
  const lines = text.split(/[\s,]+/).filter(Boolean);
  return [...new Set(lines.map((line) => line.match(/^https?:\/\/[^/]+/)?.[0] ?? line))];
}

export function Origins({ source }: { source: Source }) {
  const { origins: words } = useWords().sources;
  const now = source.allowed_origins ?? null;
  const [limited, setLimited] = useState(now !== null);
  const [text, setText] = useState(now?.join("\n") ?? "");
  const given = limited ? readOrigins(text) : null;
  const same = JSON.stringify(given) === JSON.stringify(now);
  const missing = given?.length === 0;
  return (
    <Setting
      source={source}
      title={words.title}
      text={words.text}
      change={same || missing ? undefined : { allowed_origins: given }}
      onSaved={() => setText(given?.join("\n") ?? "")}
    >
      <Switch checked={limited} onChange={setLimited} label={words.limited} />
      {limited && (
        <Field label={words.list} hint={words.hint}>
          {(wires) => (
            <TextArea {...wires} value={text} onInput={setText} rows={3} placeholder="https://www.example.com" />
          )}
        </Field>
      )}
    </Setting>
  );
}
