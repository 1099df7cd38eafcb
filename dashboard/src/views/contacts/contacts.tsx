// The contacts: searched as one types, newest first.

import { useEffect, useState } from "preact/hooks";
import { api, ask, type Contact } from "../../api/client.ts";
import { keys, LIVE_MS, usePages } from "../../api/queries.ts";
import { route, useLocation } from "../../frame/router.tsx";
import { useWords } from "../../i18n/index.tsx";
import { Badge } from "../../ui/badge.tsx";
import { LinkButton } from "../../ui/button.tsx";
import { Input } from "../../ui/field.tsx";
import { Filters } from "../../ui/filters.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, ProblemNote } from "../../ui/states.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import style from "./contacts.module.css";

/** How long typing rests before it is searched for. */
const REST_MS = 300;

export default function Contacts() {
  const { contacts: t, events } = useWords();
  const { query } = useLocation();
  const q = query.q ?? "";
  const [text, setText] = useState(q);
  useEffect(() => {
    if (text.trim() === q) return;
    const next = text.trim();
    const timer = setTimeout(
      () => route(next ? `/contacts?${new URLSearchParams({ q: next })}` : "/contacts", true),
      REST_MS,
    );
    return () => clearTimeout(timer);
  }, [text, q, route]);
  const page = usePages<Contact>(
    keys.contacts({ q }),
    (cursor) => ask(api.GET("/contacts", { params: { query: { q: q || undefined, cursor } } })),
    { live_ms: LIVE_MS * 2 },
  );
  const columns: Column<Contact>[] = [
    {
      key: "name",
      title: t.name,
      wide: true,
      cell: (contact) => (
        <a href={`/contacts/${contact.id}`}>{contact.name ? <Stranger value={contact.name} cut={80} /> : t.unnamed}</a>
      ),
    },
    { key: "phone", title: t.phone, cell: (contact) => contact.phone && <Stranger value={contact.phone} /> },
    { key: "email", title: t.email, cell: (contact) => contact.email && <Stranger value={contact.email} cut={60} /> },
    {
      key: "tags",
      title: t.tags,
      cell: (contact) =>
        contact.tags.length > 0 && (
          <span class={style.tags}>
            {contact.tags.slice(0, 4).map((tag) => (
              <Badge key={tag}>
                <Stranger value={tag} cut={24} />
              </Badge>
            ))}
          </span>
        ),
    },
    { key: "updated", title: t.updated, end: true, cell: (contact) => <Time at={contact.updated_at} /> },
  ];
  return (
    <Page title={t.title} lead={t.lead}>
      <Filters onClear={q ? () => setText("") : undefined}>
        <Input type="search" aria-label={t.search} placeholder={t.searchHint} value={text} onInput={setText} />
      </Filters>
      {page.error ? (
        <ProblemNote error={page.error} again={page.again} />
      ) : page.rows?.length === 0 ? (
        <Card flush>
          {q ? (
            <Empty icon={icons.Search} title={t.noMatch} />
          ) : (
            <Empty
              icon={icons.Contacts}
              title={t.none}
              act={<LinkButton href="/automations">{events.toAutomations}</LinkButton>}
            >
              {t.noneText}
            </Empty>
          )}
        </Card>
      ) : (
        <Card flush>
          <Table
            label={t.title}
            columns={columns}
            rows={page.rows}
            id={(contact) => contact.id}
            hasMore={page.hasMore}
            more={page.more}
            loadingMore={page.loadingMore}
          />
        </Card>
      )}
    </Page>
  );
}
