// Answers and acts of the API in components: `useQuery` keeps one up to date while it is shown, `useMutation` tells how
// an act is going. What is kept, and how, stands in `cache.ts`.

import { useCallback, useEffect, useReducer, useRef, useState } from "preact/hooks";
import { signedOut } from "../session.ts";
import { Cache, type Key } from "./cache.ts";
import { ApiProblem } from "./client.ts";

export const queries = new Cache(
  (error) => error instanceof ApiProblem && (error.status === 0 || error.status >= 500),
  (error) => {
    if (error instanceof ApiProblem && error.status === 401) signedOut();
  },
);

/** How long an answer is fresh when a view says nothing else: two parts of one view share it. */
const FRESH_MS = 1_000;

interface QueryOptions<T> {
  key: Key;
  read: () => Promise<T>;
  /** How often it is asked for while the window is looked at; decided anew by each answer. */
  every_ms?: number | false | ((data: T | undefined) => number | false);
  /** How long an answer is fresh. */
  fresh_ms?: number;
  enabled?: boolean;
  /** Shows the answer of the key before until that of the new one is there. */
  keepBefore?: boolean;
}

interface Query<T> {
  data: T | undefined;
  error: unknown;
  fetching: boolean;
  again: () => Promise<void>;
}

export function useQuery<T>(options: QueryOptions<T>): Query<T> {
  const { key, enabled = true, fresh_ms = FRESH_MS, keepBefore = false } = options;
  const name = JSON.stringify(key);
  const latest = useRef(options);
  latest.current = options;
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const again = useCallback(() => queries.ask(latest.current.key, () => latest.current.read()), []);
  const entry = queries.look<T>(key);

  useEffect(() => {
    const leave = queries.watch(key, () => draw(0), again);
    return leave;
  }, [name]);

  useEffect(() => {
    const { at } = queries.look(key);
    // Also what is fresh for ever has to come once.
    if (enabled && (at === 0 || Date.now() - at > fresh_ms)) void again();
  }, [name, enabled]);

  const { every_ms = false } = options;
  const pause_ms = typeof every_ms === "function" ? every_ms(entry.data) : every_ms;
  useEffect(() => {
    if (!enabled || pause_ms === false) return;
    const timer = setInterval(() => document.hidden || void again(), pause_ms);
    return () => clearInterval(timer);
  }, [enabled, pause_ms, again]);

  // Whoever comes back to the window finds it as it is now.
  useEffect(() => {
    if (!enabled || fresh_ms === Number.POSITIVE_INFINITY) return;
    const look = () => document.hidden || void again();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [enabled, fresh_ms]);

  const before = useRef<T>();
  if (entry.data !== undefined) before.current = entry.data;
  return {
    data: entry.data ?? (keepBefore ? before.current : undefined),
    error: entry.error,
    fetching: entry.fetching,
    again,
  };
}

interface MutationOptions<A, T> {
  act: (argument: A) => Promise<T>;
  onDone?: (answer: T) => void;
}

interface Mutation<A, T> {
  run: (argument: A) => void;
  busy: boolean;
  /** What it was last run with. */
  argument: A | undefined;
  data: T | undefined;
  error: unknown;
  reset: () => void;
}

interface Going<A, T> {
  busy: boolean;
  argument?: A;
  data?: T;
  error?: unknown;
}

export function useMutation<T, A = void>({ act, onDone }: MutationOptions<A, T>): Mutation<A, T> {
  const [going, setGoing] = useState<Going<A, T>>({ busy: false });
  const run = async (argument: A) => {
    setGoing({ busy: true, argument });
    try {
      const data = await act(argument);
      setGoing({ busy: false, argument, data });
      onDone?.(data);
    } catch (error) {
      setGoing({ busy: false, argument, error });
      if (error instanceof ApiProblem && error.status === 401) signedOut();
    }
  };
  return {
    run: (argument) => void run(argument),
    busy: going.busy,
    argument: going.argument,
    data: going.data,
    error: going.error,
    reset: () => setGoing({ busy: false }),
  };
}
