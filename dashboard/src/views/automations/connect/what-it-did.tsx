// What an automation did with the event that came last: how its run went, and what it would have sent where nothing
// really leaves.

import { api, ask, type OutboxMessage, type Schemas } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { useQuery } from "../../../api/query.ts";
import { useWords } from "../../../i18n/index.tsx";
import { RunBadge } from "../../../ui/badge.tsx";
import * as icons from "../../../ui/icon.ts";
import { Stranger } from "../../../ui/stranger.tsx";
import style from "./connect.module.css";

const ICONS: Record<string, icons.Icon> = { whatsapp: icons.WhatsApp, email: icons.Mail, http: icons.Http };

interface WhatItDidProps {
  run: Schemas["RunSummary"];
  /** The ids of the steps, in their order: messages of one moment are told apart by it. */
  order: string[];
}

export function WhatItDid({ run, order }: WhatItDidProps) {
  const { sources, common } = useWords();
  const { connect } = sources;
  const filter = { run_id: run.id };
  const { data } = useQuery({
    // With the status: what a run has sent by the time it rests is all there is.
    key: [...keys.outbox(filter), run.status],
    read: () => ask(api.GET("/outbox", { params: { query: filter } })),
    enabled: run.status !== "queued",
  });
  const messages = (data?.data ?? []).toSorted((a, b) => order.indexOf(a.step_id) - order.indexOf(b.step_id));
  return (
    <div class={style.did}>
      <h3>
        {connect.did} <RunBadge status={run.status} withErrors={run.with_errors} />
      </h3>
      {messages.length > 0 && (
        <ul class={style.messages}>
          {messages.map((message) => (
            <Message key={message.id} message={message} />
          ))}
        </ul>
      )}
      <p class={style.links}>
        <a href={`/runs/${run.id}`}>{connect.toRun}</a>
        {messages.length > 0 && <a href="/outbox">{common.nav.outbox}</a>}
      </p>
    </div>
  );
}

function Message({ message }: { message: OutboxMessage }) {
  const { connect } = useWords().sources;
  const Icon = ICONS[message.channel] ?? icons.Outbox;
  return (
    <li>
      <Icon />
      <div>
        <p class={style.to}>
          {connect.to} <Stranger value={message.to} cut={60} />
        </p>
        <p class={message.channel === "whatsapp" ? style.bubble : undefined}>
          <Stranger value={textOf(message.content)} cut={280} />
        </p>
      </div>
    </li>
  );
}

/** What a message says, in one piece: its text, else its subject, else what it is made of. */
function textOf(content: unknown): unknown {
  if (typeof content !== "object" || content === null) return content;
  const { text, subject } = content as Record<string, unknown>;
  return subject ?? text ?? content;
}
