// The fields that a source has taught, in short: name, meaning, a sample. All of it stands in the tab "Fields".

import type { Field } from "../../../api/client.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Skeleton } from "../../../ui/states.tsx";
import { Stranger } from "../../../ui/stranger.tsx";
import style from "./connect.module.css";

/** As many as a person looks at in passing. */
const SHOWN = 10;

export function LearnedFields({ fields, automationId }: { fields: Field[] | undefined; automationId: string }) {
  const { sources, fields: words } = useWords();
  if (!fields || fields.length === 0) return <Skeleton lines={3} />;
  return (
    <div class={style.learned}>
      <h3>{sources.connect.learned(fields.length)}</h3>
      <dl class={style.fields}>
        {fields.slice(0, SHOWN).map((field) => (
          <div key={field.path}>
            <dt>
              <Stranger value={field.path} cut={60} />
            </dt>
            <dd>
              {field.masked ? (
                <span class={style.soft}>{words.storage.mask.short}</span>
              ) : (
                <Stranger value={field.samples[0]} cut={80} />
              )}
              {field.meaning && <span class={style.meaning}>{words.meanings[field.meaning]}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <a class={style.all} href={`/automations/${automationId}/fields`}>
        {fields.length > SHOWN ? sources.connect.allFields(fields.length) : sources.connect.toFields}
      </a>
    </div>
  );
}
