// The tab of what a source has taught: every field with its samples, how often it comes, and what it is about. The
// meaning is the operator's to change, and so is what is stored of the values; a field can be forgotten. Nothing here refuses an event.

import type { Automation, Field } from "../../../api/client.ts";
import { useFields } from "../../../api/queries.ts";
import { useFormat, useWords } from "../../../i18n/index.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { LinkButton } from "../../../ui/button.tsx";
import * as icons from "../../../ui/icon.ts";
import { Meter } from "../../../ui/meter.tsx";
import { Card } from "../../../ui/page.tsx";
import { Empty, ProblemNote } from "../../../ui/states.tsx";
import { Stranger } from "../../../ui/stranger.tsx";
import { Table } from "../../../ui/table.tsx";
import { Time } from "../../../ui/time.tsx";
import { FieldActs, MeaningSelect, StorageSelect, storageOf } from "./field-acts.tsx";
import style from "./fields.module.css";

export function Fields({ automation }: { automation: Automation }) {
  const { fields: words } = useWords();
  const sourceId = automation.source.id;
  const { data, error, again } = useFields(sourceId, { live_ms: 5_000 });
  if (data?.data.length === 0) {
    return (
      <Card>
        <Empty
          icon={icons.Events}
          title={words.empty.title}
          act={
            <LinkButton kind="primary" href={`/automations/${automation.id}`}>
              {words.empty.act}
            </LinkButton>
          }
        >
          {words.empty.text}
        </Empty>
      </Card>
    );
  }
  return (
    <div class={style.fields}>
      <p class={style.lead}>{data ? words.lead(data.events) : " "}</p>
      {error && <ProblemNote error={error} again={() => void again()} />}
      {(data || !error) && (
        <Card flush>
          <Table
            label={words.title}
            rows={data?.data}
            id={(field) => field.path}
            columns={[
              { key: "path", title: words.columns.path, cell: (field) => <Path field={field} /> },
              {
                key: "meaning",
                title: words.columns.meaning,
                cell: (field) => <MeaningSelect sourceId={sourceId} field={field} />,
              },
              { key: "samples", title: words.columns.samples, cell: (field) => <Samples field={field} />, wide: true },
              {
                key: "present",
                title: words.columns.present,
                cell: (field) => <Presence field={field} events={data?.events ?? 0} />,
              },
              { key: "seen", title: words.columns.seen, cell: (field) => <Seen field={field} /> },
              {
                key: "storage",
                title: words.columns.storage,
                cell: (field) => <StorageSelect sourceId={sourceId} field={field} />,
              },
              {
                key: "acts",
                title: words.columns.acts,
                cell: (field) => <FieldActs sourceId={sourceId} field={field} />,
              },
            ]}
          />
        </Card>
      )}
    </div>
  );
}

function Path({ field }: { field: Field }) {
  const { fields: words } = useWords();
  const format = useFormat();
  return (
    <div class={style.path}>
      <strong>
        <Stranger value={field.path} cut={80} whole />
      </strong>
      <span class={style.kinds}>{format.list(field.kinds.map((kind) => words.kinds[kind]))}</span>
      {field.test_only && <Badge tone="accent">{words.testOnly}</Badge>}
    </div>
  );
}

function Samples({ field }: { field: Field }) {
  const { fields: words } = useWords();
  const storage = storageOf(field);
  if (field.masked || storage === "hash" || storage === "none") {
    return <span class={style.faint}>{words.storage[storage].short}</span>;
  }
  if (field.samples.length === 0) return <span class={style.faint}>{words.noSample}</span>;
  return (
    <ul class={style.samples}>
      {field.samples.map((sample) => (
        <li key={sample}>
          <Stranger value={sample} cut={80} whole />
        </li>
      ))}
    </ul>
  );
}

/** In how many events it was there. Counts follow the events by moments, so more than all is all. */
function Presence({ field, events }: { field: Field; events: number }) {
  const { fields: words } = useWords();
  const all = Math.max(events, field.present, 1);
  return (
    <div>
      <Meter value={field.present} max={all} text={words.present(field.present, Math.max(events, field.present))} />
      {field.empty > 0 && <span class={style.faint}>{words.emptyIn(field.empty)}</span>}
    </div>
  );
}

function Seen({ field }: { field: Field }) {
  const { fields: words } = useWords();
  return (
    <div class={style.seen}>
      <Time at={field.last_seen} />
      <span class={style.faint}>
        {words.since} <Time at={field.first_seen} />
      </span>
    </div>
  );
}
