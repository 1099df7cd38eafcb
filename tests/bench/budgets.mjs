// The budgets, each compared with what was measured. Speeds are compared as ratios within one run, because the figures
// of one machine say nothing about another; what is counted, and what has a limit of its own, is compared as it is.
//
// It measures nothing. A figure that is missing is a budget that is missed.

import { median, percentile, ratio } from "./numbers.mjs";
import { PAYLOADS } from "./payloads.mjs";
import { number } from "./tables.mjs";

const KIB = 1024;

/** Growth of the memory over the second half that still counts as flat: one step in which an allocator asks for more. */
const FLAT_BYTES = 1024 * KIB;

/** Below this a count per event is none: what every isolate does once in ten seconds is not done for an event. */
const NONE = 0.005;

const perSecond = (list) => list.map(({ per_second }) => per_second);

/** All rows that an event writes, by whatever handler; `except` are tables that an action fills. */
export function rowsOf(way, except = []) {
  const handlers = Object.values(way).filter((part) => typeof part === "object");
  const all = handlers.reduce((sum, part) => sum + part.rows_written, 0);
  return except.reduce((sum, table) => sum - handlers.reduce((inner, part) => inner + (part.tables[table] ?? 0), 0), all);
}

/** The sum of some counts of a way over its handlers. */
export function sumOf(way, names) {
  const handlers = Object.values(way).filter((part) => typeof part === "object");
  return handlers.reduce((sum, part) => sum + names.reduce((inner, name) => inner + part[name], 0), 0);
}

export const KV = ["kv_reads", "kv_writes", "kv_deletes", "kv_lists"];

/** `[{what, budget, measured, ok}]`, in the order of the design. */
export function budgets({ held, running, idle, counted, sizes, startup, memory, plan }) {
  const rows = [];
  const check = (what, budget, value, ok, shown = number(value)) => rows.push({ what, budget, measured: shown, ok: Boolean(ok) });
  const atLeast = (what, least, value, unit = " ×") => check(what, `at least ${least}${unit}`, value, value >= least, `${number(value)}${unit}`);
  const atMost = (what, most, value, unit = "") => check(what, `at most ${number(most, Number.isInteger(most) ? 0 : 1)}${unit}`, value, value !== null && value <= most, `${number(value)}${unit}`);
  const under = (what, limit, value, unit = "") => check(what, `under ${number(limit, Number.isInteger(limit) ? 0 : 1)}${unit}`, value, value !== null && value < limit, `${number(value)}${unit}`);

  const many = plan.busiest;
  for (const [payload, { title }] of Object.entries(PAYLOADS)) {
    const rate = (connections, other) => {
      const at = held.rates[payload][connections];
      return ratio(perSecond(at.uncino), perSecond(at[other]));
    };
    atLeast(`accepted per second, 1 connection, ${title}: to the JavaScript worker`, 1.3, rate(1, "peer"));
    atLeast(`the same: to the floor`, 0.75, rate(1, "floor"));
    atLeast(`accepted per second, ${many} connections, consumers held back, ${title}: to the JavaScript worker`, 2.5, rate(many, "peer"));
    atLeast(`the same: to the floor`, 1.5, rate(many, "floor"));
    const finished = (name) => running.rates[payload][name].map((round) => round.finished_per_second);
    atLeast(`with consumers running, until every run is finished, ${title}: to the JavaScript worker`, 2, ratio(finished("uncino"), finished("peer")));
  }

  const { accepted, stored } = held.stored.uncino;
  check("accepted events that are stored", "all", null, stored >= accepted, `${number(stored, 0)} of ${number(accepted, 0)}`);
  const { accepted: begun, finished } = running.finished.uncino;
  check("accepted events that are run to the end", "all", null, finished >= begun, `${number(finished, 0)} of ${number(begun, 0)}`);
  const refused = held.stored.uncino.refused + running.finished.uncino.refused;
  check("deliveries not accepted", "none", refused, refused === 0, number(refused, 0));

  under("from POST to the first action, idle: p50", 100, median(idle), " ms");
  under("the same: p99", 1_000, percentile(idle, 0.99), " ms");

  const { uncino } = counted;
  const loads = Object.keys(PAYLOADS).map((payload) => uncino[`${payload}_load`]);
  atMost("D1 rows written for an event alone, one action that calls", 6, rowsOf(uncino.call_alone));
  atMost("the same with a delivery id", 7, rowsOf(uncino.delivery_id_alone));
  atMost("D1 rows written for an event alone, one action that is D1's own, without the contact's rows", 4, rowsOf(uncino.form_alone, ["contacts"]));
  atMost("the same under load, the worse payload", 4, Math.max(...loads.map((way) => rowsOf(way, ["contacts"]))));
  const most = (names) => Math.max(...loads.map((way) => sumOf(way, names)));
  check("KV operations per event under load, warm", "0", most(KV), most(KV) < NONE);
  under("queue operations per event under load", 0.2, most(["queue_calls"]));
  under("bytes stored per event beyond its body, one action", 1_000, uncino.storage.bytes_beyond_body);

  atMost("size of the wasm", 1_024, sizes.uncino_wasm.raw / KIB, " KiB");
  atMost("size of the worker, compressed", 400, sizes.uncino.gzip / KIB, " KiB");
  under("start-up (evaluation of the module)", 25, median(startup.uncino), " ms");

  const { points, wanted } = memory;
  const last = points.at(-1);
  const half = points.find(({ events }) => events >= last.events / 2);
  const growth = last.bytes - half.bytes;
  check(
    `memory of the isolate after ${number(wanted, 0)} events`,
    "flat",
    growth,
    growth <= FLAT_BYTES && last.events >= wanted,
    `${number(last.bytes / KIB, 0)} KiB after ${number(last.events, 0)}, ${number(growth / KIB, 0)} more than at half of them`,
  );
  check("events of the memory's run that are stored", "all", null, memory.stored >= last.events, `${number(memory.stored, 0)} of ${number(last.events, 0)}`);
  return rows;
}
