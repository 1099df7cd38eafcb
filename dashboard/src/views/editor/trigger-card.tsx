// What sets the automation off: an event of its source, always or only when a condition holds.

import type { Automation, Fault, Field } from "../../api/client.ts";
import { useSource } from "../../api/queries.ts";
import { useWords } from "../../i18n/index.tsx";
import { Select } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { Stranger, visible } from "../../ui/stranger.tsx";
import { emptyCondition } from "./condition.ts";
import { ConditionForm } from "./condition-form.tsx";
import type { Draft } from "./draft.ts";
import { FieldsProvider, type Offers } from "./fields-context.tsx";
import { faultText } from "./notices.ts";
import { fieldLabel } from "./template.ts";
import style from "./trigger-card.module.css";

interface TriggerCardProps {
  automation: Automation;
  draft: Draft;
  onChange: (condition: Draft["condition"]) => void;
  fields: Field[] | undefined;
  faults: Fault[];
  offers: Offers;
}

export function TriggerCard({ automation, draft, onChange, fields, faults, offers }: TriggerCardProps) {
  const all = useWords();
  const { editor: words } = all;
  const source = useSource(automation.source.id);
  const fault = faults.find(({ path }) => path.startsWith("condition"));
  return (
    <section class={style.card} aria-labelledby="trigger-title">
      <header class={style.head}>
        <span class={style.icon}>
          <icons.Automations />
        </span>
        <div>
          <h2 id="trigger-title">{words.trigger.title}</h2>
          <p class={style.from}>
            {words.trigger.from} {source.data ? <bdi>{visible(source.data.name)}</bdi> : "…"}
          </p>
        </div>
      </header>
      {fields && fields.length > 0 ? (
        <details class={style.fields}>
          <summary>{words.trigger.learned(fields.length)}</summary>
          <dl>
            {fields.map((field) => (
              <div key={field.path}>
                <dt>
                  <bdi>{visible(fieldLabel(field.path))}</bdi>
                </dt>
                <dd>{field.masked ? words.trigger.masked : <Stranger value={field.samples[0] ?? ""} cut={60} />}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : (
        fields && <p class={style.none}>{words.trigger.nothing}</p>
      )}
      <div class={style.condition}>
        <Select
          aria-label={words.trigger.starts}
          value={draft.condition === null ? "always" : "if"}
          onChange={(value) => onChange(value === "if" ? emptyCondition : null)}
          options={[
            { value: "always", label: words.trigger.always },
            { value: "if", label: words.trigger.onlyIf },
          ]}
        />
        {draft.condition !== null && (
          <FieldsProvider value={offers}>
            <ConditionForm
              value={draft.condition}
              onChange={onChange}
              fault={(place) => (place === "" && fault ? faultText(fault, all) : undefined)}
            />
          </FieldsProvider>
        )}
      </div>
    </section>
  );
}
