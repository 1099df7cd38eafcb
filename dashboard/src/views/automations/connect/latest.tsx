// What came last to an automation's address: waiting for the first event, then what it brought and what was done.
// It asks often while nothing is there or something is under way, and seldom afterwards.

import { useEffect } from "preact/hooks";
import { type Automation, api, ask, type Field, type RunStatus, type Source } from "../../../api/client.ts";
import { keys, LIVE_MS } from "../../../api/queries.ts";
import { queries, useQuery } from "../../../api/query.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/page.tsx";
import { Note, ProblemNote, Skeleton } from "../../../ui/states.tsx";
import { Time } from "../../../ui/time.tsx";
import type { Payload } from "../example.ts";
import style from "./connect.module.css";
import { LearnedFields } from "./learned-fields.tsx";
import { NextStep } from "./next-step.tsx";
import { Sending } from "./sending.tsx";
import { WhatItDid } from "./what-it-did.tsx";

/** How often it asks while somebody waits: what arrives is seen within a second. */
export const EAGER_MS = 700;
/** For how long samples are waited for: where all are hidden they never come. */
const PATIENCE_MS = 15_000;
const UNDER_WAY: RunStatus[] = ["queued", "running"];

interface LatestProps {
  automation: Automation;
  source: Source | undefined;
  fields: Field[] | undefined;
  payload: Payload;
  /** Whether fields are on their way: samples follow their event by a moment. */
  onEager: (eager: boolean) => void;
}

export function Latest({ automation, source, fields, payload, onEager }: LatestProps) {
  const { connect } = useWords().sources;
  const source_id = automation.source.id;
  const { data, error, again } = useQuery({
    key: keys.events({ source_id, limit: 1 }),
    read: () => ask(api.GET("/events", { params: { query: { source_id, limit: 1 } } })),
    every_ms: (page) => {
      const event = page?.data[0];
      return !event || event.state === "queued" || event.runs.some(({ status }) => UNDER_WAY.includes(status))
        ? EAGER_MS
        : LIVE_MS;
    },
  });
  const event = data?.data[0];
  const run = event?.runs.find((run) => run.automation_id === automation.id);
  const young = event !== undefined && Date.now() - Date.parse(event.received_at) < PATIENCE_MS;
  const eager = young && !fields?.some((field) => field.samples.length > 0);
  useEffect(() => onEager(eager), [eager]);
  useEffect(() => {
    if (!event) return;
    void queries.invalidate(keys.fields(source_id));
    // What is doubtful about the automation depends on what its source has sent.
    void queries.invalidate(keys.automation(automation.id));
  }, [event?.id, fields?.length]);

  if (!data) {
    return (
      <Card title={connect.first}>
        {error ? <ProblemNote error={error} again={() => void again()} /> : <Skeleton lines={4} />}
      </Card>
    );
  }
  const sending = (
    <Sending source={source} token={automation.source.token} payload={payload} again={event !== undefined} />
  );
  if (!event) {
    return (
      <Card>
        <div class={style.waiting} role="status">
          <span class={style.pulse} aria-hidden="true" />
          <div>
            <h2>{connect.waiting}</h2>
            <p class={style.soft}>{connect.waitingText}</p>
          </div>
        </div>
        {!automation.enabled && <Note tone="wait">{connect.off}</Note>}
        {sending}
      </Card>
    );
  }
  return (
    <Card
      title={connect.last}
      acts={
        <span class={style.when}>
          {event.test && <Badge tone="accent">{connect.test}</Badge>}
          <a href={`/events/${event.id}`}>
            <Time at={event.received_at} />
          </a>
        </span>
      }
    >
      <div class={style.stack} aria-live="polite">
        {!automation.enabled && <Note tone="wait">{connect.off}</Note>}
        <LearnedFields fields={fields} automationId={automation.id} />
        {run && <WhatItDid run={run} order={automation.steps.map((step) => step.id)} />}
        <NextStep automation={automation} run={run} />
        {sending}
      </div>
    </Card>
  );
}
