// The runs, newest first, as they come: a list with two filters that stand in the address.

import { api, ask, type Run, type RunStatus } from "../../api/client.ts";
import { keys, LIVE_MS, useAutomations, usePages } from "../../api/queries.ts";
import { route, useLocation } from "../../frame/router.tsx";
import { useSpeech } from "../../i18n/index.tsx";
import { RunBadge } from "../../ui/badge.tsx";
import { LinkButton } from "../../ui/button.tsx";
import { Select } from "../../ui/field.tsx";
import { Filters } from "../../ui/filters.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, ProblemNote } from "../../ui/states.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { reasonText } from "./failure.tsx";
import { RUN_STATUSES } from "./status.ts";

export default function Runs() {
  const { words, format } = useSpeech();
  const { runs: t, common, failures, events } = words;
  const { query } = useLocation();
  const { automation, status } = query as { automation?: string; status?: RunStatus };
  const automations = useAutomations();
  const page = usePages<Run>(
    keys.runs({ automation, status }),
    (cursor) => ask(api.GET("/runs", { params: { query: { automation_id: automation, status, cursor } } })),
    { live_ms: LIVE_MS },
  );
  const filter = (key: string, value: string) => {
    const next = new URLSearchParams({ ...query, [key]: value });
    if (!value) next.delete(key);
    route(next.size ? `/runs?${next}` : "/runs", true);
  };
  const nameOf = (id: string) => automations.data?.find((one) => one.id === id)?.name;
  const columns: Column<Run>[] = [
    {
      key: "automation",
      title: t.automation,
      wide: true,
      cell: (run) => (
        <a href={`/runs/${run.id}`}>{nameOf(run.automation_id) ?? (automations.data ? t.deletedAutomation : "…")}</a>
      ),
    },
    {
      key: "status",
      title: t.status,
      cell: (run) => <RunBadge status={run.status} withErrors={run.with_errors} />,
    },
    {
      key: "why",
      title: t.why,
      wide: true,
      cell: (run) => run.error && <Stranger value={reasonText(run.error, failures)} cut={110} />,
    },
    {
      key: "took",
      title: t.took,
      end: true,
      cell: (run) =>
        run.started_at && run.finished_at && format.duration(Date.parse(run.finished_at) - Date.parse(run.started_at)),
    },
    { key: "begun", title: t.begun, end: true, cell: (run) => <Time at={run.created_at} /> },
  ];
  const filtered = Boolean(automation || status);
  return (
    <Page title={t.title} lead={t.lead}>
      <Filters onClear={filtered ? () => route("/runs", true) : undefined}>
        <Select
          aria-label={t.automation}
          value={automation ?? ""}
          onChange={(value) => filter("automation", value)}
          options={[
            { value: "", label: t.anyAutomation },
            ...(automations.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <Select
          aria-label={t.status}
          value={status ?? ""}
          onChange={(value) => filter("status", value)}
          options={[
            { value: "", label: t.anyStatus },
            ...RUN_STATUSES.map((value) => ({ value, label: common.runStatus[value] })),
          ]}
        />
      </Filters>
      {page.error ? (
        <ProblemNote error={page.error} again={page.again} />
      ) : (
        <Card flush>
          {page.rows?.length === 0 ? (
            filtered ? (
              <Empty icon={icons.Filter} title={t.noMatch} />
            ) : (
              <Empty
                icon={icons.Runs}
                title={t.none}
                act={<LinkButton href="/automations">{events.toAutomations}</LinkButton>}
              >
                {t.noneText}
              </Empty>
            )
          ) : (
            <Table
              label={t.title}
              columns={columns}
              rows={page.rows}
              id={(run) => run.id}
              hasMore={page.hasMore}
              more={page.more}
              loadingMore={page.loadingMore}
            />
          )}
        </Card>
      )}
    </Page>
  );
}
