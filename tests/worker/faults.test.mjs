// What must hold when parts fail, in real workerd: a kill between answer and run, a database that refuses, a message that
// makes no sense, an installation that was never migrated. Load and random kills are not here.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { startReceiver } from "./receiver.mjs";

let worker;
let receiver;

before(async () => {
  receiver = await startReceiver();
  worker = await start();
});

after(async () => {
  await worker?.stop();
  await receiver?.stop();
});

/** An automation with one call to the receiver; its path, and a way to deliver to it. */
async function automation(path) {
  const step = { id: "s1", action: "http_request", params: { method: "POST", url: `${receiver.url}${path}`, json: { n: "{{n}}" } } };
  const { json } = await worker.api("POST", "/automations", { name: path, steps: [step] });
  const url = new URL(json.source.url).pathname;
  const deliver = async (body, headers = {}) => {
    const answer = await worker.fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
    return { status: answer.status, json: await answer.json() };
  };
  return { id: json.id, source: json.source.id, token: json.source.token, deliver };
}

const runsOf = async (event) => (await worker.api("GET", `/runs?event_id=${event}`)).json.data;

const finished = (event) =>
  worker.until(`the run of ${event} is over`, async () => {
    const runs = await runsOf(event);
    return runs.length > 0 && runs.every((run) => !["queued", "running", "waiting"].includes(run.status)) && runs;
  });

test("a worker killed between the answer and the run runs the event once when it is back", async () => {
  const { deliver } = await automation("/killed");
  // The order never reaches the queue, as when the worker dies right after its answer.
  await worker.restart({ vars: { UNCINO_FAULTS: "queue" } });
  const { status, json } = await deliver({ n: 1 });
  assert.equal(status, 202);
  await worker.kill9();
  await worker.restart({ vars: { UNCINO_FAULTS: "" } });
  assert.deepEqual(await runsOf(json.id), [], "nothing has run yet");
  // A minute later the sweep finds the event without a run.
  await worker.restart({ vars: { UNCINO_CLOCK_OFFSET_MS: "90000" } });
  await worker.scheduled();
  await worker.scheduled();
  const runs = await finished(json.id);
  assert.deepEqual(runs.map((run) => run.status), ["succeeded"]);
  assert.equal(receiver.to("/killed").length, 1);
});

test("a worker killed during a call that cannot be repeated says uncertain, and does not call again", async () => {
  receiver.script("/hanging", { hang: true });
  const { deliver } = await automation("/hanging");
  const { json } = await deliver({ n: 1 });
  await receiver.waitFor("/hanging");
  await worker.kill9();
  // The lease runs out after five and a half minutes.
  await worker.restart({ vars: { UNCINO_CLOCK_OFFSET_MS: String(90_000 + 400_000) } });
  await worker.scheduled();
  const [run] = await finished(json.id);
  assert.equal(run.status, "uncertain");
  assert.equal(run.steps[0].error.code, "interrupted");
  assert.equal(receiver.to("/hanging").length, 1);
});

test("what the database refuses waits in the intake queue and runs once when it is back", async () => {
  const { deliver } = await automation("/deferred");
  await worker.d1("CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END");
  const { status, json } = await deliver({ n: 7 });
  await worker.d1("DROP TRIGGER refuse");
  assert.equal(status, 202);
  assert.equal(json.deferred, true);
  const found = () => runsOf(json.id);
  // The queue gives the message back after some seconds.
  await worker.until("the deferred event has run", async () => (await found())[0]?.status === "succeeded", 40_000);
  assert.equal((await found()).length, 1);
  assert.equal(receiver.to("/deferred").length, 1);
  const { json: fields } = await worker.api("GET", `/sources/${(await worker.api("GET", `/events/${json.id}`)).json.source_id}/fields`);
  assert.deepEqual(fields.data.map((field) => [field.path, field.present]), [["n", 1]]);
});

test("a receiver that hangs holds up no other run", async () => {
  receiver.script("/slow", { hang: true });
  const slow = await automation("/slow");
  const quick = await automation("/quick");
  // All at once, so that the quick one shares its batch with some of the others, whose calls take ten seconds each until
  // they time out.
  const slows = Array.from({ length: 12 }, (_, n) => slow.deliver({ n }));
  const { json } = await quick.deliver({ n: 1 });
  await Promise.all(slows);
  await worker.until("the quick run is over", async () => (await runsOf(json.id))[0]?.status === "succeeded", 8_000);
});

test("what UNCINO_FAULTS keeps from the database comes back by itself", async () => {
  const { deliver } = await automation("/way-back");
  await worker.restart({ vars: { UNCINO_FAULTS: "d1_write" } });
  const { status, json } = await deliver({ n: 1 });
  assert.deepEqual([status, json.deferred], [202, true]);
  // It comes from the queue within five seconds, and may have to come twice.
  await worker.until("the event has run", async () => (await runsOf(json.id))[0]?.status === "succeeded", 15_000);
  await worker.restart({ vars: { UNCINO_FAULTS: "" } });
  assert.equal(receiver.to("/way-back").length, 1);
});

test("a message that makes no sense is dropped, and the others of its batch are worked on", async () => {
  const { deliver } = await automation("/garbage");
  const outcome = await worker.queue("uncino-runs", [{ body: "{" }, { body: { not: "an order" } }, { body: "\"evt_x\"" }]);
  assert.equal(outcome.outcome, "ok");
  const { json } = await deliver({ n: 2 });
  assert.equal((await finished(json.id))[0].status, "succeeded");
});

test("an order that is delivered twice, and to two consumers at once, makes one run and one call", async () => {
  const { deliver, source } = await automation("/twice");
  await worker.restart({ vars: { UNCINO_FAULTS: "queue" } });
  const { json } = await deliver({ n: 3 });
  const body = JSON.stringify({ event: [source, json.id] });
  await Promise.all([worker.queue("uncino-runs", [{ body }, { body }]), worker.queue("uncino-runs", [{ body }])]);
  assert.equal((await finished(json.id)).length, 1);
  assert.equal(receiver.to("/twice").length, 1);
  await worker.restart({ vars: { UNCINO_FAULTS: "" } });
});

test("a dead order marks its run failed where the operator sees it", async () => {
  const { deliver, source } = await automation("/dead");
  await worker.restart({ vars: { UNCINO_FAULTS: "queue" } });
  const { json } = await deliver({ n: 4 });
  await worker.queue("uncino-dead", [{ body: JSON.stringify({ event: [source, json.id] }) }]);
  const [run] = await finished(json.id);
  assert.equal(run.status, "failed");
  assert.equal(run.error.code, "not_executed");
  await worker.restart({ vars: { UNCINO_FAULTS: "" } });
});

test("the same shape twice writes KV once, and a new field once more", async () => {
  const { deliver, token } = await automation("/kv");
  const document = async () => JSON.parse(await worker.kv("get", `source:${token}`));
  const written = async (count) =>
    worker.until(`${count} fields in KV`, async () => (await document()).fields.length === count && document());
  await deliver({ n: 1 });
  const first = await written(1);
  await worker.kv("put", `source:${token}`, JSON.stringify({ ...first, untouched: true }));
  await deliver({ n: 2 });
  await deliver({ n: 3 });
  await new Promise((done) => setTimeout(done, 500));
  assert.equal((await document()).untouched, true, "nothing new was learned, so nothing was written");
  await deliver({ n: 4, altro: "x" });
  assert.deepEqual((await written(2)).fields.map((field) => field.path), ["n", "altro"]);
});

test("a database that was never migrated is answered with the command that mends it", async () => {
  const bare = await start({ migrate: false });
  try {
    const { status, json } = await bare.api("GET", "/automations");
    assert.equal(status, 503);
    assert.equal(json.code, "not_migrated");
    assert.match(json.detail, /d1 migrations apply DB/);
    assert.equal((await bare.fetch("/healthz")).status, 503);
  } finally {
    await bare.stop();
  }
});

test("nothing of a delivery, no token and no secret stands in the log", () => {
  const log = worker.logs.map((line) => line.message).join("\n");
  for (const secret of ["test-admin-token", "EAAB", "/in/"]) assert.ok(!log.includes(secret), `the log holds ${secret}`);
});
