// Canaries in real workerd: marked secrets and marked payloads, fed through every way in. None may stand in anything that
// the worker or workerd wrote to its log, to stdout or to stderr, nor in an error. Natively the same hunt is
// tests/it/canaries.rs, which knows more faults; this one sees what the platform prints by itself.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { startReceiver } from "./receiver.mjs";

const MARK = /canary/i;
const TOKEN = "canary-admin-token-of-at-least-32-characters";
const ACCESS = "EAABcanary0123456789with-signs";

let worker;
let receiver;
/** Everything that was answered with a status of an error: text. */
const errors = [];
/** Every answer at all. */
const answers = [];

before(async () => {
  receiver = await startReceiver();
  worker = await start({ vars: { ADMIN_TOKEN: TOKEN, WHATSAPP_API_URL: `${receiver.url}/wa` } });
});

after(async () => {
  await worker?.stop();
  await receiver?.stop();
});

async function send(path, init = {}) {
  const answer = await worker.fetch(path, { method: "POST", ...init });
  const text = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
  answers.push(text);
  if (answer.status >= 400) errors.push(text);
  return { status: answer.status, text };
}

async function api(method, path, body) {
  const { status, json } = await worker.api(method, path, body);
  const text = `${status} ${JSON.stringify(json)}`;
  answers.push(text);
  if (status >= 400) errors.push(text);
  return json;
}

async function automation(steps = []) {
  const made = await api("POST", "/automations", { name: "Prova", steps });
  return { id: made.id, source: made.source.id, path: new URL(made.source.url).pathname };
}

const HEADERS = {
  authorization: "Bearer canary-auth",
  cookie: "session=canary-cookie; uncino=canary",
  "webhook-id": "canary-id",
  "webhook-signature": "v1,canary-signature",
  "stripe-signature": "t=1,v1=canary-signature",
  "x-hub-signature-256": "sha256=canary-signature",
  "x-token": "canary-wrong",
  "user-agent": "canary-agent/1",
};

const BODIES = [
  ["application/json", '{"nome":"canary","canary":{"n":1}}'],
  ["application/json", '{"nome": canary'],
  ["application/json", "canary"],
  ["application/json", '["canary", 1]'],
  ["application/json", `${'{"a":'.repeat(40)}"canary"${"}".repeat(40)}`],
  ["application/json", `[${Array(101).fill('{"a":"canary"}').join()}]`],
  ["application/x-ndjson", '{"a":"canary"}\n{"a": canary}\n'],
  ["application/x-www-form-urlencoded", "nome=canary&canary=1"],
  ["multipart/form-data; boundary=canary", '--canary\r\nContent-Disposition: form-data; name="a"\r\n\r\ncanary\r\n--canary--'],
  ["application/xml", "<canary><a>canary</a></canary>"],
  ["text/plain", "canary"],
  ["image/png", Buffer.from("\x89PNGcanary", "latin1")],
];

async function deliverEverything(path) {
  for (const [type, body] of BODIES) {
    for (const headers of [HEADERS, {}, { ...HEADERS, accept: "text/html" }]) {
      await send(`${path}?canary=canary`, { headers: { "content-type": type, ...headers }, body });
    }
  }
}

/** What was written until now, with a moment for what is still on its way. */
async function log() {
  await new Promise((done) => setTimeout(done, 300));
  return worker.logs.map((line) => line.message).join("\n");
}

async function silent() {
  const lines = (await log()).split("\n").filter((line) => MARK.test(line));
  assert.deepEqual(lines, [], "the log holds a canary");
  assert.deepEqual(errors.filter((error) => MARK.test(error)), [], "an error holds a canary");
  for (const secret of [TOKEN, ACCESS, "canary-header", "canary-shared"]) {
    assert.deepEqual(answers.filter((answer) => answer.includes(secret)), [], `an answer gives ${secret}`);
  }
}

test("the hunt can find one: what is written to the log is seen here", async () => {
  // A setting that is no secret is repeated in the log, which shows that this test reads what is written.
  await worker.restart({ vars: { EMAIL_FROM: "seen-by-the-hunt" } });
  await worker.fetch("/healthz");
  assert.match(await log(), /seen-by-the-hunt/);
  await worker.restart({ vars: { EMAIL_FROM: "" } });
});

test("deliveries of every format and every refusal", async () => {
  const { path } = await automation([{ action: "save_contact", params: { email: "{{ nome }}" } }]);
  await deliverEverything(path);
  await send(path, { method: "DELETE", headers: HEADERS });
  for (const unknown of ["/in/canarycanarycanarycanarycanaryca", "/canary"]) await send(unknown, { headers: HEADERS, body: '{"a":"canary"}' });
  await worker.scheduled();
  assert.ok(errors.length > 20, `only ${errors.length} refusals`);
  await silent();
});

test("wrong signatures, guesses of the token, sessions and cookies", async () => {
  const { source, path } = await automation();
  for (const verification of [
    { scheme: "shared_token", header: "x-token", secrets: ["canary-shared-token"] },
    { scheme: "standard_webhooks", secrets: ["whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"] },
    { scheme: "stripe", secrets: ["whsec_canary-shared-secret"] },
  ]) {
    const changed = await api("PATCH", `/sources/${source}`, { verification });
    assert.equal(changed.verification?.scheme, verification.scheme);
    await deliverEverything(path);
  }
  for (const token of ["canary", TOKEN.toUpperCase(), 31415926535897]) {
    await send("/api/v1/session", { headers: { "content-type": "application/json" }, body: JSON.stringify({ token }) });
    await send("/api/v1/runs", { method: "GET", headers: { authorization: `Bearer ${token}`, cookie: `uncino=9999999999.${token}` } });
  }
  assert.ok(!errors.some((error) => error.includes("31415926535897")), "a number was repeated");
  const signedIn = await worker.fetch("/api/v1/session", { method: "POST", body: JSON.stringify({ token: TOKEN }) });
  const [cookie] = signedIn.headers.get("set-cookie").split(";");
  await send("/api/v1/automations", { headers: { cookie, origin: "https://canary.example" }, body: "{}" });
  await send("/api/v1/session", { method: "DELETE", headers: { cookie, origin: worker.url } });
  assert.ok(!(await log()).includes(cookie.split("=")[1]), "the log holds a session");
  await silent();
});

test("providers that repeat what they were called with, and runs that fail", async () => {
  const whatsapp = { kind: "whatsapp", name: "Meta", default: true, settings: { phone_number_id: "123" }, secrets: { access_token: ACCESS } };
  const http = { kind: "http", name: "CRM", default: true, settings: { hosts: [new URL(receiver.url).hostname] }, secrets: { headers: { Authorization: "Bearer canary-header-token" } } };
  const meta = await api("POST", "/connections", whatsapp);
  await api("POST", "/connections", http);
  const steps = [
    { action: "send_whatsapp", on_error: "continue", params: { to: "+39 333 1234567", text: "ciao" } },
    { action: "http_request", params: { method: "POST", url: `${receiver.url}/crm`, json: { a: 1 } } },
  ];
  const { path } = await automation(steps);
  for (const status of [400, 401, 500]) {
    receiver.script("/wa/123/messages", [{ status, body: { error: { message: `Malformed access token ${ACCESS}`, code: 190 } } }]);
    receiver.script("/wa/123", [{ status, body: { error: { message: `Malformed access token ${ACCESS}` } } }]);
    receiver.script("/crm", [{ status, body: { message: "unknown key Bearer canary-header-token" } }]);
    const { text } = await send(path, { headers: { "content-type": "application/json" }, body: '{"a":1}' });
    const [id] = text.match(/evt_\w+/);
    const runs = await worker.until("the run is over", async () => {
      const { data } = await api("GET", `/runs?event_id=${id}`);
      return data.length > 0 && ["failed", "uncertain"].includes(data[0].status) && data;
    });
    assert.match(JSON.stringify(runs), /Malformed access token \*\*\*/);
    assert.match(JSON.stringify(runs), /unknown key \*\*\*/);
    await api("POST", `/connections/${meta.id}/test`);
  }
  assert.equal(receiver.to("/crm")[0].headers.authorization, "Bearer canary-header-token", "it was called with the secret");
  await silent();
});

test("parts that fail, messages that make no sense, rows that cannot be read", async () => {
  const { path } = await automation([{ action: "save_contact", params: { email: "{{ nome }}" } }]);
  for (const queue of ["uncino-runs", "uncino-intake", "uncino-dead"]) {
    await worker.queue(queue, [{ body: '{"canary"' }, { body: { intake: ["canary"] } }]);
  }
  for (const fault of ["d1_write", "d1_write,intake", "kv", "queue", ""]) {
    await worker.restart({ vars: { UNCINO_FAULTS: fault } });
    for (const [type, body] of BODIES.slice(0, 8)) await send(path, { headers: { "content-type": type, ...HEADERS }, body });
    await worker.scheduled();
  }
  await worker.d1("CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END");
  await send(path, { headers: { "content-type": "application/json" }, body: '{"nome":"canary"}' });
  await worker.d1("DROP TRIGGER refuse");
  await worker.d1("UPDATE revisions SET plan = '{\"steps\":[{\"id\":\"canary\"}]}'");
  await worker.d1("UPDATE fields SET samples = 'canary'");
  await worker.d1("UPDATE sources SET secrets = 'v1.canary.canary'");
  await send(path, { headers: { "content-type": "application/json" }, body: '{"nome":"canary"}' });
  for (const at of ["/automations", "/runs", "/events", "/sources", "/secrets"]) {
    const { status } = await worker.api("GET", at);
    if (status >= 400) errors.push(`${status} at ${at}`);
  }
  await worker.scheduled();
  assert.match(await log(), /is not an order|is not an event/, "the log is read");
  await silent();
});

test("an erasure and an export say nothing of whom they are about", async () => {
  await api("POST", "/privacy/export", { email: "canary@example.com" });
  const { status, json } = await worker.api("POST", "/privacy/erase", { email: "canary@example.com" });
  assert.equal(status, 200);
  assert.doesNotMatch(JSON.stringify(json), MARK);
  await worker.scheduled();
  await silent();
});
