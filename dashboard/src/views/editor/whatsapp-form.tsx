// The values of an approved WhatsApp template: its header, its variables, its buttons.
// The template itself lives at Meta; its name and language are written as they stand there.

import { useId } from "preact/hooks";
import { useWords } from "../../i18n/index.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Field, Input, Select } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { entriesOf } from "../../ui/message/shapes.ts";
import style from "./forms.module.css";
import { MapRows, type ParamProps } from "./param-forms.tsx";
import { TokenField } from "./token-field.tsx";

const LANGUAGES = ["it", "en", "en_US", "en_GB", "fr", "de", "es", "pt_BR", "nl", "pl", "ro"];
const MEDIA = ["image", "video", "document"] as const;
type HeaderKind = "none" | "text" | (typeof MEDIA)[number];
const BUTTONS = ["url", "quick_reply", "copy_code", "none"] as const;
type ButtonKind = (typeof BUTTONS)[number];

const textOf = (value: unknown): string => (typeof value === "string" ? value : value == null ? "" : String(value));

export function WhatsAppForm({ value, onChange, fault }: ParamProps) {
  const { editor: words } = useWords();
  const template = entriesOf(value);
  const id = useId();
  const set = (name: string, part: unknown) => {
    const { [name]: _, ...rest } = template;
    onChange(part === undefined ? rest : { ...template, [name]: part });
  };
  return (
    <div class={style.stack}>
      <div class={style.two}>
        <Field label={words.whatsapp.name} fault={fault("name") ?? fault("")} hint={words.whatsapp.nameHint}>
          {(wires) => (
            <Input
              {...wires}
              placeholder="benvenuto"
              value={textOf(template.name)}
              onInput={(name) => set("name", name)}
            />
          )}
        </Field>
        <Field label={words.whatsapp.language} fault={fault("language")} hint={words.whatsapp.languageHint}>
          {(wires) => (
            <>
              <Input
                {...wires}
                list={`${id}-languages`}
                placeholder="it"
                value={textOf(template.language)}
                onInput={(language) => set("language", language)}
              />
              <datalist id={`${id}-languages`}>
                {LANGUAGES.map((language) => (
                  <option key={language} value={language} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      <Body value={template.body} onChange={(body) => set("body", body)} fault={(below) => fault(`body${below}`)} />
      <Header
        value={template.header}
        onChange={(header) => set("header", header)}
        fault={(below) => fault(`header${below}`)}
      />
      <Buttons
        value={template.buttons}
        onChange={(buttons) => set("buttons", buttons)}
        fault={(below) => fault(`buttons${below}`)}
      />
    </div>
  );
}

interface PartProps {
  value: unknown;
  onChange: (value: unknown) => void;
  fault: (below: string) => string | undefined;
}

function Body({ value, onChange, fault }: PartProps) {
  const { editor: words } = useWords();
  const id = useId();
  const named = typeof value === "object" && value !== null && !Array.isArray(value);
  const items = Array.isArray(value) ? value.map(textOf) : [];
  const set = (next: string[]) => onChange(next.length > 0 ? next : undefined);
  const switchTo = (to: string) => {
    if (to === "named") onChange(Object.fromEntries(items.map((item, index) => [`v${index + 1}`, item])));
    else set(Object.values(entriesOf(value)).map(textOf));
  };
  return (
    <fieldset class={style.group}>
      <legend class={style.legend}>{words.whatsapp.variables}</legend>
      <Select
        aria-label={words.whatsapp.variables}
        value={named ? "named" : "numbered"}
        onChange={switchTo}
        options={[
          { value: "numbered", label: words.whatsapp.numbered },
          { value: "named", label: words.whatsapp.named },
        ]}
      />
      {named ? (
        <MapRows value={entriesOf(value)} onChange={onChange} fault={(name) => fault(`.${name}`)} />
      ) : (
        <>
          {items.map((item, index) => (
            <div key={index} class={style.variable}>
              <code>{`{{${index + 1}}}`}</code>
              <TokenField
                id={`${id}-${index}`}
                label={words.whatsapp.variable(index + 1)}
                value={item}
                placeholder={words.writeLine}
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
            <Button size="s" kind="quiet" icon={icons.Add} onClick={() => set([...items, ""])}>
              {words.whatsapp.addVariable}
            </Button>
          </div>
        </>
      )}
      {fault("") && <p class={style.fault}>{fault("")}</p>}
    </fieldset>
  );
}

function Header({ value, onChange, fault }: PartProps) {
  const { editor: words } = useWords();
  const entries = entriesOf(value);
  const media = MEDIA.find((kind) => kind in entries);
  const kind: HeaderKind = media ?? (value == null ? "none" : "text");
  const file = media ? entriesOf(entries[media]) : {};
  const text = typeof value === "string" ? value : textOf(entries.text);
  const parameter = textOf(entries.parameter_name);
  const write = (next: string, name: string) => onChange(name ? { text: next, parameter_name: name } : next);
  const choose = (next: HeaderKind) => {
    if (next === "none") onChange(undefined);
    else onChange(next === "text" ? "" : { [next]: { link: textOf(file.link) } });
  };
  const said = fault("") ?? fault(".text") ?? (media && (fault(`.${media}`) ?? fault(`.${media}.link`)));
  return (
    <fieldset class={style.group}>
      <legend class={style.legend}>{words.whatsapp.header}</legend>
      <Select
        aria-label={words.whatsapp.header}
        value={kind}
        onChange={(next) => choose(next as HeaderKind)}
        options={(["none", "text", ...MEDIA] as const).map((option) => ({
          value: option,
          label: words.whatsapp.headers[option],
        }))}
      />
      {kind === "text" && (
        <div class={style.two}>
          <Field label={words.whatsapp.headerText}>
            {(wires) => <TokenField {...wires} value={text} onInput={(next) => write(next, parameter)} />}
          </Field>
          <Field label={words.whatsapp.parameterName} optional>
            {(wires) => <Input {...wires} value={parameter} onInput={(name) => write(text, name)} />}
          </Field>
        </div>
      )}
      {media && (
        <div class={style.two}>
          <Field label={words.whatsapp.link} hint={words.whatsapp.linkHint}>
            {(wires) => (
              <TokenField
                {...wires}
                value={textOf(file.link)}
                placeholder="https://"
                onInput={(link) => onChange({ [media]: { ...file, link } })}
              />
            )}
          </Field>
          {media === "document" && (
            <Field label={words.whatsapp.filename} optional>
              {(wires) => (
                <TokenField
                  {...wires}
                  value={textOf(file.filename)}
                  onInput={(filename) => onChange({ document: { ...file, filename } })}
                />
              )}
            </Field>
          )}
        </div>
      )}
      {said && <p class={style.fault}>{said}</p>}
    </fieldset>
  );
}

function Buttons({ value, onChange, fault }: PartProps) {
  const { editor: words } = useWords();
  const id = useId();
  const buttons: unknown[] = Array.isArray(value) ? value : [];
  const set = (next: unknown[]) => onChange(next.length > 0 ? next : undefined);
  const replace = (index: number, button: unknown) =>
    set(buttons.map((before, at) => (at === index ? button : before)));
  const kindOf = (button: unknown): ButtonKind => {
    if (button == null) return "none";
    const [kind] = Object.keys(entriesOf(button));
    return BUTTONS.find((known) => known === kind) ?? "url";
  };
  const textIn = (button: unknown) =>
    typeof button === "string" ? button : textOf(Object.values(entriesOf(button))[0]);
  const made = (kind: ButtonKind, text: string) => (kind === "none" ? null : kind === "url" ? text : { [kind]: text });
  return (
    <fieldset class={style.group}>
      <legend class={style.legend}>{words.whatsapp.buttons}</legend>
      <p class={style.hint}>{words.whatsapp.buttonsHint}</p>
      {buttons.map((button, index) => {
        const kind = kindOf(button);
        return (
          <div key={index} class={style.pair}>
            <Select
              aria-label={words.whatsapp.buttonKind(index + 1)}
              class={style.name}
              value={kind}
              onChange={(next) => replace(index, made(next as ButtonKind, textIn(button)))}
              options={BUTTONS.map((option) => ({ value: option, label: words.whatsapp.buttonKinds[option] }))}
            />
            {kind === "none" ? (
              <span />
            ) : (
              <TokenField
                id={`${id}-${index}`}
                label={words.whatsapp.buttonValue(index + 1)}
                value={textIn(button)}
                aria-invalid={fault(`[${index}]`) ? true : undefined}
                onInput={(text) => replace(index, made(kind, text))}
              />
            )}
            <IconButton
              icon={icons.Close}
              size="s"
              label={words.removeRow}
              onClick={() => set(buttons.filter((_, at) => at !== index))}
            />
            {fault(`[${index}]`) && <p class={style.fault}>{fault(`[${index}]`)}</p>}
          </div>
        );
      })}
      {buttons.length < 10 && (
        <div>
          <Button size="s" kind="quiet" icon={icons.Add} onClick={() => set([...buttons, ""])}>
            {words.whatsapp.addButton}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
