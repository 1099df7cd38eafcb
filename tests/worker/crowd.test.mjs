// Many deliveries at once in real workerd, where requests of one isolate share writes: every event that was acknowledged is
// there once, whoever hangs up meanwhile. What happens within the isolate, step by step, is tests/it/group.rs's; kills of
// the whole worker are chaos.test.mjs's.
//
//   CROWD_SECONDS=45 node --test tests/worker/crowd.test.mjs    longer

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";

const SECONDS = Number(process.env.CROWD_SECONDS ?? 4);
const CONNECTIONS = 64;

/** Within what an answer has to come, with room for a busy machine. */
const PATIENCE_MS = 10_000;

let worker;

before(async () => {
  worker = await start();
});

after(() => worker?.stop());

/** A source that knows the shape `{n, name}`, and how to deliver to it. */
async function source(name) {
  const { json } = await worker.api("POST", "/automations", { name, steps: [] });
  const path = new URL(json.source.url).pathname;
  const post = async (body, headers = {}) => {
    const answer = await worker.fetch(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
    return { status: answer.status, json: await answer.json() };
  };
  assert.equal((await post('{"n":-1,"name":"x"}')).status, 202);
  return { id: json.source.id, path, post };
}

const bodies = async (id) => (await worker.d1("SELECT id, body FROM events WHERE source_id = ?1", id)).map((row) => ({ id: row.id, ...JSON.parse(row.body) }));

/** A connection that sends one request after the other, and now and then hangs up in the middle of one (RST). */
function client({ path, next, hangsUp, told }) {
  const { hostname, port } = new URL(worker.url);
  return new Promise((done) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let text = "";
    let sent;
    let timer;
    const leave = () => {
      clearTimeout(timer);
      socket.resetAndDestroy();
      done();
    };
    const ask = () => {
      sent = next();
      if (sent === null) return leave();
      const body = JSON.stringify({ n: sent, name: "x" });
      socket.write(`POST ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      const after = hangsUp();
      timer = after === null ? setTimeout(() => told(sent, null, leave()), PATIENCE_MS) : setTimeout(leave, after);
    };
    socket.setEncoding("latin1").on("connect", ask).on("error", leave).on("data", (more) => {
      text += more;
      const head = text.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1]);
      if (head < 0 || text.length < head + 4 + length) return;
      clearTimeout(timer);
      told(sent, Number(text.slice(9, 12)), JSON.parse(text.slice(head + 4, head + 4 + length)));
      text = "";
      ask();
    });
  });
}

async function crowd(share) {
  const { id, path } = await source(`Folla ${share}`);
  const answered = new Map();
  const bad = [];
  let sent = 0;
  const end = Date.now() + SECONDS * 1_000;
  const one = async () => {
    while (Date.now() < end) {
      await client({
        path,
        next: () => (Date.now() < end ? (sent += 1) : null),
        hangsUp: () => (Math.random() < share ? Math.random() * 25 : null),
        told: (n, status, json) => (status === 202 && !json.deferred ? answered.set(n, json.id) : bad.push([n, status, json])),
      });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  const stored = await bodies(id);
  const byNumber = Map.groupBy(stored, ({ n }) => n);
  const wrong = [...answered].filter(([n, event]) => byNumber.get(n)?.length !== 1 || byNumber.get(n)[0].id !== event);
  assert.deepEqual(wrong, [], "acknowledged, and not there once under the id that was told");
  assert.deepEqual(bad, [], "deferred, refused or not answered");
  assert.ok([...byNumber.values()].every((rows) => rows.length === 1), "something is there twice");
  assert.ok(answered.size > CONNECTIONS, `only ${answered.size} were answered`);
  // What was stored is run without the sweep, also when whoever brought it was gone.
  await worker.until("every event has its run", async () => (await worker.d1("SELECT count(*) AS n FROM runs WHERE source_id = ?1", id))[0].n === stored.length, 60_000);
  assert.deepEqual(worker.logs.filter(({ message }) => /different request|hung|panic|RuntimeError/i.test(message)), []);
  return { sent, answered: answered.size, stored: stored.length };
}

test("64 at once: every one is answered, stored once and run", { timeout: 180_000 }, async (t) => {
  t.diagnostic(JSON.stringify(await crowd(0)));
});

test("a fifth of them hangs up: the others notice nothing", { timeout: 180_000 }, async (t) => {
  t.diagnostic(JSON.stringify(await crowd(0.2)));
});

test("odd texts and repeated deliveries in a crowd are what they are alone", async () => {
  const { id, post } = await source("Strane");
  const names = ["\u0000a", "\u0001\u001f\u007f", "\u2028\u2029\ufeff\uffff", "perché 😀 {{ nome }} '); --", '"\\u0000\\"', "\ud83d"];
  const texts = names.map((name, n) => JSON.stringify({ n, name }));
  const crowded = [...texts, ...Array.from({ length: 40 }, (_, n) => `{"n":${100 + n},"name":"x"}`)];
  const answers = await Promise.all(crowded.map((body, at) => post(body, { "webhook-id": `w${at % 43}` })));
  assert.deepEqual(answers.map(({ status }) => status).filter((status) => status === 202).length, 43);
  assert.deepEqual(answers.map(({ status }) => status).filter((status) => status === 200).length, 3);
  for (const [at, { json }] of answers.entries()) assert.equal(json.id, answers.filter((_, other) => other % 43 === at % 43).find(({ status }) => status === 202).json.id);
  const stored = await worker.d1("SELECT id, body FROM events WHERE source_id = ?1", id);
  assert.equal(stored.length, 44);
  for (const [at, text] of texts.entries()) {
    // The three that were repeated have either of two bodies.
    const { body } = stored.find((row) => row.id === answers[at].json.id);
    assert.ok(body === text || (at < 3 && body === crowded[43 + at]), `${JSON.stringify(body)} for ${text}`);
  }
});

test("a client that hangs up right after it has sent leaves an event that is kept", async () => {
  const { id, path } = await source("Impaziente");
  // What the database takes three seconds for is in the intake queue by then, if anybody still does anything for it.
  await worker.restart({ vars: { UNCINO_FAULTS: "d1_slow" } });
  try {
    await client({ path, next: () => 7, hangsUp: () => 300, told: () => assert.fail("it was answered") });
    await worker.until("it is stored", async () => (await bodies(id)).some(({ n }) => n === 7), 20_000);
  } finally {
    await worker.restart({ vars: { UNCINO_FAULTS: "" } });
  }
});
