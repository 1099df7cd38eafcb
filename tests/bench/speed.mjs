// The timed figures: accepted per second and latency with the consumers held back, the same until every run is finished,
// and the way from a POST to the first action. Contenders take turns within a round, so that a slow minute of the
// machine is everybody's; what they are compared by is the ratio within a round.
//
// Nothing is counted here but events: what was accepted must be stored, and with consumers running finished.

import { sleep } from "../../scripts/project.mjs";
import { body, PAYLOADS } from "./payloads.mjs";
import { start } from "./contenders.mjs";

export const CONTENDERS = ["uncino", "peer", "floor", "empty"];

/** How long nothing may happen before the sweep is called for what the queue lost, and how long all of it may take. */
const QUIET_MS = 5_000;
const PATIENCE_MS = 100_000;

/** The list, begun at another place each round. */
const turned = (list, round) => list.map((_, index) => list[(index + round) % list.length]);

/** Sends to a contender, and adds to `into.accepted` what it answered for. */
async function sent(load, contender, into, options) {
  const before = await contender.host.ask("cpu");
  const result = await load.ask("run", { to: contender.urls[options.payload], ...options });
  const after = await contender.host.ask("cpu");
  into.accepted += result.accepted;
  into.refused += result.sent - result.accepted;
  const cpu_ms = before === null || after === null || result.accepted === 0 ? null : (after - before) / result.accepted;
  return { ...result, generator_ms: result.cpu_ms, cpu_ms };
}

const counts = (names) => Object.fromEntries(names.map((name) => [name, { accepted: 0, refused: 0 }]));

/** Consumers held back: `{rates: {payload: {connections: {contender: […a round each]}}}, stored}`. */
export async function held({ load, plan, say }) {
  const contenders = {};
  const totals = counts(CONTENDERS);
  const rates = {};
  try {
    for (const name of CONTENDERS) contenders[name] = await start(name);
    for (const payload of Object.keys(PAYLOADS)) {
      // The shape is learned, the isolate warm: V8 compiles a function well only when it has run often.
      for (const name of CONTENDERS) {
        await sent(load, contenders[name], totals[name], { payload, connections: plan.busiest, count: plan.warm_events });
      }
      for (const connections of plan.connections) {
        say(`consumers held back: ${PAYLOADS[payload].title}, ${connections} connection${connections > 1 ? "s" : ""}`);
        const into = (((rates[payload] ??= {})[connections] ??= Object.fromEntries(CONTENDERS.map((name) => [name, []]))));
        for (let round = 0; round < plan.rounds; round += 1) {
          for (const name of turned(CONTENDERS, round)) {
            const result = await sent(load, contenders[name], totals[name], { payload, connections, seconds: plan.seconds });
            into[name].push({
              per_second: result.accepted / result.seconds,
              p50_ms: result.p50_ms,
              p99_ms: result.p99_ms,
              cpu_ms: result.cpu_ms,
              generator_share: result.generator_ms / (result.seconds * 1_000),
            });
          }
        }
      }
    }
    for (const name of CONTENDERS.filter((name) => name !== "empty")) {
      const { rows } = await contenders[name].host.ask("d1", "SELECT count(*) AS n FROM events");
      totals[name].stored = rows[0].n;
    }
    return { rates, stored: totals };
  } finally {
    await Promise.all(Object.values(contenders).map((contender) => contender.stop()));
  }
}

/** Waits until `what(contender)` counts `expected`; calls the sweep when it stands still. Answers what it counted last. */
async function until(contender, sql, expected, totals) {
  const deadline = performance.now() + PATIENCE_MS;
  let last = -1;
  let moved = performance.now();
  for (;;) {
    const { rows } = await contender.host.ask("d1", sql);
    const { n } = rows[0];
    if (n >= expected || performance.now() > deadline) return n;
    if (n !== last) moved = performance.now();
    last = n;
    if (performance.now() - moved > QUIET_MS && contender.name === "uncino") {
      await contender.host.ask("scheduled");
      totals.swept = (totals.swept ?? 0) + 1;
      moved = performance.now();
    }
    await sleep(50);
  }
}

export const FINISHED = "SELECT count(*) AS n FROM runs WHERE status = 'succeeded'";

/** Consumers running: `{rates: {payload: {contender: […]}}, finished}`; the clock stops when the last contact is saved. */
export async function running({ load, plan, say }) {
  const names = ["uncino", "peer"];
  const contenders = {};
  const totals = counts(names);
  const rates = {};
  // Every event makes a contact; of two tables of the same length this is the one that is counted in no time.
  const contacts = "SELECT count(*) AS n FROM contacts";
  try {
    for (const name of names) contenders[name] = await start(name, { consumers: true });
    for (const payload of Object.keys(PAYLOADS)) {
      for (const name of names) {
        await sent(load, contenders[name], totals[name], { payload, connections: 8, count: plan.warm_count });
        await until(contenders[name], FINISHED, totals[name].accepted, totals[name]);
      }
      say(`consumers running: ${PAYLOADS[payload].title}, ${plan.busiest} connections`);
      const into = (rates[payload] = Object.fromEntries(names.map((name) => [name, []])));
      for (let round = 0; round < plan.running_rounds; round += 1) {
        for (const name of turned(names, round)) {
          const contender = contenders[name];
          const begun = performance.now();
          const cpu = await contender.host.ask("cpu");
          const result = await sent(load, contender, totals[name], { payload, connections: plan.busiest, count: plan.running_count });
          await until(contender, contacts, totals[name].accepted, totals[name]);
          await until(contender, FINISHED, totals[name].accepted, totals[name]);
          const seconds = (performance.now() - begun) / 1_000;
          const cpuAfter = await contender.host.ask("cpu");
          into[name].push({
            accepted_per_second: result.accepted / result.seconds,
            finished_per_second: result.accepted / seconds,
            seconds_after_last_answer: seconds - result.seconds,
            p50_ms: result.p50_ms,
            p99_ms: result.p99_ms,
            cpu_ms: cpu === null ? null : (cpuAfter - cpu) / result.accepted,
          });
        }
      }
    }
    for (const name of names) {
      const { rows } = await contenders[name].host.ask("d1", FINISHED);
      totals[name].finished = rows[0].n;
    }
    return { rates, finished: totals };
  } finally {
    await Promise.all(Object.values(contenders).map((contender) => contender.stop()));
  }
}

/** One event at a time into an idle worker: milliseconds from the POST until the action's call arrives. */
export async function idle({ plan, receiver, say }) {
  say("from POST to the first action, idle");
  const contender = await start("uncino", { consumers: true, receiver: receiver.url });
  try {
    const times = [];
    // The first ones find a shape that nobody has seen.
    for (let turn = -5; turn < plan.idle_count; turn += 1) {
      const called = receiver.next();
      const begun = performance.now();
      const answer = await fetch(contender.urls.call, {
        method: "POST",
        headers: { "content-type": PAYLOADS.form.type },
        body: body("form", 900_000_000_000 + turn),
      });
      if (answer.status !== 202) throw new Error(`the idle worker answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
      const arrived = await Promise.race([called, sleep(10_000).then(() => null)]);
      if (arrived === null) throw new Error("an action was not begun within 10 s");
      if (turn >= 0) times.push(arrived - begun);
      await sleep(40);
    }
    return times;
  } finally {
    await contender.stop();
  }
}
