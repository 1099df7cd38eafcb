// The deliveries to one address that were refused: why, how many, and of what could not be read how it began. What a
// stranger sent stays text.

import { api, ask, type Schemas } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { useQuery } from "../../api/query.ts";
import { useSpeech } from "../../i18n/index.tsx";
import { Card } from "../../ui/page.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import style from "./events.module.css";
import { countsOf } from "./refused.ts";

type Refusal = Schemas["Refusal"];

const LOOK_MS = 5_000;
/** All that are kept of one source. */
const ALL = 50;

export function Refusals({ sourceId }: { sourceId: string }) {
  const { words, format } = useSpeech();
  const { refusals: t, events, problems } = words;
  const refused = useQuery({
    key: keys.refusals(sourceId),
    read: () => ask(api.GET("/sources/{id}/refusals", { params: { path: { id: sourceId }, query: { limit: ALL } } })),
    every_ms: LOOK_MS,
  });
  const { data = [], hours = [] } = refused.data ?? {};
  if (data.length === 0) return null;
  const reason = (code: string) =>
    (t.codes as Record<string, string | undefined>)[code] ?? (problems as Record<string, unknown>)[code];
  const counts = countsOf(hours);
  const columns: Column<Refusal>[] = [
    {
      key: "why",
      title: t.why,
      wide: true,
      cell: ({ code, detail, body }) => (
        <div>
          <Stranger value={reason(code) ?? detail} cut={300} />
          {body !== null && reason(code) && (
            <p class={style.detail} lang="en">
              <Stranger value={detail} cut={200} />
            </p>
          )}
        </div>
      ),
    },
    {
      key: "what",
      title: events.what,
      cell: ({ body, content_type }) =>
        body === null ? <Stranger value={content_type} cut={60} /> : <Stranger value={body} cut={80} whole />,
    },
    { key: "when", title: events.when, end: true, cell: ({ received_at }) => <Time at={received_at} /> },
  ];
  return (
    <Card title={t.title} flush>
      <div class={style.refused}>
        <p>{t.text}</p>
        {counts.length > 0 && (
          <p>
            <strong>{t.lastDay}</strong>{" "}
            {format.list(counts.map(([code, n]) => `${format.number(n)} × ${t.short[code] ?? code}`))}
          </p>
        )}
      </div>
      <Table label={t.title} columns={columns} rows={data} id={({ id }) => id} />
    </Card>
  );
}
