// How long to wait, as people say it. A length that comes from a field is a template, in seconds.

import { useEffect, useState } from "preact/hooks";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { Field, Input, Select } from "../../ui/field.tsx";
import { spoken, UNITS, type Unit } from "./duration.ts";
import style from "./forms.module.css";
import type { ParamProps } from "./param-forms.tsx";
import { TokenField } from "./token-field.tsx";

export function DurationForm({ param, value, onChange, fault }: ParamProps) {
  const { language } = useSpeech();
  const { editor: words } = useWords();
  const seconds =
    typeof value === "number" ? value : Number(typeof value === "string" && value.trim() ? value : Number.NaN);
  const said = spoken(seconds);
  const [unit, setUnit] = useState<Unit | "template">(
    said?.unit ?? (value === undefined || value === "" ? "hours" : "template"),
  );
  const [amount, setAmount] = useState(said ? String(said.amount) : "");
  useEffect(() => {
    // Only what came from elsewhere: an undo, another revision.
    if (unit !== "template" && said && Number(amount.replace(",", ".")) * UNITS[unit] !== seconds) {
      setUnit(said.unit);
      setAmount(String(said.amount));
    }
  }, [seconds]);
  const write = (text: string, of: Unit) => {
    setAmount(text);
    const number = Number(text.replace(",", "."));
    onChange(text.trim() === "" || !Number.isFinite(number) ? undefined : Math.round(number * UNITS[of]));
  };
  return (
    <Field label={param.title[language]} fault={fault("")} hint={unit === "template" ? words.inSeconds : undefined}>
      {(wires) => (
        <div class={style.duration}>
          {unit === "template" ? (
            <TokenField
              {...wires}
              value={typeof value === "number" ? String(value) : String(value ?? "")}
              onInput={onChange}
            />
          ) : (
            <Input {...wires} inputMode="decimal" value={amount} onInput={(text) => write(text, unit)} />
          )}
          <Select
            aria-label={words.unit}
            value={unit}
            onChange={(next) => {
              setUnit(next as Unit | "template");
              if (next !== "template") write(unit === "template" ? "" : amount, next as Unit);
            }}
            options={[
              ...(Object.keys(UNITS) as Unit[]).map((name) => ({ value: name as string, label: words.units[name] })),
              { value: "template", label: words.fromField },
            ]}
          />
        </div>
      )}
    </Field>
  );
}
