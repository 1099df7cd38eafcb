// What counts as the same delivery sent twice: the sender's own id in its fields, and equal bodies within a time.

import { useState } from "preact/hooks";
import type { Source } from "../../../api/client.ts";
import { useFields } from "../../../api/queries.ts";
import { useFormat, useWords } from "../../../i18n/index.tsx";
import { IconButton } from "../../../ui/button.tsx";
import { Field, Select } from "../../../ui/field.tsx";
import * as icons from "../../../ui/icon.ts";
import { visible } from "../../../ui/stranger.tsx";
import { Setting } from "./setting.tsx";
import style from "./settings.module.css";

/** **Limit:** as the API's. */
const MOST_FIELDS = 5;
const WINDOWS_S = [0, 60, 300, 900, 3_600, 21_600, 86_400];

export function Repeats({ source }: { source: Source }) {
  const { repeats: words } = useWords().sources;
  const format = useFormat();
  const known = useFields(source.id).data?.data ?? [];
  const now = source.delivery_id?.fields ?? [];
  const [fields, setFields] = useState(now);
  const [window_s, setWindow] = useState(source.dedupe_window_s);
  // One value an event: an id in the items of a list says nothing of the whole.
  const free = known.filter(({ path }) => !path.includes("[]") && !fields.includes(path));
  const same = fields.join("\n") === now.join("\n") && window_s === source.dedupe_window_s;
  const windows = [...new Set([...WINDOWS_S, source.dedupe_window_s])].sort((a, b) => a - b);
  return (
    <Setting
      source={source}
      title={words.title}
      text={words.text}
      change={same ? undefined : { delivery_id: fields.length > 0 ? { fields } : null, dedupe_window_s: window_s }}
    >
      <Field label={words.fields} hint={words.fieldsHint}>
        {(wires) => (
          <>
            {fields.length > 0 && (
              <ul class={style.chosen}>
                {fields.map((field) => (
                  <li key={field}>
                    <bdi>{visible(field)}</bdi>
                    <IconButton
                      size="s"
                      icon={icons.Close}
                      label={words.remove(visible(field))}
                      onClick={() => setFields(fields.filter((one) => one !== field))}
                    />
                  </li>
                ))}
              </ul>
            )}
            <Select
              {...wires}
              value=""
              disabled={free.length === 0 || fields.length >= MOST_FIELDS}
              onChange={(field) => field && setFields([...fields, field])}
              options={[
                { value: "", label: known.length === 0 ? words.noFields : words.add },
                ...free.map(({ path }) => ({ value: path, label: visible(path) })),
              ]}
            />
          </>
        )}
      </Field>
      <Field label={words.window} hint={words.windowHint}>
        {(wires) => (
          <Select
            {...wires}
            value={String(window_s)}
            onChange={(value) => setWindow(Number(value))}
            options={windows.map((value) => ({
              value: String(value),
              label: value === 0 ? words.never : words.within(format.duration(value * 1_000)),
            }))}
          />
        )}
      </Field>
    </Setting>
  );
}
