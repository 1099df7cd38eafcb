// One event: what arrived, field by field and as it came, and what ran because of it.

import { useState } from "preact/hooks";
import { api, ask, type Event as EventType } from "../../api/client.ts";
import { keys, LIVE_MS, useAutomations, useSources } from "../../api/queries.ts";
import { queries, useQuery } from "../../api/query.ts";
import { route } from "../../frame/router.tsx";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { Badge, EventBadge, RunBadge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/copy.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Note, ProblemNote, Skeleton } from "../../ui/states.tsx";
import { Stranger, visible } from "../../ui/stranger.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { Values } from "../../ui/values.tsx";
import style from "./events.module.css";
import { readable } from "./readable.ts";

/** Whether its runs may still change. */
const lives = (event: EventType | undefined) =>
  !event || ["queued", "running", "waiting"].includes(event.state) || event.runs.length === 0;

export default function Event({ id }: { id: string }) {
  const { words, format } = useSpeech();
  const { events: t, common, runs } = words;
  const sources = useSources();
  const automations = useAutomations();
  const event = useQuery({
    key: keys.event(id),
    read: () => ask(api.GET("/events/{id}", { params: { path: { id } } })),
    every_ms: (data) => (lives(data) ? LIVE_MS : false),
  });
  const up = { href: "/events", label: t.title };
  if (event.error || !event.data) {
    return (
      <Page title={t.id} up={up}>
        {event.error ? (
          <ProblemNote error={event.error} again={() => void event.again()} />
        ) : (
          <Card>
            <Skeleton lines={8} height="1.75rem" />
          </Card>
        )}
      </Page>
    );
  }
  const { data } = event;
  const source = sources.data?.find((one) => one.id === data.source_id);
  return (
    <Page
      title={source?.name ?? t.id}
      beside={
        <>
          <EventBadge state={data.state} withErrors={data.runs.some((run) => run.with_errors)} />
          {data.test && <Badge tone="accent">{common.test}</Badge>}
        </>
      }
      lead={<Time at={data.received_at} full />}
      up={up}
      acts={<Acts event={data} />}
    >
      {data.test && <Note>{t.testNote}</Note>}
      <div class={style.columns}>
        <div class={style.stack}>
          <Card title={t.fields}>
            <Values of={data.fields} />
            {data.not_learned.length > 0 && (
              <p class={style.soft}>
                {t.notLearned} <Stranger value={data.not_learned.join(", ")} whole />
              </p>
            )}
          </Card>
          <Card title={t.body}>
            {data.encoding === "base64" && <Note>{t.bodyEncoded}</Note>}
            {data.body === null ? (
              <p class={style.soft}>{t.bodyForgotten}</p>
            ) : (
              <CodeBlock label={t.body} code={visible(readable(data.body))} />
            )}
          </Card>
        </div>
        <div class={style.stack}>
          <Card title={t.runs}>
            {data.runs.length === 0 ? (
              <p class={style.soft}>{data.state === "queued" ? t.queued : t.noRuns}</p>
            ) : (
              <ul class={style.runs}>
                {data.runs.map((run) => (
                  <li key={run.id}>
                    <a href={`/runs/${run.id}`}>
                      {automations.data?.find((one) => one.id === run.automation_id)?.name ?? runs.one}
                    </a>
                    <RunBadge status={run.status} withErrors={run.with_errors} />
                    <span class={style.soft}>
                      <Time at={run.created_at} />
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
          <Card title={t.details}>
            <dl class={style.facts}>
              <dt>{t.id}</dt>
              <dd>{data.id}</dd>
              {data.delivery_id && (
                <>
                  <dt>{t.deliveryId}</dt>
                  <dd>
                    <Stranger value={data.delivery_id} />
                  </dd>
                </>
              )}
              {data.content_type && (
                <>
                  <dt>{t.contentType}</dt>
                  <dd>
                    <Stranger value={data.content_type} />
                    {data.body !== null && ` · ${format.bytes(new TextEncoder().encode(data.body).length)}`}
                  </dd>
                </>
              )}
              {data.user_agent && (
                <>
                  <dt>{t.userAgent}</dt>
                  <dd>
                    <Stranger value={data.user_agent} whole />
                  </dd>
                </>
              )}
            </dl>
          </Card>
        </div>
      </div>
    </Page>
  );
}

function Acts({ event }: { event: EventType }) {
  const { events: t } = useWords();
  const [asked, setAsked] = useState<"replay" | "delete">();
  const close = () => setAsked(undefined);
  const path = { id: event.id };
  return (
    <>
      <Button kind="danger" icon={icons.Delete} onClick={() => setAsked("delete")}>
        {t.delete}
      </Button>
      <Button icon={icons.Again} onClick={() => setAsked("replay")}>
        {t.replay}
      </Button>
      {asked === "replay" && (
        <Confirm
          title={t.replayAll}
          act={t.replay}
          danger={false}
          onClose={close}
          onConfirm={async () => {
            const { runs } = await ask(api.POST("/events/{id}/replay", { params: { path }, body: {} }));
            toast(t.replayed(runs.length));
            await queries.invalidate(keys.events());
            await queries.invalidate(keys.event(event.id));
          }}
        >
          <p>{t.replayText}</p>
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm
          title={t.deleteTitle}
          act={t.delete}
          onClose={close}
          onConfirm={async () => {
            await ask(api.DELETE("/events/{id}", { params: { path } }));
            route("/events");
            queries.remove(keys.event(event.id));
            await queries.invalidate(keys.events());
            toast(t.deleted);
          }}
        >
          <p>{t.deleteText}</p>
        </Confirm>
      )}
    </>
  );
}
