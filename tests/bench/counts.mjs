// The counted figures: rows, KV and queue operations per event, bytes stored per event, the memory of the isolate, the
// sizes and the start-up. Nothing is timed here but the start-up.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { sleep } from "../../scripts/project.mjs";
import { body, PAYLOADS } from "./payloads.mjs";
import { median } from "./numbers.mjs";
import { files, start } from "./contenders.mjs";
import { FINISHED } from "./speed.mjs";

const DAY_MS = 86_400_000;

const tallyOf = async (contender) => (await fetch(`${contender.origin}/__bench/tally`)).json();

async function finished(contender, expected) {
  for (const deadline = performance.now() + 100_000; ; await sleep(50)) {
    const { rows } = await contender.host.ask("d1", FINISHED);
    if (rows[0].n >= expected) break;
    if (performance.now() > deadline) throw new Error(`${rows[0].n} of ${expected} runs of ${contender.name} were finished in 100 s`);
  }
  // What a batch writes after its runs.
  await sleep(300);
}

/** A tally divided by the number of events, the handlers apart. */
function perEvent(tally, events) {
  const part = (value) => (typeof value === "number" ? Number((value / events).toFixed(4)) : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, part(inner)])));
  return { events, ...part(tally) };
}

/** What one event costs, by contender and way: alone (`form`, `call`, `delivery_id`) and under load. */
export async function counted({ load, plan, receiver, say }) {
  const answer = {};
  for (const name of ["uncino", "peer"]) {
    say(`counting what ${name} does for an event`);
    let contender = await start(name, { consumers: true, probe: "counting", receiver: receiver.url });
    let expected = 0;
    const send = async (payload, to, options) => {
      const result = await load.ask("run", { to: contender.urls[to], payload, ...options });
      if (result.accepted !== result.sent) throw new Error(`${name} answered ${JSON.stringify(result.statuses)}`);
      expected += result.accepted;
      await finished(contender, expected);
      return result.accepted;
    };
    const alone = async (payload, to, headers) => {
      await tallyOf(contender);
      for (let turn = 0; turn < plan.counted_alone; turn += 1) await send(payload, to, { connections: 1, count: 1, headers });
      return perEvent(await tallyOf(contender), plan.counted_alone);
    };
    const underLoad = async (payload) => {
      // What the isolate knows of the source is fresh, and stays so for its ten seconds.
      await send(payload, payload, { connections: 1, count: 1 });
      await tallyOf(contender);
      const events = await send(payload, payload, { connections: plan.busiest, count: plan.counted_count });
      return perEvent(await tallyOf(contender), events);
    };
    try {
      const ways = (answer[name] = {});
      for (const payload of Object.keys(PAYLOADS)) await send(payload, payload, { connections: 1, count: 20 });
      ways.form_alone = await alone("form", "form");
      if (name === "uncino") {
        await send("form", "call", { connections: 1, count: 20 });
        ways.call_alone = await alone("form", "call");
        ways.delivery_id_alone = await alone("form", "call", { "idempotency-key": "bench-{n}" });
      }
      for (const payload of Object.keys(PAYLOADS)) ways[`${payload}_load`] = await underLoad(payload);
      if (name === "uncino") {
        ways.storage = await stored(contender, send, plan);
        // The first minutes tidy up after the load; the third is an ordinary one.
        for (let turn = 0; turn < 3; turn += 1) {
          await tallyOf(contender);
          await contender.host.ask("scheduled");
        }
        ways.sweep = perEvent(await tallyOf(contender), 1);
        const after = await contender.rest();
        contender = await start(name, { probe: "counting", after, vars: { UNCINO_DEV: "1", UNCINO_CLOCK_OFFSET_MS: String(32 * DAY_MS) } });
        ways.forget = await forgotten(contender);
      }
    } finally {
      await contender.stop();
    }
  }
  return answer;
}

/** What it takes to forget an event when its days are over, without an ordinary minute's sweeps. */
async function forgotten(contender) {
  const count = async () => (await contender.host.ask("d1", "SELECT count(*) AS n FROM events")).rows[0].n;
  const before = await count();
  await tallyOf(contender);
  let left = before;
  let sweeps = 0;
  while (left > 0 && sweeps < 60) {
    await contender.host.ask("scheduled");
    sweeps += 1;
    left = await count();
  }
  if (left > 0) throw new Error(`${left} of ${before} events were still there ${sweeps} sweeps after their days were over`);
  return { sweeps, ...perEvent(await tallyOf(contender), before) };
}

/** Bytes of the database that an event takes beyond its body, with one action that stores nothing of its own. */
async function stored(contender, send, plan) {
  const size = async () => (await contender.host.ask("d1", "SELECT 1")).meta.size_after;
  const before = await size();
  const events = await send("form", "call", { connections: 16, count: plan.stored_count });
  const body_bytes = body("form", 0).length;
  return { events, body_bytes, bytes_beyond_body: (await size() - before) / events - body_bytes };
}

/** The wasm's memory while events are taken in and run, as `{points: [{events, bytes}], stored, finished}`. */
export async function memory({ load, plan, say }) {
  say(`the isolate's memory over ${plan.memory_count} events`);
  const contender = await start("uncino", { consumers: true, probe: "counting" });
  try {
    const bytes = async () => (await (await fetch(`${contender.origin}/__bench/memory`)).json()).bytes;
    const points = [{ events: 0, bytes: await bytes() }];
    const deadline = performance.now() + plan.memory_s * 1_000;
    let events = 0;
    while (events < plan.memory_count && performance.now() < deadline) {
      const payload = points.length % 2 ? "form" : "order";
      const result = await load.ask("run", { to: contender.urls[payload], payload, connections: plan.busiest, count: plan.memory_count / 20 });
      events += result.accepted;
      points.push({ events, bytes: await bytes() });
    }
    const count = async (sql) => (await contender.host.ask("d1", sql)).rows[0].n;
    return { wanted: plan.memory_count, points, stored: await count("SELECT count(*) AS n FROM events"), finished: await count(FINISHED) };
  } finally {
    await contender.stop();
  }
}

/** Milliseconds that the evaluation of the module takes, by contender, each time in a fresh process. */
export async function startup({ plan, say }) {
  say("start-up");
  const names = ["uncino", "peer", "empty"];
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < plan.startups; round += 1) {
    for (const name of names) {
      const contender = await start(name, { probe: "startup" });
      try {
        const ask = async (path) => {
          const begun = performance.now();
          await (await fetch(`${contender.origin}${path}`)).arrayBuffer();
          return performance.now() - begun;
        };
        const plain = [];
        for (let turn = 0; turn < 30; turn += 1) plain.push(await ask("/nothing"));
        times[name].push((await ask("/import")) - median(plain.slice(10)));
      } finally {
        await contender.stop();
      }
    }
  }
  return times;
}

/** Bytes of what is uploaded, as it is and compressed with gzip. */
export function sizes() {
  const of = (paths) => {
    const parts = paths.map((path) => readFileSync(path));
    const sum = (measure) => parts.reduce((total, part) => total + measure(part), 0);
    return { raw: sum((part) => part.length), gzip: sum((part) => gzipSync(part, { level: 9 }).length) };
  };
  return { uncino_wasm: of(files.uncino().filter((path) => path.endsWith(".wasm"))), uncino: of(files.uncino()), peer: of(files.peer()) };
}
