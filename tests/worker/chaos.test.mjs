// Load, random kills and long outages in real workerd: whatever was acknowledged is accounted for, and so is every call
// that the receiver saw. Single faults at chosen moments are faults.test.mjs's; what a seed can play again is the
// simulation's (tests/it/simulation).
//
//   CHAOS_ROUNDS=50 CHAOS_HELD=10000 node --test tests/worker/chaos.test.mjs    longer; CHAOS_SEED=7 for other moments

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sleep } from "../../scripts/project.mjs";
import { start } from "./harness.mjs";
import { startReceiver } from "./receiver.mjs";

const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 3);
const HELD = Number(process.env.CHAOS_HELD ?? 500);
const SEED = Number(process.env.CHAOS_SEED ?? 1);

/** How long a lease lasts, with its margin, and some more: after so long somebody else takes what a dead worker held. */
const LEASE_MS = 7 * 60_000;

const OVER = ["succeeded", "failed", "uncertain", "skipped", "cancelled"];

let worker;
let receiver;
/** Where the worker's clock stands; it never goes back. */
let offset = 0;

before(async () => {
  receiver = await startReceiver();
  worker = await start();
});

after(async () => {
  await worker?.stop();
  await receiver?.stop();
});

/** Moments that follow from the seed (mulberry32). */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const call = (id, path, more = {}) => ({
  id,
  action: "http_request",
  params: { method: "POST", url: `${receiver.url}${path}`, json: { event: "{{ uncino.event.id }}", n: "{{ n }}" }, ...more },
});

async function automation(name, steps, more = {}) {
  const { status, json } = await worker.api("POST", "/automations", { name, steps, ...more });
  assert.equal(status, 201, JSON.stringify(json));
  return { id: json.id, source: json.source.id, token: json.source.token, path: new URL(json.source.url).pathname };
}

/** One delivery; `null` when nobody answered. */
async function post(path, body, headers = {}) {
  try {
    const answer = await worker.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, json: await answer.json() };
  } catch {
    return null;
  }
}

/** Starts the worker again so much later. */
async function later(ms, vars = {}) {
  offset += ms;
  await worker.restart({ vars: { UNCINO_CLOCK_OFFSET_MS: String(offset), ...vars } });
}

const one = async (sql, ...parameters) => Object.values((await worker.d1(sql, ...parameters))[0])[0];

/** Sweeps, a lease later each time, until every run of a source is over. */
async function rest(source) {
  const open = () =>
    one(
      `SELECT (SELECT count(*) FROM runs WHERE source_id = ?1 AND open IS NOT NULL)
            + (SELECT count(*) FROM events e WHERE source_id = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE event_id = e.id))`,
      source,
    );
  for (let times = 0; (await open()) > 0; times += 1) {
    assert.ok(times < 12, `${await open()} events or runs of ${source} are not over`);
    await later(LEASE_MS);
    await worker.scheduled();
    for (let last = -1, now = await open(); now !== last && now > 0; now = await open()) {
      last = now;
      await sleep(1_000);
    }
  }
}

test(`killed ${ROUNDS} times under load, it accounts for every event and every call (CHAOS_SEED=${SEED})`, { timeout: 60_000 + ROUNDS * 60_000 }, async (t) => {
  const draw = chance(SEED);
  receiver.script("/once", { delay_ms: 5 });
  receiver.script("/again", { delay_ms: 5 });
  const { source, path } = await automation("Chaos", [call("once", "/once"), call("again", "/again", { idempotent: true })]);
  const kept = new Map(); // the events that were acknowledged, with what was sent
  const deferred = new Set();
  const ids = new Map(); // delivery ids with the events that answered for them
  let sent = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    let living = true;
    const sender = async () => {
      while (living) {
        const n = (sent += 1);
        // Every second one says who it is, and every fourth is sent again at once.
        const headers = n % 2 ? { "webhook-id": `d${n}` } : {};
        for (let times = 0; times < (n % 4 === 1 ? 2 : 1); times += 1) {
          const answer = await post(path, { n, [`field${n % 7}`]: n }, headers);
          if (!answer) break;
          assert.ok([200, 202, 503].includes(answer.status), `answered ${answer.status} ${JSON.stringify(answer.json)}`);
          if (answer.status === 503) continue;
          kept.set(answer.json.id, n);
          if (answer.json.deferred) deferred.add(answer.json.id);
          if (n % 2) ids.set(n, (ids.get(n) ?? new Set()).add(answer.json.id));
        }
      }
    };
    const senders = Array.from({ length: 12 }, sender);
    await worker.until("some deliveries are acknowledged", async () => kept.size > 20 * round + 5, 30_000);
    await sleep(50 + draw() * 600);
    await worker.kill9();
    living = false;
    await Promise.all(senders);
    // Half of the time nothing of what a dead worker held may be taken yet.
    await later(draw() < 0.5 ? 0 : LEASE_MS);
    if (draw() < 0.5) await worker.scheduled();
  }
  await rest(source);

  const stored = new Set((await worker.d1("SELECT id FROM events WHERE source_id = ?1", source)).map((row) => row.id));
  // Locally the queues are memory and die with the worker; on Cloudflare they do not.
  const lost = [...kept.keys()].filter((id) => !stored.has(id) && !deferred.has(id));
  assert.deepEqual(lost, [], "acknowledged and lost");
  assert.ok(kept.size - deferred.size > ROUNDS * 5, `only ${kept.size - deferred.size} events were acknowledged by D1`);
  for (const [n, answered] of ids) {
    const there = [...answered].filter((id) => stored.has(id));
    assert.ok(there.length <= 1, `delivery d${n} is there ${there.length} times`);
  }

  const runs = await worker.d1("SELECT event_id, number, status, steps FROM runs WHERE source_id = ?1", source);
  assert.equal(runs.length, stored.size, "one run an event");
  const seen = (path_) => Map.groupBy(receiver.to(path_), (request) => JSON.parse(request.body).event);
  const [once, again] = [seen("/once"), seen("/again")];
  const tally = {};
  for (const { event_id: event, number, status, steps } of runs) {
    assert.equal(number, 1);
    assert.ok(OVER.includes(status), `${event} is ${status}`);
    tally[status] = (tally[status] ?? 0) + 1;
    const [first, second] = JSON.parse(steps);
    const [calls, repeated] = [once.get(event) ?? [], again.get(event) ?? []];
    assert.ok(calls.length <= 1, `${event} was called ${calls.length} times`);
    assert.ok((first.attempts ?? 0) >= calls.length && (second.attempts ?? 0) >= repeated.length, `${event}: ${steps}`);
    if (first.status === "succeeded") assert.equal(calls.length, 1, `${event}: ${steps}`);
    if (first.status === "pending") assert.equal(calls.length, 0, `${event}: ${steps}`);
    if (second.status === "succeeded") assert.ok(repeated.length >= 1, `${event}: ${steps}`);
    if (second.status === "pending") assert.equal(repeated.length, 0, `${event}: ${steps}`);
    assert.ok(new Set(repeated.map((request) => request.headers["idempotency-key"])).size <= 1, event);
    assert.ok(status !== "uncertain" || first.status === "uncertain", `${event}: only the call that cannot be repeated may be in doubt`);
  }
  for (const event of [...once.keys(), ...again.keys()]) assert.ok(stored.has(event), `${event} was called for and is nowhere`);

  const { json: fields } = await worker.api("GET", `/sources/${source}/fields`);
  const learned = fields.data.map((field) => field.path).sort();
  const expected = new Set(["n"]);
  for (const { body } of await worker.d1("SELECT body FROM events WHERE source_id = ?1", source)) Object.keys(JSON.parse(body)).forEach((key) => expected.add(key));
  assert.deepEqual(learned, [...expected].sort());
  t.diagnostic(`${sent} sent, ${kept.size} acknowledged, ${deferred.size} of them deferred, ${stored.size} stored; runs ${JSON.stringify(tally)}`);
});

test("what arrives while D1 refuses is there in the order of its arrival when D1 is back, each once", async () => {
  const { source, path } = await automation("Outage", [call("s", "/outage", { idempotent: true })]);
  await worker.d1("CREATE TABLE arrivals (nth INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT)");
  await worker.d1("CREATE TRIGGER notes AFTER INSERT ON events BEGIN INSERT INTO arrivals (id) VALUES (new.id); END");
  await worker.d1("CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END");
  const sent = [];
  try {
    for (let n = 0; n < 12; n += 1) {
      const answer = await post(path, { n }, n % 3 === 0 ? { "webhook-id": `o${n}` } : {});
      assert.deepEqual([answer?.status, answer?.json.deferred], [202, true], JSON.stringify(answer));
      sent.push(answer.json.id);
      await sleep(5);
    }
    assert.equal(await one("SELECT count(*) FROM events WHERE source_id = ?1", source), 0);
  } finally {
    await worker.d1("DROP TRIGGER refuse");
  }
  // A sender that did not trust the first answer.
  const again = await post(path, { n: 0 }, { "webhook-id": "o0" });
  assert.ok([200, 202].includes(again.status));
  const all = () => worker.d1("SELECT id, body FROM events WHERE source_id = ?1 ORDER BY id", source);
  await worker.until("every deferred event is stored", async () => (await all()).length >= 12, 120_000);
  await worker.until("and run", async () => (await one("SELECT count(*) FROM runs WHERE source_id = ?1 AND status = 'succeeded'", source)) === 12, 60_000);
  const stored = await all();
  assert.deepEqual(stored.map((row) => JSON.parse(row.body).n).sort((a, b) => a - b), sent.map((_, n) => n), "each once");
  // The repeated one may have come first; every other has the id that was promised, and ids are in order of arrival.
  assert.deepEqual(stored.filter((row) => JSON.parse(row.body).n > 0).map((row) => row.id), sent.slice(1));
  // And they went in in that order.
  const arrivals = (await worker.d1("SELECT id FROM arrivals ORDER BY nth")).map((row) => row.id);
  assert.deepEqual(arrivals.filter((id) => sent.slice(1).includes(id)), sent.slice(1));
  await worker.d1("DROP TRIGGER notes");
  assert.equal(receiver.to("/outage").length, 12);
});

test("a slow D1 costs nothing but the wait: what was deferred is stored and run once", async () => {
  const { source, path } = await automation("Slow", [call("s", "/slow-d1")]);
  await later(0, { UNCINO_FAULTS: "d1_slow" });
  const answers = await Promise.all([1, 2, 3].map((n) => post(path, { n }, { "webhook-id": `slow${n}` })));
  for (const answer of answers) assert.deepEqual([answer.status, answer.json.deferred], [202, true]);
  await worker.until("they are stored", async () => (await one("SELECT count(*) FROM events WHERE source_id = ?1", source)) === 3, 60_000);
  await later(0, { UNCINO_FAULTS: "" });
  await rest(source);
  assert.equal(await one("SELECT count(*) FROM events WHERE source_id = ?1", source), 3);
  // The restart may have cut one off between its mark and its outcome: then nobody knows, and nobody calls again.
  const runs = await worker.d1("SELECT status FROM runs WHERE source_id = ?1", source);
  assert.equal(runs.length, 3);
  assert.ok(runs.every((run) => ["succeeded", "uncertain"].includes(run.status)), JSON.stringify(runs));
  const calls = receiver.to("/slow-d1").length;
  assert.ok(calls <= 3 && calls >= runs.filter((run) => run.status === "succeeded").length);
});

test("without KV everything goes on, and the document is written once KV is back", async () => {
  const { source, token, path } = await automation("No KV", [call("s", "/no-kv")]);
  await worker.kv("delete", `source:${token}`);
  await later(0, { UNCINO_FAULTS: "kv" });
  const { status, json } = await post(path, { n: 1, nome: "Anna" });
  assert.equal(status, 202);
  await worker.until("it has run", async () => (await one("SELECT count(*) FROM runs WHERE event_id = ?1 AND status = 'succeeded'", json.id)) === 1, 20_000);
  assert.equal(await worker.kv("get", `source:${token}`), null);
  await later(2 * 60_000, { UNCINO_FAULTS: "" });
  await worker.scheduled();
  const document = JSON.parse(await worker.kv("get", `source:${token}`));
  assert.deepEqual([document.source.id, document.fields.map((field) => field.path)], [source, ["n", "nome"]]);
});

test("messages that make no sense are dropped by every queue, and the others of their batch are worked on", async () => {
  const { path } = await automation("Garbage", [call("s", "/garbage-elsewhere")]);
  for (const queue of ["uncino-intake", "uncino-dead"]) {
    const bodies = ["{", "", "null", { intake: "no list" }, { intake: [{ id: 7 }] }, [1], "x".repeat(100_000)];
    const { outcome, explicitAcks = [], retryMessages = [] } = await worker.queue(queue, bodies.map((body) => ({ body })));
    assert.equal(outcome, "ok");
    assert.deepEqual([explicitAcks.length, retryMessages.length], [bodies.length, 0], queue);
  }
  const { json } = await post(path, { n: 1 });
  await worker.until("it has run", async () => (await one("SELECT count(*) FROM runs WHERE event_id = ?1 AND status = 'succeeded'", json.id)) === 1, 20_000);
});

test("an order of a deleted automation does nothing, whether its run had begun or not", async () => {
  const steps = [{ id: "w", action: "wait", params: { seconds: 3600 } }, call("s", "/deleted")];
  const { id, source, path } = await automation("Deleted", steps);
  const began = (await post(path, { n: 1 })).json.id;
  await worker.until("it waits", async () => (await one("SELECT count(*) FROM runs WHERE event_id = ?1 AND status = 'waiting'", began)) === 1, 20_000);
  await later(0, { UNCINO_FAULTS: "queue" });
  const not = (await post(path, { n: 2 })).json.id;
  assert.equal((await worker.api("DELETE", `/automations/${id}?keep_source=true`)).status, 204);
  await later(3_700_000, { UNCINO_FAULTS: "" });
  const [{ open }] = await worker.d1("SELECT open FROM runs WHERE event_id = ?1", began);
  const run = `run_${began.slice(4)}${id.slice(4)}1`;
  const orders = [{ event: [source, not] }, { event: [source, began] }, { run: [run, open ?? 0] }];
  const { outcome } = await worker.queue("uncino-runs", orders.map((order) => ({ body: JSON.stringify(order) })));
  assert.equal(outcome, "ok");
  await worker.scheduled();
  assert.deepEqual(await worker.d1("SELECT event_id, status FROM runs WHERE source_id = ?1", source), [{ event_id: began, status: "cancelled" }]);
  assert.equal(receiver.to("/deleted").length, 0);
});

test("an automation that cannot be read stops no other, and runs what it missed once it is saved again", async () => {
  const sound = await automation("Sound", [call("s", "/sound")]);
  const poison = await automation("Poison", [call("s", "/poison")], { source_id: sound.source });
  await worker.d1("UPDATE revisions SET plan = '{\"steps\":[{\"id\":7}]}' WHERE automation_id = ?1", poison.id);
  const { json } = await post(sound.path, { n: 1 });
  const statuses = async () => (await worker.d1("SELECT automation_id, status FROM runs WHERE event_id = ?1", json.id)).map((run) => `${run.automation_id} ${run.status}`);
  await worker.until("the sound one has run", async () => (await statuses()).includes(`${sound.id} succeeded`), 20_000);
  assert.equal((await statuses()).length, 1);
  await worker.until("the log says so", () => worker.logs.some((line) => line.message.includes("an automation cannot be read")));
  await worker.d1("UPDATE revisions SET plan = (SELECT plan FROM revisions WHERE automation_id = ?2) WHERE automation_id = ?1", poison.id, sound.id);
  await later(2 * 60_000);
  await worker.scheduled();
  await worker.until("what it missed has run", async () => (await statuses()).includes(`${poison.id} succeeded`), 20_000);
  assert.equal(receiver.to("/sound").length, 2, "the sound plan twice, once for each");
});

test(`${HELD} events of a paused automation are released, and each runs once`, { timeout: 120_000 + HELD * 60 }, async (t) => {
  const { id, source, path } = await automation("Paused", [{ id: "s", action: "stop", params: { reason: "done {{ n }}" } }]);
  assert.equal((await worker.api("POST", `/automations/${id}/disable`)).status, 200);
  const posts = Array.from({ length: Math.ceil(HELD / 100) }, (_, at) => Array.from({ length: Math.min(100, HELD - at * 100) }, (_, n) => ({ n: at * 100 + n })));
  const begun = Date.now();
  const sender = async () => {
    for (let items = posts.pop(); items; items = posts.pop()) {
      const answer = await post(path, items);
      assert.equal(answer?.status, 202, JSON.stringify(answer?.json));
    }
  };
  await Promise.all([sender(), sender(), sender(), sender()]);
  const count = (where) => one(`SELECT count(*) FROM runs WHERE source_id = ?1 AND ${where}`, source);
  const received = Date.now();
  await worker.until("all are held", async () => (await count("status = 'held'")) === HELD, 60_000 + HELD * 20);
  const held = Date.now();
  assert.equal((await worker.api("POST", `/automations/${id}/enable`, { held: "release" })).status, 200);
  while ((await one("SELECT count(*) FROM automations WHERE id = ?1 AND held IS NOT NULL", id)) > 0) await worker.scheduled();
  await worker.until("all have run", async () => (await count("status = 'succeeded'")) === HELD, 60_000 + HELD * 40);
  assert.equal(await count("1"), HELD);
  assert.equal(await one("SELECT count(DISTINCT event_id) FROM runs WHERE source_id = ?1", source), HELD);
  t.diagnostic(`${HELD} received in ${received - begun} ms, held after ${held - received} ms more, released and run in ${Date.now() - held} ms`);
});
