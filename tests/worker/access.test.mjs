// Cloudflare Access and delivery reports in real workerd: what only the runtime itself can show, above all its Web
// Crypto. The team is a receiver on loopback with keys of its own, which `OUTBOUND_ALLOW_HOSTS` lets the worker reach.

import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { ADMIN_TOKEN, start } from "./harness.mjs";
import { startReceiver } from "./receiver.mjs";

const AUD = "c0ffee".repeat(10) + "abcd";
const CERTS = "/cdn-cgi/access/certs";

const ours = generateKeyPairSync("rsa", { modulusLength: 2048 });
const theirs = generateKeyPairSync("rsa", { modulusLength: 2048 });

let team;
let worker;

before(async () => {
  team = await startReceiver();
  team.script(CERTS, { body: { keys: [jwk("k1")], public_certs: [] } });
  worker = await start({ vars: { ACCESS_TEAM_DOMAIN: team.url, ACCESS_AUD: AUD } });
});

after(async () => {
  await worker?.stop();
  await team?.stop();
});

function jwk(kid, key = ours.publicKey) {
  return { kid, alg: "RS256", use: "sig", ...key.export({ format: "jwk" }) };
}

/** An assertion as Access makes it. */
function assertion({ kid = "k1", key = ours.privateKey, header = {}, ...claims } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = { aud: [AUD], email: "ada@example.com", exp: now + 600, iat: now, nbf: now, iss: team.url, type: "app", sub: "u1", ...claims };
  const signed = `${part({ alg: "RS256", kid, typ: "JWT", ...header })}.${part(all)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key).toString("base64url")}`;
}

async function get(path, headers) {
  const answer = await worker.fetch(path, { headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, json: text.startsWith("{") ? JSON.parse(text) : text };
}

const withAssertion = (options) => ({ "cf-access-jwt-assertion": assertion(options) });

test("whom access has let in is in, without a token", async () => {
  const { status, json } = await get("/api/v1/session", withAssertion());
  assert.equal(status, 200);
  assert.equal(json.by, "access");
  assert.equal((await get("/api/v1/runs", withAssertion())).status, 200);
  assert.equal(team.to(CERTS).length, 1, "the keys are remembered");
});

test("a token alone opens nothing, and neither does what was not signed by the team", async () => {
  const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const now = Math.floor(Date.now() / 1000);
  const bent = assertion();
  for (const [what, headers] of [
    ["a token", bearer],
    ["nothing", {}],
    ["another's key under our id", withAssertion({ key: theirs.privateKey })],
    ["another application", withAssertion({ aud: ["0".repeat(64)] })],
    ["another team", withAssertion({ iss: "https://other.cloudflareaccess.com" })],
    ["over", withAssertion({ exp: now - 1 })],
    ["not yet", withAssertion({ nbf: now + 3600 })],
    ["no algorithm", withAssertion({ header: { alg: "none" } })],
    ["a bent signature", { "cf-access-jwt-assertion": bent.slice(0, -8) + "AAAAAAAA" }],
    ["a signature of no length", { "cf-access-jwt-assertion": `${bent.split(".").slice(0, 2).join(".")}.` }],
    ["no token at all", { "cf-access-jwt-assertion": "x" }],
  ]) {
    for (const path of ["/api/v1/runs", "/"]) {
      const { status, json } = await get(path, headers);
      assert.deepEqual([status, json.code], [401, "access_required"], `${what} at ${path}`);
    }
  }
  assert.equal((await get("/healthz", {})).status, 200);
});

test("a key that is new to the worker is fetched, and made-up ones are not fetched for ever", async () => {
  team.script(CERTS, { body: { keys: [jwk("k2"), jwk("k1")] } });
  assert.equal((await get("/api/v1/runs", withAssertion({ kid: "k2" }))).status, 200);
  for (let number = 0; number < 20; number += 1) {
    assert.equal((await get("/api/v1/runs", withAssertion({ kid: `made-up-${number}` }))).status, 401);
  }
  assert.ok(team.to(CERTS).length <= 5, `${team.to(CERTS).length} fetches`);
  assert.equal((await get("/api/v1/runs", withAssertion({ kid: "k2" }))).status, 200);
});

test("deliveries and reports need no assertion: their senders cannot sign in", async () => {
  const body = { name: "A", steps: [] };
  const made = await worker.fetch("/api/v1/automations", {
    method: "POST",
    headers: { ...withAssertion(), origin: worker.url, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(made.status, 201);
  const { source } = await made.json();
  const sent = await worker.fetch(new URL(source.url).pathname, { method: "POST", body: "{\"a\":1}" });
  assert.equal(sent.status, 202);
  assert.equal((await worker.fetch("/in/whatsapp/con_01ARZ3NDEKTSV4RRFFQ69G5FAV", { method: "POST", body: "{}" })).status, 404);
});

test("half of the settings closes everything", async () => {
  await worker.restart({ vars: { ACCESS_AUD: null } });
  const { status, json } = await get("/api/v1/runs", { ...withAssertion(), authorization: `Bearer ${ADMIN_TOKEN}` });
  assert.deepEqual([status, json.code], [503, "access_misconfigured"]);
  const said = () => worker.logs.some(({ message }) => message.includes("`ACCESS_AUD` is not set"));
  await worker.until("the log says what is missing", said);
  assert.ok(!worker.logs.some(({ message }) => message.includes("ada@example.com")));
});
