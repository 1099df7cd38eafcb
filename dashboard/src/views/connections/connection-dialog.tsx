// A connection, made or changed. Secrets are written here and never read: what is set shows only that it is.

import { useState } from "preact/hooks";
import { ApiProblem, api, ask, type Connection } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { queries, useMutation } from "../../api/query.ts";
import { useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import { Code } from "../../ui/code.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Input, Select, Switch, TextArea } from "../../ui/field.tsx";
import { ProblemNote, valueFault } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import style from "./connections.module.css";
import { byLine, KINDS, type Kind, type SecretName, type SettingName } from "./kinds.ts";
import { headersText, hostsText, parseHeaders, parseHosts } from "./lines.ts";

/** What was written for a secret: nothing, something else, or that it be removed. */
type Written = string | null | undefined;

export function ConnectionDialog({ connection, onClose }: { connection?: Connection; onClose: () => void }) {
  const { connections: t, common, problems } = useWords();
  const [kind, setKind] = useState<Kind>(connection?.kind ?? "whatsapp");
  const [name, setName] = useState(connection?.name ?? "");
  const [simulated, setSimulated] = useState(connection?.simulated ?? false);
  const [isDefault, setDefault] = useState(connection?.default ?? false);
  const [settings, setSettings] = useState<Partial<Record<SettingName, string>>>(() => ({
    ...(connection?.settings as Record<string, string>),
    headers: headersText(connection?.settings.headers),
    hosts: hostsText(connection?.settings.hosts),
  }));
  const [secrets, setSecrets] = useState<Partial<Record<SecretName, Written>>>({});
  const shape = KINDS[kind];

  const save = useMutation({
    act: async () => {
      const body = {
        name: name.trim(),
        simulated,
        default: isDefault,
        settings: collect(
          shape.settings.map(({ name }) => name),
          settings,
          t.badHeader,
        ),
        secrets: collect(
          shape.secrets.map(({ name }) => name),
          secrets,
          t.badHeader,
        ),
      };
      await (connection
        ? ask(api.PATCH("/connections/{id}", { params: { path: { id: connection.id } }, body }))
        : ask(api.POST("/connections", { body: { kind, ...body } })));
      await queries.invalidate(keys.connections());
    },
    onDone: () => {
      toast(t.saved);
      onClose();
    },
  });
  const faults = save.error instanceof ApiProblem ? save.error.faults : [];
  const faultOf = (path: string) => {
    const fault = faults.find((one) => isWithin(one.path, path));
    return fault && fault.path.slice(path.length).replace(/^\.(.*)/, "$1: ") + valueFault(fault, problems);
  };
  const shown = [
    "name",
    ...shape.settings.map(({ name }) => `settings.${name}`),
    ...shape.secrets.map(({ name }) => `secrets.${name}`),
  ];
  const elsewhere = save.error && !faults.some(({ path }) => shown.some((one) => isWithin(path, one)));
  return (
    <Dialog
      title={connection ? t.editTitle : t.addTitle}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button kind="primary" type="submit" form="connection" busy={save.busy}>
            {common.save}
          </Button>
        </>
      }
    >
      <form
        id="connection"
        class={style.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        {!connection && (
          <Field label={t.kind} hint={t.about[kind]}>
            {(wires) => (
              <Select
                {...wires}
                value={kind}
                onChange={(value) => setKind(value as Kind)}
                options={(Object.keys(KINDS) as Kind[]).map((value) => ({ value, label: t.kinds[value] }))}
              />
            )}
          </Field>
        )}
        <Field label={t.name} fault={faultOf("name")}>
          {(wires) => <Input {...wires} required value={name} onInput={setName} />}
        </Field>
        <Field label={t.mode} hint={simulated ? t.simulatedHint : t.realHint}>
          {(wires) => (
            <Select
              {...wires}
              value={simulated ? "simulated" : "real"}
              onChange={(value) => setSimulated(value === "simulated")}
              options={[
                { value: "real", label: t.real },
                { value: "simulated", label: t.simulated },
              ]}
            />
          )}
        </Field>
        {shape.settings.map(({ name, optional }) => (
          <Field
            key={name}
            label={t.settings[name]}
            optional={optional || simulated}
            hint={<Code>{t.settingsHint[name]}</Code>}
            fault={faultOf(`settings.${name}`)}
          >
            {(wires) =>
              byLine(name) ? (
                <TextArea
                  {...wires}
                  spellcheck={false}
                  value={settings[name] ?? ""}
                  onInput={(value) => setSettings({ ...settings, [name]: value })}
                />
              ) : (
                <Input
                  {...wires}
                  value={settings[name] ?? ""}
                  onInput={(value) => setSettings({ ...settings, [name]: value })}
                />
              )
            }
          </Field>
        ))}
        {shape.secrets.map(({ name, optional }) => (
          <SecretField
            key={name}
            name={name}
            isSet={connection?.secrets.includes(name) ?? false}
            optional={optional || simulated}
            written={secrets[name]}
            fault={faultOf(`secrets.${name}`)}
            onWrite={(value) => setSecrets({ ...secrets, [name]: value })}
          />
        ))}
        <Switch checked={isDefault} onChange={setDefault} label={t.default} />
      </form>
      {elsewhere && <ProblemNote error={save.error} />}
    </Dialog>
  );
}

/** What was written, as the API takes it: what is empty is left out, null removes. @throws {ApiProblem} on a bad header. */
function collect(
  names: string[],
  written: Record<string, Written>,
  badHeader: (line: string) => string,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const value = written[name];
    if (value === null) values[name] = null;
    if (!value?.trim()) continue;
    values[name] =
      name === "headers" ? readHeaders(value, badHeader) : name === "hosts" ? parseHosts(value) : value.trim();
  }
  return values;
}

function readHeaders(text: string, badHeader: (line: string) => string): Record<string, string> {
  const parsed = parseHeaders(text);
  if ("bad" in parsed) throw new ApiProblem(422, "invalid_header", badHeader(parsed.bad));
  return parsed.headers;
}

/** Whether a fault's path is a field's own, or that of something in it. */
const isWithin = (path: string, field: string) =>
  path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);

interface SecretFieldProps {
  name: SecretName;
  isSet: boolean;
  optional: boolean;
  written: Written;
  fault?: string;
  onWrite: (value: Written) => void;
}

function SecretField({ name, isSet, optional, written, fault, onWrite }: SecretFieldProps) {
  const { connections: t } = useWords();
  const removed = written === null;
  const aside = isSet && (
    <Button size="s" kind="quiet" onClick={() => onWrite(removed ? undefined : null)}>
      {removed ? t.keep : t.remove}
    </Button>
  );
  return (
    <Field
      label={t.secrets[name]}
      optional={optional && !isSet}
      aside={aside}
      hint={<Code>{removed ? t.removed : isSet ? t.kept : t.secretsHint[name]}</Code>}
      fault={fault}
    >
      {(wires) =>
        byLine(name) ? (
          <TextArea
            {...wires}
            spellcheck={false}
            placeholder={isSet && !removed ? `•••••••• (${t.isSet})` : ""}
            value={written ?? ""}
            onInput={onWrite}
          />
        ) : (
          <Input
            {...wires}
            type="password"
            autocomplete="new-password"
            placeholder={isSet && !removed ? `•••••••• (${t.isSet})` : ""}
            value={written ?? ""}
            onInput={onWrite}
          />
        )
      }
    </Field>
  );
}
