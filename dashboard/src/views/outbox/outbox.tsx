// What simulated connections would have sent, each as its recipient would have seen it, newest first.

import { api, ask, type OutboxMessage } from "../../api/client.ts";
import { keys, LIVE_MS, usePages } from "../../api/queries.ts";
import { useLocation } from "../../frame/router.tsx";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import { Message } from "../../ui/message/message.tsx";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, Note, ProblemNote, Skeleton } from "../../ui/states.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import { Time } from "../../ui/time.tsx";
import style from "./outbox.module.css";

const CHANNELS = ["whatsapp", "email", "http"] as const;
type Channel = (typeof CHANNELS)[number];

export default function Outbox() {
  const { outbox: t, common } = useWords();
  const { query } = useLocation();
  const { run } = query;
  const page = usePages<OutboxMessage>(
    keys.outbox({ run }),
    (cursor) => ask(api.GET("/outbox", { params: { query: { run_id: run, cursor, limit: 20 } } })),
    { live_ms: LIVE_MS },
  );
  return (
    <Page
      title={t.title}
      lead={t.lead}
      acts={
        <LinkButton icon={icons.Connections} href="/connections">
          {t.real}
        </LinkButton>
      }
    >
      {run && (
        <Note>
          {t.ofRun}: <a href={`/runs/${run}`}>{t.toRun}</a> · <a href="/outbox">{t.all}</a>
        </Note>
      )}
      {page.error ? (
        <ProblemNote error={page.error} again={page.again} />
      ) : !page.rows ? (
        <Card>
          <Skeleton lines={3} height="6rem" />
        </Card>
      ) : page.rows.length === 0 ? (
        <Card flush>
          <Empty icon={icons.Outbox} title={t.none}>
            {t.noneText}
          </Empty>
        </Card>
      ) : (
        <ul class={style.messages}>
          {page.rows.map((message) => (
            <Letter key={message.id} message={message} />
          ))}
        </ul>
      )}
      {page.hasMore && (
        <div class={style.more}>
          <Button busy={page.loadingMore} onClick={page.more}>
            {common.more}
          </Button>
        </div>
      )}
    </Page>
  );
}

function Letter({ message }: { message: OutboxMessage }) {
  const { words, format } = useSpeech();
  const { outbox: t } = words;
  const channel = CHANNELS.find((one) => one === message.channel);
  return (
    <li class={style.letter}>
      <div class={style.head}>
        <Badge tone="accent">{channel ? t.channels[channel] : message.channel}</Badge>
        <span class={style.to}>
          {t.to} <Stranger value={message.to} cut={80} />
        </span>
        <span class={style.soft}>
          <Time at={message.created_at} />
        </span>
        <a class={style.soft} href={`/runs/${message.run_id}`}>
          {t.toRun}
        </a>
      </div>
      <Message
        channel={channel ?? ("http" satisfies Channel)}
        content={message.content}
        to={message.to}
        hour={format.hour(message.created_at)}
      />
    </li>
  );
}
