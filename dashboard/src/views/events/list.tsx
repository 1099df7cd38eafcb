// The list of events, as the events' room and an automation's activity show it: live, newest first.

import type { ComponentChildren } from "preact";
import { api, ask, type EventSummary } from "../../api/client.ts";
import { keys, LIVE_MS, usePages, useSources } from "../../api/queries.ts";
import { useWords } from "../../i18n/index.tsx";
import { Badge, EventBadge } from "../../ui/badge.tsx";
import { Card } from "../../ui/page.tsx";
import { Note, ProblemNote } from "../../ui/states.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

export interface EventFilter {
  source_id?: string;
  q?: string;
  from?: string;
  to?: string;
}

interface EventListProps {
  filter: EventFilter;
  /** What is shown when nothing fits. */
  empty: ComponentChildren;
  /** Leaves the source's column out: there is only one. */
  oneSource?: boolean;
}

export function EventList({ filter, empty, oneSource }: EventListProps) {
  const { events: t, common } = useWords();
  const sources = useSources();
  const page = usePages<EventSummary>(
    keys.events(filter),
    (cursor) => ask(api.GET("/events", { params: { query: { ...filter, cursor } } })),
    { live_ms: LIVE_MS },
  );
  const columns: Column<EventSummary>[] = [
    {
      key: "what",
      title: t.what,
      wide: true,
      cell: (event) => (
        <a href={`/events/${event.id}`}>
          {event.glimpse === null ? t.noGlimpse : <Stranger value={event.glimpse} cut={100} />}
        </a>
      ),
    },
    {
      key: "source",
      title: t.source,
      cell: (event) => sources.data?.find(({ id }) => id === event.source_id)?.name ?? "…",
    },
    {
      key: "state",
      title: t.state,
      cell: (event) => (
        <>
          <EventBadge state={event.state} /> {event.test && <Badge tone="accent">{common.test}</Badge>}
        </>
      ),
    },
    { key: "when", title: t.when, end: true, cell: (event) => <Time at={event.received_at} /> },
  ];
  if (page.error) return <ProblemNote error={page.error} again={page.again} />;
  if (page.rows?.length === 0 && !page.hasMore) return <Card flush>{empty}</Card>;
  return (
    <Card flush>
      {page.rows?.length === 0 && <Note>{t.searching}</Note>}
      <Table
        label={t.title}
        columns={oneSource ? columns.filter(({ key }) => key !== "source") : columns}
        rows={page.rows}
        id={(event) => event.id}
        hasMore={page.hasMore}
        more={page.more}
        loadingMore={page.loadingMore}
      />
    </Card>
  );
}
