// The tables of docs/PERFORMANCE.md, from what was measured. It judges nothing: that is budgets.mjs.

import { KV, rowsOf, sumOf } from "./budgets.mjs";
import { median, percentile, ratio } from "./numbers.mjs";
import { PAYLOADS } from "./payloads.mjs";
import { CONTENDERS } from "./speed.mjs";
import { number, table } from "./tables.mjs";

const NAMES = { uncino: "Uncino", peer: "JavaScript worker", floor: "floor", empty: "empty worker" };
const KIB = 1024;
const medianOf = (list, name) => median(list.map((round) => round[name]).filter((value) => value !== null));
const times = (value) => `${number(value)} ×`;

/** The texts between the marks, by name. */
export function performanceTables(measured, checks) {
  const { held, running, idle, counted, sizes, startup, memory, machine, plan } = measured;
  const cases = Object.entries(PAYLOADS).flatMap(([payload, { title }]) =>
    plan.connections.map((connections) => ({ title: `${title}, ${connections} conn.`, at: held.rates[payload][connections] })),
  );
  const rates = (at, name) => at[name].map((round) => round.per_second);
  const generator = Math.max(...cases.map(({ at }) => medianOf(at.uncino, "generator_share")));

  return {
    machine: [
      `Measured on ${machine.measured_on}: ${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, ${machine.system}; load average before the run ${number(machine.load_before)}; one fsync ${number(machine.fsync_ms, 3)} ms.`,
      `Node ${machine.versions.node}, wrangler ${machine.versions.wrangler}, Miniflare ${machine.versions.miniflare}, workerd ${machine.versions.workerd}, Hono ${machine.versions.hono}, rustc ${machine.versions.rustc}.`,
      `${plan.rounds} rounds of ${plan.seconds} s with the consumers held back, ${plan.running_rounds} of ${number(plan.running_count, 0)} events with consumers running. The load generator used at most ${number(generator * 100, 0)} % of a core while it drove Uncino.`,
    ].join("\n\n"),
    budgets: table(["what", "budget", "measured", "kept"], checks.map(({ what, budget, measured: value, ok }) => [what, budget, value, ok ? "yes" : "**no**"])),
    held: table(
      ["accepted per second", ...CONTENDERS.map((name) => NAMES[name]), "to the JavaScript worker", "to the floor"],
      cases.map(({ title, at }) => [
        title,
        ...CONTENDERS.map((name) => number(median(rates(at, name)), 0)),
        times(ratio(rates(at, "uncino"), rates(at, "peer"))),
        times(ratio(rates(at, "uncino"), rates(at, "floor"))),
      ]),
    ),
    latency: table(
      ["p50 / p99 in ms", ...CONTENDERS.map((name) => NAMES[name])],
      cases.map(({ title, at }) => [title, ...CONTENDERS.map((name) => `${number(medianOf(at[name], "p50_ms"))} / ${number(medianOf(at[name], "p99_ms"))}`)]),
    ),
    cpu: table(
      ["CPU ms per event", ...CONTENDERS.map((name) => NAMES[name])],
      [
        ...cases.map(({ title, at }) => [title, ...CONTENDERS.map((name) => number(medianOf(at[name], "cpu_ms")))]),
        ...Object.entries(PAYLOADS).map(([payload, { title }]) => [
          `${title}, run to the end`,
          ...CONTENDERS.map((name) => (running.rates[payload][name] ? number(medianOf(running.rates[payload][name], "cpu_ms")) : "")),
        ]),
      ],
    ),
    running: [
      table(
        [`${plan.busiest} connections`, "Uncino", "JavaScript worker", "ratio"],
        Object.entries(PAYLOADS).flatMap(([payload, { title }]) => {
          const at = running.rates[payload];
          const row = (words, name, digits) => {
            const of = (contender) => at[contender].map((round) => round[name]);
            return [`${title}: ${words}`, number(median(of("uncino")), digits), number(median(of("peer")), digits), times(ratio(of("uncino"), of("peer")))];
          };
          return [
            row("accepted per second", "accepted_per_second", 0),
            row("per second until every run is finished", "finished_per_second", 0),
            row("seconds from the last answer to the last run", "seconds_after_last_answer"),
          ];
        }),
      ),
      `Of ${number(running.finished.uncino.accepted, 0)} events that Uncino accepted here, ${number(running.finished.uncino.finished, 0)} were run to the end (the JavaScript worker: ${number(running.finished.peer.finished, 0)} of ${number(running.finished.peer.accepted, 0)}); the sweep was called for lost orders ${running.finished.uncino.swept ?? 0} times. With the consumers held back, ${number(held.stored.uncino.stored, 0)} of ${number(held.stored.uncino.accepted, 0)} are in the database.`,
    ].join("\n\n"),
    idle: table(["from POST to the first action, idle", "ms"], [
      ["p50", number(median(idle))],
      ["p99", number(percentile(idle, 0.99))],
      [`slowest of ${idle.length}`, number(Math.max(...idle))],
    ]),
    operations: table(
      ["per event", "D1 calls", "statements", "rows read", "rows written", "of them contacts", "KV", "queue calls", "queue messages"],
      Object.entries(counted).flatMap(([name, ways]) =>
        Object.entries(WAYS)
          .filter(([way]) => ways[way])
          .map(([way, words]) => {
            const sum = (...names) => number(sumOf(ways[way], names), 2);
            const rows = rowsOf(ways[way]);
            return [`${NAMES[name]}, ${words}`, sum("d1_calls"), sum("d1_statements"), sum("rows_read"), number(rows, 2), number(rows - rowsOf(ways[way], ["contacts"]), 2), sum(...KV), sum("queue_calls"), sum("queue_messages")];
          }),
      ),
    ),
    rows: table(
      ["rows written per event, by table", ...tablesOf(counted.uncino)],
      Object.entries(WAYS)
        .filter(([way]) => counted.uncino[way])
        .map(([way, words]) => [words, ...tablesOf(counted.uncino).map((name) => number(rowsOf(counted.uncino[way]) - rowsOf(counted.uncino[way], [name]), 2))]),
    ),
    size: table(
      ["", "Uncino", "JavaScript worker"],
      [
        ["uploaded, KiB", number(sizes.uncino.raw / KIB, 0), number(sizes.peer.raw / KIB, 0)],
        ["uploaded, compressed, KiB", number(sizes.uncino.gzip / KIB, 0), number(sizes.peer.gzip / KIB, 0)],
        ["of it wasm, KiB", number(sizes.uncino_wasm.raw / KIB, 0), ""],
        [`evaluation of the module, ms (median of ${startup.uncino.length} processes)`, number(median(startup.uncino)), number(median(startup.peer))],
        ["the same of the empty worker, ms", number(median(startup.empty)), ""],
        ["bytes stored per event beyond its body", number(counted.uncino.storage.bytes_beyond_body, 0), ""],
      ],
    ),
    memory: table(
      ["events taken in", "the wasm's memory, KiB"],
      memory.points.filter((_, index) => index % Math.ceil(memory.points.length / 6) === 0 || index === memory.points.length - 1).map(({ events, bytes }) => [number(events, 0), number(bytes / KIB, 0)]),
    ),
  };
}

const WAYS = {
  form_alone: "flat form alone, saves a contact",
  call_alone: "flat form alone, calls a system",
  delivery_id_alone: "the same with a delivery id",
  form_load: "flat form under load, saves a contact",
  order_load: "nested order under load, saves a contact",
};

const tablesOf = (ways) => [...new Set(Object.keys(WAYS).flatMap((way) => Object.values(ways[way] ?? {}).flatMap((part) => Object.keys(part.tables ?? {}))))].sort();
