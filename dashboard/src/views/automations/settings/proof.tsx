// How senders prove who they are: the scheme, its settings, its secrets. Secrets are written and never shown again.

import { useState } from "preact/hooks";
import type { Schemas, Source } from "../../../api/client.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Field, Input, Select } from "../../../ui/field.tsx";
import * as icons from "../../../ui/icon.ts";
import { Note } from "../../../ui/states.tsx";
import { Identify } from "./identify.tsx";
import { chosenIn, OFFERED, type SchemeSetting, settingsOf, verificationOf } from "./schemes.ts";
import { Setting } from "./setting.tsx";
import style from "./settings.module.css";

/** **Limit:** as the API's. */
const MOST_SECRETS = 5;

/** The settings of the rule that holds now, as texts. */
function textsOf(verification: Schemas["Match"] | null): Record<string, string> {
  const entries = Object.entries(verification ?? {}).filter(([key, value]) => key !== "secrets" && value != null);
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

export function Proof({ source }: { source: Source }) {
  const { proof: words, schemes } = useWords().sources;
  const now = source.verification;
  const [scheme, setScheme] = useState(now?.scheme ?? "");
  const [values, setValues] = useState(textsOf(now));
  const [secrets, setSecrets] = useState([""]);
  const [finding, setFinding] = useState(false);
  const choose = (next: string, rule: Schemas["Match"] | null = next === now?.scheme ? now : null) => {
    setScheme(next);
    setValues(textsOf(rule));
    setSecrets([""]);
  };
  const verification = scheme === "" ? null : verificationOf(scheme, values, secrets);
  // Undefined while something is missing, null for none: which is a change only where there is one.
  const change = verification || (verification === null && now) ? { verification } : undefined;
  const named = (id: string) => (schemes as Record<string, { name: string; hint: string } | undefined>)[id];
  return (
    <Setting
      source={source}
      id="proof"
      title={words.title}
      text={words.text}
      change={change}
      onSaved={() => setSecrets([""])}
    >
      <Field label={words.scheme} hint={named(scheme)?.hint}>
        {(wires) => (
          <Select
            {...wires}
            value={scheme}
            onChange={(next) => choose(next)}
            options={[
              { value: "", label: words.none },
              ...OFFERED.map((value) => ({ value, label: named(value)?.name ?? value })),
            ]}
          />
        )}
      </Field>
      <div>
        <Button size="s" icon={icons.Search} onClick={() => setFinding(true)}>
          {words.find}
        </Button>
      </div>
      {finding && (
        <Identify
          source={source}
          onClose={() => setFinding(false)}
          onAdopted={(match) => {
            choose(match.scheme, match);
            setFinding(false);
          }}
        />
      )}
      {settingsOf(scheme, values).map((setting) => (
        <SettingField
          key={setting.key}
          setting={setting}
          value={chosenIn(scheme, setting.key, values)}
          onChange={(value) => setValues({ ...values, [setting.key]: value })}
        />
      ))}
      {scheme !== "" && (
        <>
          {now?.scheme === scheme && <Note>{words.set(now.secrets)}</Note>}
          <Secrets secrets={secrets} onChange={setSecrets} />
        </>
      )}
      {scheme === "" && now && <Note tone="wait">{words.taken}</Note>}
    </Setting>
  );
}

interface SettingFieldProps {
  setting: SchemeSetting;
  value: string;
  onChange: (value: string) => void;
}

function SettingField({ setting, value, onChange }: SettingFieldProps) {
  const { proof: words } = useWords().sources;
  const { label, hint } = (words.settings as Record<string, { label: string; hint?: string } | undefined>)[
    setting.key
  ] ?? { label: setting.key };
  const choices = words.choices as Record<string, string | undefined>;
  return (
    <Field label={label} hint={hint} optional={setting.optional}>
      {(wires) =>
        setting.options ? (
          <Select
            {...wires}
            value={value}
            onChange={onChange}
            options={setting.options.map((option) => ({ value: option, label: choices[option] ?? option }))}
          />
        ) : (
          <Input
            {...wires}
            value={value}
            onInput={onChange}
            inputMode={setting.kind === "seconds" ? "numeric" : undefined}
          />
        )
      }
    </Field>
  );
}

function Secrets({ secrets, onChange }: { secrets: string[]; onChange: (secrets: string[]) => void }) {
  const { proof: words } = useWords().sources;
  return (
    <div class={style.secrets}>
      {secrets.map((secret, index) => (
        <Field key={index} label={index === 0 ? words.secret : words.another} hint={index === 0 && words.secretHint}>
          {(wires) => (
            <div class={style.secret}>
              <Input
                {...wires}
                type="password"
                autocomplete="new-password"
                value={secret}
                onInput={(value) => onChange(secrets.map((one, at) => (at === index ? value : one)))}
              />
              {index > 0 && (
                <IconButton
                  icon={icons.Close}
                  label={words.removeSecret}
                  onClick={() => onChange(secrets.filter((_, at) => at !== index))}
                />
              )}
            </div>
          )}
        </Field>
      ))}
      {secrets.length < MOST_SECRETS && (
        <div>
          <Button size="s" kind="quiet" icon={icons.Add} onClick={() => onChange([...secrets, ""])}>
            {words.addSecret}
          </Button>
        </div>
      )}
    </div>
  );
}
