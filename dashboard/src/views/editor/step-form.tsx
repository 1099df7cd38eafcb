// The form of a step, drawn from what the API says of its action: required things first, the rest behind "more".

import { useRef, useState } from "preact/hooks";
import type { Action, Condition, Param } from "../../api/client.ts";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { emptyCondition } from "./condition.ts";
import { ConditionForm } from "./condition-form.tsx";
import { type DraftStep, tidy, withParam } from "./draft.ts";
import style from "./forms.module.css";
import type { StepState } from "./notices.ts";
import { ParamForm } from "./param-forms.tsx";

interface StepFormProps {
  step: DraftStep;
  action: Action;
  state: StepState;
  onChange: (change: Partial<DraftStep>) => void;
}

/** Joins a parameter's name with a place below it, as the server's paths do. */
const below = (name: string, place: string): string =>
  place === "" ? name : place.startsWith("[") || place.startsWith(".") ? name + place : `${name}.${place}`;

const isGiven = (value: unknown): boolean => tidy(value) !== undefined;

export function StepForm({ step, action, state, onChange }: StepFormProps) {
  const { editor: words } = useWords();
  const set = (name: string, value: unknown) => onChange({ params: withParam(step.params, name, value) });
  const exclusive = action.alternatives.filter((alternative) => alternative.exclusive);
  const inChoice = (name: string) => exclusive.find(({ params }) => params.includes(name));
  const form = (param: Param) => (
    <ParamForm
      key={param.name}
      param={param}
      value={step.params[param.name]}
      onChange={(value) => set(param.name, value)}
      fault={(place) => faultAt(state, param, place)}
    />
  );
  const isMore = (param: Param) =>
    action.connection !== null &&
    !param.required &&
    !inChoice(param.name) &&
    param.kind !== "connection" &&
    param.kind !== "choice";
  const shown = action.params.filter((param) => !isMore(param));
  const more = action.params.filter(isMore);
  const opensMore =
    more.some((param) => isGiven(step.params[param.name]) || state.at(param.name)) ||
    step.when !== null ||
    step.on_error === "continue";
  const [open, setOpen] = useState(opensMore);
  return (
    <div class={style.stack}>
      {state.at("") && <p class={style.fault}>{state.at("")}</p>}
      {shown.map((param) => {
        const choice = inChoice(param.name);
        if (!choice) return form(param);
        // The whole choice stands where its first parameter does.
        if (choice.params[0] !== param.name) return null;
        return (
          <Choice
            key={param.name}
            names={choice.params}
            required={choice.required}
            {...{ step, action, state, onChange }}
          />
        );
      })}
      <details class={style.more} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{words.moreOptions}</summary>
        <div class={style.stack}>
          {more.map(form)}
          <When step={step} state={state} onChange={onChange} />
        </div>
      </details>
    </div>
  );
}

/** Parameters of which only one may be given: which one is chosen first. What was written in another is kept at hand. */
function Choice({
  names,
  required,
  step,
  action,
  state,
  onChange,
}: StepFormProps & { names: string[]; required: boolean }) {
  const { language } = useSpeech();
  const { editor: words } = useWords();
  const kept = useRef<Record<string, unknown>>({});
  const given = names.find((name) => step.params[name] !== undefined);
  const [chosen, setChosen] = useState(given ?? (required ? firstOf(action, names) : ""));
  const shown = given ?? chosen;
  const params = names.flatMap((name) => action.params.find((param) => param.name === name) ?? []);
  const choose = (name: string) => {
    let next = step.params;
    for (const other of names) {
      if (next[other] !== undefined) kept.current[other] = next[other];
      next = withParam(next, other, undefined);
    }
    setChosen(name);
    onChange({ params: name ? withParam(next, name, kept.current[name]) : next });
  };
  const param = params.find(({ name }) => name === shown);
  const options = [
    ...(required ? [] : [{ value: "", label: words.nothing }]),
    ...params.map(({ name, title }) => ({ value: name, label: title[language] })),
  ];
  return (
    <fieldset class={style.group}>
      <legend class={style.legend}>{required ? words.choose : words.body}</legend>
      <div class={style.segments}>
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={`${step.id}-${names[0]}`}
              checked={shown === option.value}
              onChange={() => choose(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
      {param && (
        <ParamForm
          key={param.name}
          unlabelled
          param={param}
          value={step.params[param.name]}
          onChange={(value) => onChange({ params: withParam(step.params, param.name, value) })}
          fault={(place) => faultAt(state, param, place)}
        />
      )}
    </fieldset>
  );
}

/** What a newcomer meets: of a message its plain text, of everything else what the API names first. */
const firstOf = (action: Action, names: string[]): string =>
  action.name === "send_whatsapp" && names.includes("text") ? "text" : (names[0] ?? "");

function When({ step, state, onChange }: Omit<StepFormProps, "action">) {
  const { editor: words } = useWords();
  return (
    <>
      <fieldset class={style.group}>
        <legend class={style.legend}>{words.when.title}</legend>
        <Select
          aria-label={words.when.title}
          value={step.when === null ? "always" : "if"}
          onChange={(value) => onChange({ when: value === "if" ? emptyCondition : null })}
          options={[
            { value: "always", label: words.when.always },
            { value: "if", label: words.when.onlyIf },
          ]}
        />
        {step.when !== null && (
          <ConditionForm
            value={step.when}
            onChange={(when: Condition) => onChange({ when })}
            fault={(place) => state.at(below("when", place)) ?? (place === "" ? within(state, "when") : undefined)}
          />
        )}
      </fieldset>
      <Field label={words.onError.title}>
        {(wires) => (
          <Select
            {...wires}
            value={step.on_error}
            onChange={(value) => onChange({ on_error: value as DraftStep["on_error"] })}
            options={[
              { value: "stop", label: words.onError.stop },
              { value: "continue", label: words.onError.continue },
            ]}
          />
        )}
      </Field>
    </>
  );
}

const faultAt = (state: StepState, { name, kind }: Param, place: string): string | undefined =>
  state.at(below(name, place)) ??
  ((kind === "condition" || kind === "json_tree") && place === "" ? within(state, name) : undefined);

/** A fault somewhere within a value, when it has no row of its own to stand at. */
const within = (state: StepState, name: string): string | undefined => {
  const fault = state.notices.find((notice) => notice.kind === "fault" && notice.place.startsWith(name));
  return fault?.kind === "fault" ? fault.text : undefined;
};
