// Everything that arrived: filtered by address, time and text, which stand in the page's own address; and a whole period
// of it run again.

import { useEffect, useState } from "preact/hooks";
import { useSources } from "../../api/queries.ts";
import { route, useLocation } from "../../frame/router.tsx";
import { useWords } from "../../i18n/index.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { Input, Select } from "../../ui/field.tsx";
import { Filters } from "../../ui/filters.tsx";
import * as icons from "../../ui/icon.ts";
import { Page } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import { EventList } from "./list.tsx";
import { ReplayDialog } from "./replay-dialog.tsx";
import { ReplayProgress } from "./replay-progress.tsx";
import { localInput, toIso } from "./time-input.ts";

type Query = Partial<Record<"source" | "q" | "from" | "to" | "replay", string>>;

/** How long typing rests before it is searched for. */
const REST_MS = 300;

export default function Events() {
  const { events: t } = useWords();
  const { query } = useLocation();
  const { source, q, from, to, replay } = query as Query;
  const sources = useSources();
  const [text, setText] = useState(q ?? "");
  const [asking, setAsking] = useState(false);
  const change = (changes: Query) => {
    const next = new URLSearchParams(query);
    for (const [key, value] of Object.entries(changes)) {
      if (value) next.set(key, value);
      else next.delete(key);
    }
    route(next.size ? `/events?${next}` : "/events", true);
  };
  useEffect(() => {
    if (text === (q ?? "")) return;
    const timer = setTimeout(() => change({ q: text.trim() }), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const filtered = Boolean(source || q || from || to);
  const clear = () => {
    setText("");
    change({ source: "", q: "", from: "", to: "" });
  };
  return (
    <Page
      title={t.title}
      lead={t.lead}
      acts={
        <Button icon={icons.Again} onClick={() => setAsking(true)}>
          {t.range}
        </Button>
      }
    >
      {replay && <ReplayProgress id={replay} onHide={() => change({ replay: "" })} />}
      <Filters onClear={filtered ? clear : undefined}>
        <Input type="search" aria-label={t.search} placeholder={t.searchHint} value={text} onInput={setText} />
        <Select
          aria-label={t.source}
          value={source ?? ""}
          onChange={(value) => change({ source: value })}
          options={[
            { value: "", label: t.anySource },
            ...(sources.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <Input
          type="datetime-local"
          aria-label={t.from}
          title={t.from}
          value={localInput(from)}
          onInput={(value) => change({ from: toIso(value) })}
        />
        <Input
          type="datetime-local"
          aria-label={t.to}
          title={t.to}
          value={localInput(to)}
          onInput={(value) => change({ to: toIso(value) })}
        />
      </Filters>
      <EventList
        filter={{ source_id: source, q, from, to }}
        empty={
          filtered ? (
            <Empty icon={icons.Filter} title={t.noMatch}>
              {t.noMatchText}
            </Empty>
          ) : (
            <Empty
              icon={icons.Events}
              title={t.none}
              act={<LinkButton href="/automations">{t.toAutomations}</LinkButton>}
            >
              {t.noneText}
            </Empty>
          )
        }
      />
      {asking && (
        <ReplayDialog
          source={source}
          from={from}
          to={to}
          onClose={() => setAsking(false)}
          onBegun={(id) => change({ replay: id })}
        />
      )}
    </Page>
  );
}
