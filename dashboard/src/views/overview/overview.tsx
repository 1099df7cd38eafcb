// How things are: what needs a person first, then the figures, then the hours behind them.

import { useState } from "preact/hooks";
import { api, ask, type Run } from "../../api/client.ts";
import { keys, useAutomations } from "../../api/queries.ts";
import { useQuery } from "../../api/query.ts";
import { useSpeech } from "../../i18n/index.tsx";
import { RunBadge } from "../../ui/badge.tsx";
import { LinkButton } from "../../ui/button.tsx";
import { Select } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, Note, ProblemNote, Skeleton } from "../../ui/states.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import { Time } from "../../ui/time.tsx";
import { FirstRun } from "../automations/first-run/first-run.tsx";
import { reasonText } from "../runs/failure.tsx";
import { type Bar, barsOf, sumOf } from "./bars.ts";
import { Chart } from "./chart.tsx";
import style from "./overview.module.css";

const HOUR_MS = 3_600_000;
const LOOK_MS = 5_000;
/** How many runs of each kind are shown. */
const SHOWN = 5;

const RANGES = { day: 24, week: 168 };
type Range = keyof typeof RANGES;

export default function Overview() {
  const { words, format } = useSpeech();
  const { overview: t } = words;
  const [range, setRange] = useState<Range>("day");
  const automations = useAutomations();
  const stats = useQuery({
    key: keys.stats({ range }),
    read: () => {
      const from = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (RANGES[range] - 1) * HOUR_MS).toISOString();
      return ask(api.GET("/stats", { params: { query: { from } } }));
    },
    every_ms: LOOK_MS,
    keepBefore: true,
  });
  if (automations.data?.length === 0) {
    return (
      <Page title={t.title}>
        <FirstRun />
      </Page>
    );
  }
  const bars: Bar[] | undefined = stats.data && barsOf(stats.data.hours, range === "week" ? 6 : 1);
  const sum = stats.data && sumOf(stats.data.hours);
  return (
    <Page
      title={t.title}
      acts={
        <Select
          aria-label={t.range}
          value={range}
          onChange={(value) => setRange(value as Range)}
          options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t.ranges[value] }))}
        />
      }
    >
      {stats.error && <ProblemNote error={stats.error} again={() => void stats.again()} />}
      {stats.data?.oldest_due && (
        <Note tone="wait">
          {t.late} <Time at={stats.data.oldest_due} full />
        </Note>
      )}
      {stats.data?.warnings.map(({ code, message, source_id }) => {
        const about = source_id && automations.data?.find(({ source }) => source.id === source_id);
        return (
          <Note key={code + source_id} tone="wait">
            {t.warnings[code] ?? message}{" "}
            {about && (
              <a href={`/automations/${about.id}/settings#limits`}>
                <bdi>{about.name}</bdi>
              </a>
            )}
          </Note>
        );
      })}
      <Attention />
      <dl class={style.figures}>
        {(["events", "succeeded", "failed", "waiting"] as const).map((key) => (
          <div key={key} data-tone={key === "failed" && sum?.failed ? "fail" : undefined}>
            <dt>{t[key]}</dt>
            <dd>{sum ? format.number(sum[key]) : <Skeleton height="2rem" />}</dd>
          </div>
        ))}
      </dl>
      <Card title={t.perHour}>
        {bars ? (
          sum?.events ? (
            <Chart bars={bars} />
          ) : (
            <Empty title={t.quiet}>{t.quietText}</Empty>
          )
        ) : (
          <Skeleton height="12rem" />
        )}
      </Card>
    </Page>
  );
}

/** The runs that wait for a person: failures and doubts, the newest of each. */
function Attention() {
  const { words } = useSpeech();
  const { overview: t, failures, runs: runWords } = words;
  const automations = useAutomations();
  const read = async (status: "failed" | "uncertain") =>
    (await ask(api.GET("/runs", { params: { query: { status, limit: SHOWN } } }))).data;
  const runs = useQuery({
    key: keys.runs({ attention: true }),
    read: async () => {
      const [uncertain, failed] = await Promise.all([read("uncertain"), read("failed")]);
      return [...uncertain, ...failed];
    },
    every_ms: LOOK_MS,
  });
  const nameOf = (run: Run) =>
    automations.data?.find(({ id }) => id === run.automation_id)?.name ?? runWords.deletedAutomation;
  return (
    <Card
      title={t.attention}
      flush
      acts={
        runs.data && runs.data.length > 0 ? (
          <LinkButton size="s" kind="quiet" href="/runs?status=failed">
            {t.allFailed}
          </LinkButton>
        ) : undefined
      }
    >
      {runs.error ? (
        <ProblemNote error={runs.error} again={() => void runs.again()} />
      ) : !runs.data || !automations.data ? (
        <div class={style.pad}>
          <Skeleton lines={3} height="2rem" />
        </div>
      ) : runs.data.length === 0 ? (
        <p class={style.calm}>
          <icons.Done size={20} />
          <span>
            <strong>{t.attentionNone}.</strong> {t.attentionNoneText}
          </span>
        </p>
      ) : (
        <ul class={style.attention}>
          {runs.data.map((run) => (
            <li key={run.id}>
              <a href={`/runs/${run.id}`}>{nameOf(run)}</a>
              <RunBadge status={run.status} />
              <span class={style.reason}>
                {run.error && <Stranger value={reasonText(run.error, failures)} cut={140} />}
              </span>
              <span class={style.when}>
                <Time at={run.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
