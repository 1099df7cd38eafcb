// The forms of single parameters, one for each kind that the API describes.
// None of them judges what was written: the server's faults come in by their path.

import { useId, useState } from "preact/hooks";
import type { Connection, Param } from "../../api/client.ts";
import { useConnections } from "../../api/queries.ts";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Field, Input, Select, Switch, TextArea } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { ConditionForm } from "./condition-form.tsx";
import { DurationForm } from "./duration-form.tsx";
import style from "./forms.module.css";
import { useRows } from "./rows.ts";
import { TokenField } from "./token-field.tsx";
import { WhatsAppForm } from "./whatsapp-form.tsx";

export interface ParamProps {
  param: Param;
  value: unknown;
  onChange: (value: unknown) => void;
  /** The fault at a place below the parameter; `""` for the parameter itself. */
  fault: (below: string) => string | undefined;
  /** Its label stands elsewhere already. */
  unlabelled?: boolean;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : value == null ? "" : String(value));
const mapOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

export function ParamForm(props: ParamProps) {
  const { param, value, onChange, fault } = props;
  const { language } = useSpeech();
  const label = param.title[language];
  const hint = param.about[language];
  switch (param.kind) {
    case "template":
    case "url":
    case "long_template":
    case "html":
      return <TemplateForm {...props} />;
    case "number":
      return param.name === "seconds" ? <DurationForm {...props} /> : <TemplateForm {...props} />;
    case "template_map":
      return <MapForm {...props} />;
    case "template_list":
      return <ListForm {...props} />;
    case "json_tree":
      return <JsonForm {...props} />;
    case "choice":
      return (
        <Field label={label} hint={hint} fault={fault("")}>
          {(wires) => (
            <Select
              {...wires}
              value={textOf(value) || param.options?.[0] || ""}
              onChange={onChange}
              options={(param.options ?? []).map((option) => ({ value: option, label: option }))}
            />
          )}
        </Field>
      );
    case "integer":
      return (
        <Field label={label} hint={hint} fault={fault("")} optional={!param.required}>
          {(wires) => (
            <Input
              {...wires}
              inputMode="numeric"
              placeholder={param.example}
              value={textOf(value)}
              onInput={(text) => onChange(/^\d+$/.test(text) ? Number(text) : text === "" ? undefined : text)}
            />
          )}
        </Field>
      );
    case "boolean":
      return <Switch label={label} hint={hint} checked={value === true} onChange={(on) => onChange(on || undefined)} />;
    case "connection":
      return <ConnectionForm {...props} />;
    case "condition":
      return (
        <fieldset class={style.group}>
          <legend class={style.legend}>{label}</legend>
          <ConditionForm value={value} onChange={onChange} fault={fault} />
        </fieldset>
      );
    case "whatsapp_template":
      return <WhatsAppForm {...props} />;
  }
}

function TemplateForm({ param, value, onChange, fault, unlabelled }: ParamProps) {
  const { language } = useSpeech();
  const { editor: words } = useWords();
  const id = useId();
  const multiline = param.kind === "long_template" || param.kind === "html";
  const field = (wires: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => (
    <TokenField
      {...wires}
      value={textOf(value)}
      onInput={onChange}
      multiline={multiline}
      code={param.kind === "html"}
      label={unlabelled ? param.title[language] : undefined}
      placeholder={multiline ? words.writeHere : words.writeLine}
    />
  );
  if (unlabelled) {
    const said = fault("");
    return (
      <div class={style.bare}>
        {field({ id, "aria-describedby": `${id}-about`, "aria-invalid": said ? true : undefined })}
        <p id={`${id}-about`} class={said ? style.fault : style.hint}>
          {said ?? param.about[language]}
        </p>
      </div>
    );
  }
  return (
    <Field label={param.title[language]} hint={param.about[language]} fault={fault("")} optional={!param.required}>
      {field}
    </Field>
  );
}

function MapForm({ param, value, onChange, fault, unlabelled }: ParamProps) {
  const { language } = useSpeech();
  const label = param.title[language];
  return (
    <fieldset class={style.group}>
      <legend class={unlabelled ? "sr-only" : style.legend}>{label}</legend>
      <p class={style.hint}>{param.about[language]}</p>
      <MapRows value={mapOf(value)} onChange={onChange} fault={fault} />
    </fieldset>
  );
}

interface MapRowsProps {
  value: Record<string, unknown>;
  onChange: (value: Record<string, string>) => void;
  fault: (below: string) => string | undefined;
}

export function MapRows({ value, onChange, fault }: MapRowsProps) {
  const { editor: words } = useWords();
  const { rows, add, change, remove } = useRows(value, onChange);
  const id = useId();
  return (
    <>
      {rows.map((row, index) => (
        <div key={row.key} class={style.pair}>
          <Input
            class={style.name}
            aria-label={words.nameOf(index + 1)}
            placeholder={words.name}
            value={row.name}
            onInput={(name) => change(row.key, { name })}
          />
          <TokenField
            id={`${id}-${row.key}`}
            label={words.valueOf(row.name || String(index + 1))}
            value={row.value}
            placeholder={words.value}
            aria-invalid={fault(row.name) ? true : undefined}
            onInput={(text) => change(row.key, { value: text })}
          />
          <IconButton icon={icons.Close} size="s" label={words.removeRow} onClick={() => remove(row.key)} />
          {fault(row.name) && <p class={style.fault}>{fault(row.name)}</p>}
        </div>
      ))}
      <div>
        <Button size="s" kind="quiet" icon={icons.Add} onClick={add}>
          {words.addRow}
        </Button>
      </div>
    </>
  );
}

function ListForm({ param, value, onChange, fault }: ParamProps) {
  const { language } = useSpeech();
  const { editor: words } = useWords();
  const id = useId();
  const items = (Array.isArray(value) ? value : value == null ? [] : [value]).map(textOf);
  const set = (next: string[]) => onChange(next.length > 0 ? next : undefined);
  return (
    <fieldset class={style.group}>
      <legend class={style.legend}>{param.title[language]}</legend>
      <p class={style.hint}>{param.about[language]}</p>
      {items.map((item, index) => (
        // A list of texts has nothing but its order by which its rows are known.
        <div key={index} class={style.item}>
          <TokenField
            id={`${id}-${index}`}
            label={`${param.title[language]} ${index + 1}`}
            value={item}
            placeholder={param.example}
            aria-invalid={fault(`[${index}]`) ? true : undefined}
            onInput={(text) => set(items.map((before, at) => (at === index ? text : before)))}
          />
          <IconButton
            icon={icons.Close}
            size="s"
            label={words.removeRow}
            onClick={() => set(items.filter((_, at) => at !== index))}
          />
          {fault(`[${index}]`) && <p class={style.fault}>{fault(`[${index}]`)}</p>}
        </div>
      ))}
      <div>
        <Button size="s" kind="quiet" icon={icons.Add} onClick={() => onChange([...items, ""])}>
          {words.addRow}
        </Button>
      </div>
    </fieldset>
  );
}

/** Whether a tree is names with texts, which rows can show. */
const isFlat = (value: unknown): boolean =>
  value == null ||
  (typeof value === "object" && !Array.isArray(value) && Object.values(value).every((v) => typeof v === "string"));

function JsonForm({ param, value, onChange, fault, unlabelled }: ParamProps) {
  const { language } = useSpeech();
  const { editor: words } = useWords();
  const [raw, setRaw] = useState<string | null>(isFlat(value) ? null : JSON.stringify(value, null, 2));
  const [broken, setBroken] = useState(false);
  const write = (text: string) => {
    setRaw(text);
    try {
      onChange(text.trim() === "" ? undefined : JSON.parse(text));
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <fieldset class={style.group}>
      <legend class={unlabelled ? "sr-only" : style.legend}>{param.title[language]}</legend>
      <p class={style.hint}>{param.about[language]}</p>
      {raw === null ? (
        <>
          <MapRows value={mapOf(value)} onChange={onChange} fault={fault} />
          <div>
            <Button
              size="s"
              kind="quiet"
              icon={icons.Field}
              onClick={() => setRaw(JSON.stringify(value ?? {}, null, 2))}
            >
              {words.json.write}
            </Button>
          </div>
        </>
      ) : (
        <Field label={words.json.title} fault={broken ? words.json.broken : fault("")} hint={words.json.hint}>
          {(wires) => (
            <TextArea
              {...wires}
              class={style.code}
              spellcheck={false}
              data-broken={broken || undefined}
              value={raw}
              onInput={write}
            />
          )}
        </Field>
      )}
      {raw !== null && isFlat(value) && !broken && (
        <div>
          <Button size="s" kind="quiet" onClick={() => setRaw(null)}>
            {words.json.rows}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function ConnectionForm({ param, value, onChange, fault }: ParamProps) {
  const { language } = useSpeech();
  const { editor: words } = useWords();
  const connections = useConnections();
  const own = (connections.data ?? []).filter(({ kind }) => kind === param.of);
  const chosen = textOf(value);
  const standard = own.find((connection) => connection.default);
  const nameOf = (connection: Connection) =>
    connection.simulated ? `${connection.name} · ${words.simulated}` : connection.name;
  const options = [
    {
      value: "",
      label: standard ? words.defaultConnection(nameOf(standard)) : words.noDefault[param.of ?? "http"],
    },
    ...own.map((connection) => ({ value: connection.id, label: nameOf(connection) })),
  ];
  if (chosen !== "" && connections.data && !own.some(({ id }) => id === chosen)) {
    options.push({ value: chosen, label: words.goneConnection });
  }
  return (
    <Field label={param.title[language]} fault={fault("")} hint={own.length === 0 ? words.addConnection : undefined}>
      {(wires) => (
        <Select {...wires} value={chosen} onChange={(id) => onChange(id === "" ? undefined : id)} options={options} />
      )}
    </Field>
  );
}
