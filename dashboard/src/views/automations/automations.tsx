// The list of automations: what each is called, whether it is on, when its last event came and how that went.
// Where there is none yet it shows where to begin. What one automation does stands on its own page.

import { useState } from "preact/hooks";
import { type Automation, api, ask } from "../../api/client.ts";
import { keys, useAutomations } from "../../api/queries.ts";
import { useQuery } from "../../api/query.ts";
import { useWords } from "../../i18n/index.tsx";
import { Badge, EventBadge, RunBadge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { ProblemNote } from "../../ui/states.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import style from "./automations.module.css";
import { EnabledSwitch } from "./enabled-switch.tsx";
import { FirstRun } from "./first-run/first-run.tsx";
import { Making } from "./first-run/making.tsx";
import { lookBack, type Recent } from "./recent.ts";

/** How many of the newest events the list looks at: one page of them tells of every automation at once. */
const NEWEST = 200;

export default function Automations() {
  const { automations: words } = useWords();
  const { data: rows, error, again } = useAutomations();
  const events = useQuery({
    key: keys.events({ newest: NEWEST }),
    read: () => ask(api.GET("/events", { params: { query: { limit: NEWEST } } })),
    every_ms: 10_000,
    enabled: rows !== undefined && rows.length > 0,
  });
  const [making, setMaking] = useState(false);
  if (rows?.length === 0) {
    return (
      <Page title={words.title}>
        <FirstRun />
      </Page>
    );
  }
  const recent = events.data && lookBack(events.data.data);
  return (
    <Page
      title={words.title}
      lead={words.lead}
      acts={
        <Button kind="primary" icon={icons.Add} onClick={() => setMaking(true)}>
          {words.create}
        </Button>
      }
    >
      {error && <ProblemNote error={error} again={() => void again()} />}
      {(rows || !error) && (
        <Card flush>
          <Table
            label={words.title}
            rows={rows}
            id={(automation) => automation.id}
            columns={[
              { key: "name", title: words.columns.name, wide: true, cell: (row) => <Name automation={row} /> },
              { key: "enabled", title: words.columns.enabled, cell: (row) => <EnabledSwitch automation={row} bare /> },
              {
                key: "last",
                title: words.columns.last,
                cell: (row) => <Last automation={row} recent={recent} whole={!events.data?.next} />,
              },
              {
                key: "failures",
                title: words.columns.failures,
                cell: (row) => <Failures count={recent?.failures.get(row.id)} known={recent !== undefined} />,
              },
            ]}
          />
        </Card>
      )}
      {making && <Making chosen="open" onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Name({ automation }: { automation: Automation }) {
  const { automations: words } = useWords();
  const { warnings } = automation;
  return (
    <div class={style.name}>
      <a href={`/automations/${automation.id}`}>
        <bdi>{automation.name}</bdi>
      </a>
      {warnings.length > 0 && (
        <a class={style.doubt} href={`/automations/${automation.id}/steps`}>
          <Badge tone="wait">{words.warnings(warnings.length)}</Badge>
        </a>
      )}
    </div>
  );
}

interface LastProps {
  automation: Automation;
  recent: Recent | undefined;
  /** Whether `recent` looked at every event there is. */
  whole: boolean;
}

/** The newest event of an automation's source. One that is not among the newest of all is asked for, once. */
function Last({ automation, recent, whole }: LastProps) {
  const { automations: words } = useWords();
  const { id } = automation.source;
  const near = recent?.events.get(id);
  const far = useQuery({
    key: keys.events({ source_id: id, limit: 1 }),
    read: () => ask(api.GET("/events", { params: { query: { source_id: id, limit: 1 } } })),
    fresh_ms: 300_000,
    enabled: recent !== undefined && !near && !whole,
  });
  const event = near ?? far.data?.data[0];
  if (!recent || far.fetching) return <span class={style.none}>…</span>;
  if (!event) return <span class={style.none}>{words.noEvent}</span>;
  const run = event.runs.find((run) => run.automation_id === automation.id);
  return (
    <span class={style.last}>
      <Time at={event.received_at} />
      {run ? <RunBadge status={run.status} withErrors={run.with_errors} /> : <EventBadge state={event.state} />}
    </span>
  );
}

function Failures({ count = 0, known }: { count: number | undefined; known: boolean }) {
  const { automations: words } = useWords();
  if (!known || count === 0) return <span class={style.none}>{known ? words.noFailures : "…"}</span>;
  return <Badge tone="fail">{words.failures(count)}</Badge>;
}
