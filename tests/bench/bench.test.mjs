// The bench's own arithmetic: a budget that is missed is seen, a figure that is missing is no figure, and the model of
// costs adds up. It measures nothing and starts no worker: `npm run bench -- --quick` does.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/project.mjs";
import { answerEnd } from "./answer.mjs";
import { budgets } from "./budgets.mjs";
import { asked, bill, costTables, limits, perEvent } from "./cost.mjs";
import { median, percentile, ratio } from "./numbers.mjs";
import { PAYLOADS, body } from "./payloads.mjs";
import { performanceTables } from "./report.mjs";
import { fill, table } from "./tables.mjs";

const KIB = 1024;
const both = (make) => Object.fromEntries(Object.keys(PAYLOADS).map((payload) => [payload, make(payload)]));

const handler = (values) => ({
  invocations: 1, messages: 0, d1_calls: 0, d1_statements: 0, rows_read: 0, rows_written: 0, tables: {},
  kv_reads: 0, kv_writes: 0, kv_deletes: 0, kv_lists: 0, queue_calls: 0, queue_messages: 0, ...values,
});
const way = (fetch, queue) => ({ events: 100, fetch: handler(fetch), queue: handler(queue) });

/** A run of the bench in which every budget is just kept. */
function kept() {
  const round = (per_second) => [{ per_second, p50_ms: 1, p99_ms: 2, cpu_ms: 0.5, generator_share: 0.1 }];
  const rates = () => ({
    1: { uncino: round(130), peer: round(100), floor: round(173), empty: round(900) },
    64: { uncino: round(2_500), peer: round(1_000), floor: round(1_666), empty: round(9_000) },
  });
  const finished = (finished_per_second) => [{ finished_per_second, accepted_per_second: 1, seconds_after_last_answer: 1, cpu_ms: 2 }];
  const load = () => way({ d1_calls: 0.1, rows_written: 1, tables: { events: 1 }, queue_calls: 0.1, queue_messages: 1 }, { d1_calls: 0.4, rows_written: 5, tables: { runs: 3, contacts: 2 }, invocations: 0.1 });
  return {
    plan: { connections: [1, 64], busiest: 64, rounds: 1, seconds: 1, running_rounds: 1, running_count: 10 },
    machine: { measured_on: "2026-01-01", processor: "x", cores: 2, memory_gib: 1, system: "y", load_before: 0, fsync_ms: 0.1, versions: {} },
    held: { rates: both(rates), stored: { uncino: { accepted: 10, refused: 0, stored: 10 } } },
    running: { rates: both(() => ({ uncino: finished(200), peer: finished(100) })), finished: { uncino: { accepted: 10, refused: 0, finished: 10 }, peer: { accepted: 10, refused: 0, finished: 10 } } },
    idle: [50, 60, 70],
    counted: {
      uncino: {
        form_alone: way({ rows_written: 1 }, { rows_written: 5, tables: { contacts: 2, runs: 3 } }),
        call_alone: way({ rows_written: 1 }, { rows_written: 5 }),
        delivery_id_alone: way({ rows_written: 2 }, { rows_written: 5 }),
        form_load: load(),
        order_load: load(),
        storage: { events: 1, body_bytes: 200, bytes_beyond_body: 800 },
        sweep: { events: 1, scheduled: handler({ rows_written: 1, rows_read: 100 }) },
        forget: { sweeps: 1, events: 100, scheduled: handler({ invocations: 0, rows_written: 2 }) },
      },
      peer: {},
    },
    sizes: { uncino_wasm: { raw: 1_024 * KIB, gzip: 1 }, uncino: { raw: 1, gzip: 400 * KIB }, peer: { raw: 1, gzip: 1 } },
    startup: { uncino: [24], peer: [1], empty: [0] },
    memory: { wanted: 100, points: [{ events: 0, bytes: 1 }, { events: 50, bytes: 3 * KIB }, { events: 100, bytes: 3 * KIB }], stored: 100, finished: 100 },
  };
}

const missed = (measured) => budgets(measured).filter(({ ok }) => !ok).map(({ what }) => what);

test("a run that keeps every budget misses none", () => {
  assert.deepEqual(missed(kept()), []);
});

test("whatever is worse than its budget is named, and nothing else is", () => {
  const worse = [
    [/1 connection, flat form.*JavaScript worker/, (run) => (run.held.rates.form[1].peer[0].per_second = 101)],
    [/to the floor/, (run) => (run.held.rates.order[64].floor[0].per_second = 1_700)],
    [/until every run is finished, nested order/, (run) => (run.running.rates.order.peer[0].finished_per_second = 101)],
    [/that are stored/, (run) => (run.held.stored.uncino.stored = 9)],
    [/run to the end/, (run) => (run.running.finished.uncino.finished = 9)],
    [/not accepted/, (run) => (run.running.finished.uncino.refused = 1)],
    [/p99/, (run) => run.idle.push(1_000)],
    [/action that calls/, (run) => (run.counted.uncino.call_alone.queue.rows_written = 6)],
    [/delivery id/, (run) => (run.counted.uncino.delivery_id_alone.fetch.rows_written = 3)],
    [/D1's own/, (run) => (run.counted.uncino.form_alone.queue.tables.contacts = 1)],
    [/under load, the worse payload/, (run) => (run.counted.uncino.order_load.queue.rows_written = 6)],
    [/KV operations/, (run) => (run.counted.uncino.form_load.fetch.kv_reads = 0.01)],
    [/queue operations/, (run) => (run.counted.uncino.form_load.fetch.queue_calls = 0.2)],
    [/bytes stored/, (run) => (run.counted.uncino.storage.bytes_beyond_body = 1_000)],
    [/size of the wasm/, (run) => (run.sizes.uncino_wasm.raw += 1)],
    [/compressed/, (run) => (run.sizes.uncino.gzip += 1)],
    [/start-up/, (run) => (run.startup.uncino = [25])],
    [/memory of the isolate/, (run) => (run.memory.points[2].bytes += 1_025 * KIB)],
    [/memory of the isolate/, (run) => (run.memory.wanted = 101)],
    [/memory's run/, (run) => (run.memory.stored = 99)],
  ];
  for (const [name, change] of worse) {
    const run = kept();
    change(run);
    const names = missed(run);
    assert.equal(names.length, 1, `${name}: ${names}`);
    assert.match(names[0], name);
  }
});

test("a figure that was not measured is a budget that is missed", () => {
  const run = kept();
  run.idle = [];
  assert.equal(missed(run).length, 2);
});

test("medians and ratios are those of pairs", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(percentile([1, 2, 3, 4], 0.99), 4);
  assert.equal(percentile([], 0.5), null);
  // The machine was half as fast in the second round: nobody's ratio moves.
  assert.equal(ratio([200, 100, 200], [100, 50, 100]), 2);
});

test("every payload has its length whatever its number, and no body is another's", () => {
  assert.equal(body("form", 1).length, 200);
  assert.equal(body("order", 1).length, 5_000);
  for (const payload of Object.keys(PAYLOADS)) {
    assert.equal(body(payload, 999_999_999_999).length, body(payload, 1).length);
    assert.notEqual(body(payload, 1), body(payload, 2));
  }
  JSON.parse(body("order", 1));
});

test("an answer ends with its length or its last chunk, and no earlier", () => {
  const plain = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
  const chunked = "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
  for (const whole of [plain, chunked]) {
    assert.equal(answerEnd(whole), whole.length);
    for (let cut = 0; cut < whole.length; cut += 1) assert.equal(answerEnd(whole.slice(0, cut)), -1, `cut at ${cut}`);
  }
  assert.throws(() => answerEnd("HTTP/1.1 200 OK\r\n\r\n"), /without a length/);
});

test("an event costs what all its handlers did, and being forgotten", () => {
  const event = perEvent(kept(), "form");
  assert.equal(event.rows_written, 1 + 5 + 2);
  assert.equal(event.queue_operations, 3);
  assert.equal(event.d1_calls, 0.5);
  assert.equal(event.stored_bytes, 1_000);
});

test("a bill is the base price until something included is used up", () => {
  assert.equal(bill(kept(), "form", 1_000).total, 5);
  const { rows_written, total } = bill(kept(), "form", 100_000_000);
  // 8 rows an event and one a minute, beyond 50 million, at a dollar a million.
  assert.ok(Math.abs(rows_written - (800 + 0.0432 - 50)) < 1e-6, `${rows_written}`);
  assert.ok(total > rows_written + 5);
});

test("the first limit is the one that is hit soonest, not the one that is exceeded most", () => {
  const first = (rate, call_ms) => limits(kept(), "form", rate, call_ms)[0];
  assert.match(first(10).name, /10 GB/);
  assert.match(first(100).name, /one source/);
  assert.match(first(10_000).name, /one thread|one queue/);
  assert.ok(first(1).share <= 1, "one event a second breaks nothing");
  assert.match(first(1_000, 3).name, /one thread/);
});

test("what others ask is a package, a bound, or no figure at all", () => {
  const other = { currency: "$", packages: [{ included: 10, price: 5 }, { included: 100, price: 19.99 }], per_event: 2 };
  assert.equal(asked({ ...other, beyond: "cheaper" }, 5), "$5");
  assert.equal(asked({ ...other, beyond: "cheaper" }, 6), "$19.99");
  assert.equal(asked({ ...other, beyond: "cheaper" }, 51), "≤ $39.98");
  assert.equal(asked({ ...other, beyond: "agreement" }, 51), "by agreement");
  assert.equal(asked({ ...other, beyond: "metered" }, 51), "$19.99 and a metered price");
});

test("tables go between their marks, everything else stays, and a lost mark is an error", () => {
  const folder = mkdtempSync(join(tmpdir(), "tables-"));
  try {
    const file = join(folder, "DOCUMENT.md");
    const path = relative(ROOT, file);
    writeFileSync(file, "before\n<!-- figures: a -->\nold\n<!-- end -->\nafter\n");
    fill(path, { a: table(["x", "n"], [["one", "1"]]) });
    assert.equal(readFileSync(file, "utf8"), "before\n<!-- figures: a -->\n| x | n |\n| --- | ---: |\n| one | 1 |\n<!-- end -->\nafter\n");
    assert.throws(() => fill(path, { b: "" }), /has no place for the figures "b"/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the documents have a place for every table, and no other", () => {
  const places = (path) => [...readFileSync(join(ROOT, path), "utf8").matchAll(/<!-- figures: (\w+) -->/g)].map((match) => match[1]).sort();
  const run = kept();
  assert.deepEqual(places("docs/PERFORMANCE.md"), Object.keys(performanceTables(run, budgets(run))).sort());
  assert.deepEqual(places("docs/COST.md"), Object.keys(costTables(run)).sort());
});

test("docs/COST.md is what docs/measured.json and the prices make of it", () => {
  const document = readFileSync(join(ROOT, "docs", "COST.md"), "utf8");
  const measured = JSON.parse(readFileSync(join(ROOT, "docs", "measured.json"), "utf8"));
  for (const [name, text] of Object.entries(costTables(measured))) {
    assert.ok(document.includes(`<!-- figures: ${name} -->\n${text}\n<!-- end -->`), `the table "${name}" is old: run \`npm run cost\``);
  }
});
