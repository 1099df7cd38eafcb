// What views share of the server's state: the keys under which answers are kept, and the lists that many views read.
// A query that only one view needs stands in that view, under the same keys.

import { QueryCache, QueryClient, useInfiniteQuery, useQuery } from "@tanstack/preact-query";
import { signedOut } from "../session.ts";
import { type Action, ApiProblem, type Automation, api, ask, type Connection, type Source } from "./client.ts";

/** How often a list that lives is asked for again, while its window is looked at. */
export const LIVE_MS = 2_000;

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 401) signedOut();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 500),
    },
  },
});

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
  { live_ms, enabled = true }: { live_ms?: number; enabled?: boolean } = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<T>) => page.next ?? undefined,
    refetchInterval: live_ms ?? false,
    enabled,
  });
  return {
    rows: query.data?.pages.flatMap((page) => page.data),
    hasMore: query.hasNextPage,
    more: () => void query.fetchNextPage(),
    loadingMore: query.isFetchingNextPage,
    error: query.error,
    again: () => void query.refetch(),
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
    queryKey: keys.actions(),
    queryFn: async () => (await ask(api.GET("/actions"))).data,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useAutomations = () =>
  useQuery<Automation[]>({
    queryKey: keys.automations(),
    queryFn: () => all((cursor) => ask(api.GET("/automations", { params: { query: { limit: 200, cursor } } }))),
  });

export const useAutomation = (id: string) =>
  useQuery<Automation>({
    queryKey: keys.automation(id),
    queryFn: () => ask(api.GET("/automations/{id}", { params: { path: { id } } })),
  });

export const useSources = () =>
  useQuery<Source[]>({
    queryKey: keys.sources(),
    queryFn: () => all((cursor) => ask(api.GET("/sources", { params: { query: { limit: 200, cursor } } }))),
  });

export const useSource = (id: string) =>
  useQuery<Source>({
    queryKey: keys.source(id),
    queryFn: () => ask(api.GET("/sources/{id}", { params: { path: { id } } })),
  });

export const useFields = (sourceId: string, { live_ms }: { live_ms?: number } = {}) =>
  useQuery({
    queryKey: keys.fields(sourceId),
    queryFn: () => ask(api.GET("/sources/{id}/fields", { params: { path: { id: sourceId } } })),
    refetchInterval: live_ms ?? false,
  });

export const useConnections = () =>
  useQuery<Connection[]>({
    queryKey: keys.connections(),
    queryFn: () => all((cursor) => ask(api.GET("/connections", { params: { query: { limit: 200, cursor } } }))),
  });
