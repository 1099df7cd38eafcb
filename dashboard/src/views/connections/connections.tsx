// The connections: what each is, whether it sends for real, and trying it out.

import { useState } from "preact/hooks";
import { api, ask, type Connection } from "../../api/client.ts";
import { keys, useConnections } from "../../api/queries.ts";
import { queries, useMutation } from "../../api/query.ts";
import { useFormat, useWords } from "../../i18n/index.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button, IconButton, LinkButton } from "../../ui/button.tsx";
import { Code } from "../../ui/code.tsx";
import { CopyLine } from "../../ui/copy.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, Note, ProblemNote, Skeleton } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import { InWords } from "../runs/failure.tsx";
import { ConnectionDialog } from "./connection-dialog.tsx";
import style from "./connections.module.css";

const ICONS = { whatsapp: icons.WhatsApp, email: icons.Mail, http: icons.Http };

/** What the delivery reports of WhatsApp need. */
const REPORTING = ["app_secret", "verify_token"] as const;

/** By what they send, then by name: the same order whoever made which first. */
const sorted = (connections: Connection[]) =>
  [...connections].sort((a, b) => b.kind.localeCompare(a.kind) || a.name.localeCompare(b.name));

export default function Connections() {
  const { connections: t } = useWords();
  const connections = useConnections();
  const [editing, setEditing] = useState<Connection | "new">();
  const add = (
    <Button kind="primary" icon={icons.Add} onClick={() => setEditing("new")}>
      {t.add}
    </Button>
  );
  return (
    <Page title={t.title} lead={t.lead} acts={add}>
      {connections.error ? (
        <ProblemNote error={connections.error} again={() => void connections.again()} />
      ) : !connections.data ? (
        <Card>
          <Skeleton lines={3} height="3rem" />
        </Card>
      ) : connections.data.length === 0 ? (
        <Card flush>
          <Empty icon={icons.Connections} title={t.none} act={add}>
            {t.noneText}
          </Empty>
        </Card>
      ) : (
        <ul class={style.connections}>
          {sorted(connections.data).map((connection) => (
            <Item key={connection.id} connection={connection} onEdit={() => setEditing(connection)} />
          ))}
        </ul>
      )}
      {connections.data?.some(({ simulated }) => simulated) && (
        <p>
          <LinkButton kind="quiet" icon={icons.Outbox} href="/outbox">
            {t.toOutbox}
          </LinkButton>
        </p>
      )}
      {editing && (
        <ConnectionDialog connection={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />
      )}
    </Page>
  );
}

function Item({ connection, onEdit }: { connection: Connection; onEdit: () => void }) {
  const { connections: t, common } = useWords();
  const format = useFormat();
  const [deleting, setDeleting] = useState(false);
  const { id, kind, name, simulated } = connection;
  const Icon = ICONS[kind];
  const lacking = REPORTING.filter((secret) => !connection.secrets.includes(secret));
  const test = useMutation({
    act: async () => ({
      of: connection.updated_at,
      ...(await ask(api.POST("/connections/{id}/test", { params: { path: { id } } }))),
    }),
  });
  return (
    <li class={style.connection}>
      <span class={style.emblem} data-kind={kind}>
        <Icon size={22} />
      </span>
      <div class={style.what}>
        <h2>{name}</h2>
        <p>
          {t.kinds[kind]} <Badge tone={simulated ? "calm" : "ok"}>{simulated ? t.simulated : t.real}</Badge>{" "}
          {connection.default && <Badge tone="accent">{t.isDefault}</Badge>}
        </p>
      </div>
      <div class={style.acts}>
        <Button size="s" busy={test.busy} onClick={() => test.run()}>
          {t.test}
        </Button>
        <Button size="s" onClick={onEdit}>
          {common.edit}
        </Button>
        <IconButton size="s" icon={icons.Delete} label={common.delete} onClick={() => setDeleting(true)} />
      </div>
      {connection.webhook_url && !simulated && (
        <details class={style.result}>
          <summary>{t.webhook}</summary>
          <div class={style.form}>
            <ol class={style.steps}>
              {t.webhookSteps.map((step) => (
                <li key={step}>
                  <Code>{step}</Code>
                </li>
              ))}
            </ol>
            <CopyLine text={connection.webhook_url} label={t.webhook} />
            {lacking.length > 0 && (
              <Note tone="wait">{t.lacking(format.list(lacking.map((secret) => t.secrets[secret])))}</Note>
            )}
          </div>
        </details>
      )}
      {test.data?.of === connection.updated_at && (
        <div class={style.result} role="status">
          <Note tone={test.data.ok ? "ok" : "fail"}>
            <strong>{t.tested}</strong>
            <InWords reason={test.data} sentences={t.outcomes} />
          </Note>
        </div>
      )}
      {test.error && (
        <div class={style.result}>
          <ProblemNote error={test.error} />
        </div>
      )}
      {deleting && (
        <Confirm
          title={t.deleteTitle(name)}
          act={common.delete}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await ask(api.DELETE("/connections/{id}", { params: { path: { id } } }));
            await queries.invalidate(keys.connections());
            toast(t.deleted);
          }}
        >
          <p>{t.deleteText}</p>
        </Confirm>
      )}
    </li>
  );
}
