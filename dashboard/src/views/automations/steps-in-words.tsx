// Steps as sentences: what will happen, with the fields drawn as what they are. For looking before something is made;
// changing them is the editor's.

import type { Condition, StepInput } from "../../api/client.ts";
import { useWords } from "../../i18n/index.tsx";
import * as icons from "../../ui/icon.ts";
import { mentionedIn } from "./mentions.ts";
import style from "./steps-in-words.module.css";

const ICONS: Record<string, icons.Icon> = {
  save_contact: icons.SaveContact,
  send_whatsapp: icons.WhatsApp,
  send_email: icons.Mail,
  http_request: icons.Http,
  wait: icons.Wait,
  filter: icons.Filter,
  stop: icons.Stop,
};

export function StepsInWords({ steps }: { steps: StepInput[] }) {
  return (
    <ol class={style.steps}>
      {steps.map((step, index) => {
        const Icon = ICONS[step.action] ?? icons.Automations;
        return (
          <li key={step.id ?? index}>
            <span class={style.icon}>
              <Icon />
            </span>
            <Sentence step={step} />
          </li>
        );
      })}
    </ol>
  );
}

function Sentence({ step }: { step: StepInput }) {
  const { automations } = useWords();
  const words = automations.sentence;
  const params = step.params ?? {};
  const text = (key: string) => (typeof params[key] === "string" ? (params[key] as string) : "");
  const when = fieldOf(step.when);
  return (
    <div class={style.sentence}>
      <p>
        {step.action === "save_contact" && (
          <>
            {words.saveContact}{" "}
            {["name", "phone", "email"].flatMap((key) =>
              mentionedIn(text(key)).map((field) => <FieldName key={field} name={field} />),
            )}
          </>
        )}
        {step.action === "send_whatsapp" && (
          <>
            {words.whatsapp} <Template text={text("to")} />
          </>
        )}
        {step.action === "send_email" && (
          <>
            {words.email} <Template text={text("to")} />
          </>
        )}
        {step.action === "filter" && (
          <>
            {words.filter} <FieldName name={fieldOf(params.condition as Condition) ?? ""} /> {words.filled}
          </>
        )}
        {when && (
          <span class={style.when}>
            {" "}
            {words.when} <FieldName name={when} /> {words.filled}
          </span>
        )}
      </p>
      {text("subject") && (
        <p class={style.quote}>
          <strong>
            <Template text={text("subject")} />
          </strong>
        </p>
      )}
      {step.action === "send_whatsapp" && (
        <p class={style.quote}>
          <Template text={text("text")} />
        </p>
      )}
    </div>
  );
}

const fieldOf = (condition: Condition | null | undefined) =>
  condition && "field" in condition ? condition.field : undefined;

/** A field, by its name. */
export const FieldName = ({ name }: { name: string }) => <bdi class={style.field}>{name}</bdi>;

/** A template with its fields drawn as fields. */
function Template({ text }: { text: string }) {
  return (
    <>
      {text.split(/(\{\{.*?\}\})/).map((part, index) => {
        const [field] = part.startsWith("{{") ? mentionedIn(part) : [];
        return field ? <FieldName key={index} name={field} /> : part;
      })}
    </>
  );
}
