// What views share of the server's state: the keys under which answers are kept, and the lists that many views read.
// A query that only one view needs stands in that view, under the same keys.

import { useState } from "preact/hooks";
import { type Action, type Automation, api, ask, type Connection, type Source } from "./client.ts";
import { queries, useQuery } from "./query.ts";

/** How often a list that lives is asked for again, while its window is looked at. */
export const LIVE_MS = 2_000;

/** The keys, from the general to the special: invalidating `["events"]` takes every list and every event with it. */
export const keys = {
  actions: () => ["actions"] as const,
  automations: () => ["automations"] as const,
  automation: (id: string) => ["automations", id] as const,
  sources: () => ["sources"] as const,
  source: (id: string) => ["sources", id] as const,
  fields: (sourceId: string) => ["sources", sourceId, "fields"] as const,
  events: (filter?: object) => (filter ? (["events", "list", filter] as const) : (["events"] as const)),
  event: (id: string) => ["events", "one", id] as const,
  runs: (filter?: object) => (filter ? (["runs", "list", filter] as const) : (["runs"] as const)),
  run: (id: string) => ["runs", "one", id] as const,
  contacts: (filter?: object) => (filter ? (["contacts", "list", filter] as const) : (["contacts"] as const)),
  contact: (id: string) => ["contacts", "one", id] as const,
  connections: () => ["connections"] as const,
  outbox: (filter?: object) => (filter ? (["outbox", "list", filter] as const) : (["outbox"] as const)),
  refusals: (sourceId: string) => ["sources", sourceId, "refusals"] as const,
  erasures: () => ["erasures"] as const,
  stats: (range: object) => ["stats", range] as const,
  replay: (id: string) => ["replays", id] as const,
};

interface Page<T> {
  data: T[];
  next?: string | null;
}

/** A list in pages, newest first. `rows` holds all pages that were read; `more` reads another one. */
export function usePages<T>(
  key: readonly unknown[],
  read: (cursor: string | undefined) => Promise<Page<T>>,
  { live_ms }: { live_ms?: number } = {},
) {
  const [loadingMore, setLoadingMore] = useState(false);
  const query = useQuery<Page<T>[]>({
    key,
    read: async () => {
      // As many pages as were there, each from the cursor of the one before: rows may have moved between them.
      const wanted = queries.get<Page<T>[]>(key)?.length ?? 1;
      const pages: Page<T>[] = [];
      for (let cursor: string | undefined; pages.length < wanted; ) {
        const page = await read(cursor);
        pages.push(page);
        if (!page.next) break;
        cursor = page.next;
      }
      return pages;
    },
    every_ms: live_ms ?? false,
  });
  const next = query.data?.at(-1)?.next;
  const more = async () => {
    if (!next || !query.data) return;
    setLoadingMore(true);
    try {
      const page = await read(next);
      queries.set(key, [...(queries.get<Page<T>[]>(key) ?? []), page]);
    } finally {
      setLoadingMore(false);
    }
  };
  return {
    rows: query.data?.flatMap((page) => page.data),
    hasMore: Boolean(next),
    more: () => void more(),
    loadingMore,
    error: query.error,
    again: () => void query.again(),
  };
}

/** Every row of a list that is short by nature (automations, connections): up to 1,000. */
async function all<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 5; page++) {
    const { data, next } = await read(cursor);
    rows.push(...data);
    if (!next) break;
    cursor = next;
  }
  return rows;
}

export const useActions = () =>
  useQuery<Action[]>({
    key: keys.actions(),
    read: async () => (await ask(api.GET("/actions"))).data,
    fresh_ms: Number.POSITIVE_INFINITY,
  });

export const useAutomations = () =>
  useQuery<Automation[]>({
    key: keys.automations(),
    read: () => all((cursor) => ask(api.GET("/automations", { params: { query: { limit: 200, cursor } } }))),
  });

export const useAutomation = (id: string) =>
  useQuery<Automation>({
    key: keys.automation(id),
    read: () => ask(api.GET("/automations/{id}", { params: { path: { id } } })),
  });

export const useSources = () =>
  useQuery<Source[]>({
    key: keys.sources(),
    read: () => all((cursor) => ask(api.GET("/sources", { params: { query: { limit: 200, cursor } } }))),
  });

export const useSource = (id: string) =>
  useQuery<Source>({
    key: keys.source(id),
    read: () => ask(api.GET("/sources/{id}", { params: { path: { id } } })),
  });

export const useFields = (sourceId: string, { live_ms }: { live_ms?: number } = {}) =>
  useQuery({
    key: keys.fields(sourceId),
    read: () => ask(api.GET("/sources/{id}/fields", { params: { path: { id: sourceId } } })),
    every_ms: live_ms ?? false,
  });

export const useConnections = () =>
  useQuery<Connection[]>({
    key: keys.connections(),
    read: () => all((cursor) => ask(api.GET("/connections", { params: { query: { limit: 200, cursor } } }))),
  });
