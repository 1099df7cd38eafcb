// What a deploy decides, given what wrangler answers. wrangler itself and Cloudflare are not part of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOf, hasDatabase, plan, requireLogin, secretNames } from "./deploy-plan.mjs";
import { GENERATED } from "./settings.mjs";

const answered = (value) => ({ ok: true, out: JSON.stringify(value, null, 2), err: "" });
const failed = (err) => ({ ok: false, out: "", err });
const NOT_FOUND = '✘ [ERROR] Worker "uncino" not found.\n\nIf this is a new Worker, run `wrangler deploy` first to create it.';

const planned = (facts) => plan({ database: "uncino", databaseExists: true, secrets: [], environment: {}, ...facts });

test("a first deploy makes the database, migrates it, then uploads the code with both secrets", () => {
  const steps = planned({ databaseExists: false });
  assert.deepEqual(steps.map((step) => step.do), ["create_database", "migrate", "deploy"]);
  assert.deepEqual(steps[2].secrets, [
    { name: "ADMIN_TOKEN", from: "person" },
    { name: "SECRET_KEY", from: "person" },
  ]);
});

test("a later deploy migrates and uploads, and touches no secret", () => {
  const steps = planned({ secrets: ["ADMIN_TOKEN", "SECRET_KEY"], environment: { SECRET_KEY: "another one" } });
  assert.deepEqual(steps.map((step) => step.do), ["migrate", "deploy"]);
  assert.deepEqual(steps[1].secrets, []);
});

test("a secret in the environment is taken from there when it is missing", () => {
  const [, upload] = planned({ secrets: ["ADMIN_TOKEN"], environment: { SECRET_KEY: "x" } });
  assert.deepEqual(upload.secrets, [{ name: "SECRET_KEY", from: "environment" }]);
});

test("a deploy that stopped half-way goes on from where it stopped", () => {
  const steps = planned({ databaseExists: true, secrets: secretNames(failed(NOT_FOUND)) });
  assert.deepEqual(steps.map((step) => step.do), ["migrate", "deploy"]);
  assert.equal(steps[1].secrets.length, 2);
});

test("a worker that does not exist has no secrets, any other refusal is shown", () => {
  assert.deepEqual(secretNames(failed(NOT_FOUND)), []);
  assert.deepEqual(secretNames(answered([{ name: "SECRET_KEY", type: "secret_text" }])), ["SECRET_KEY"]);
  assert.throws(() => secretNames(failed("\x1b[31m✘ [ERROR]\x1b[0m Authentication error [code: 10000]")), /wrangler says:\n✘ \[ERROR\] Authentication error/);
});

test("the database is found by its whole name", () => {
  assert.equal(hasDatabase(answered([{ name: "uncino-old" }]), "uncino"), false);
  assert.equal(hasDatabase(answered([{ name: "other" }, { name: "uncino" }]), "uncino"), true);
  assert.equal(hasDatabase({ ok: true, out: "[]\n", err: "" }, "uncino"), false);
  assert.throws(() => hasDatabase(failed("More than one account available"), "uncino"), /CLOUDFLARE_ACCOUNT_ID/);
});

test("without a login nothing begins, and the next step is named", () => {
  assert.throws(() => requireLogin({ ok: false, out: '\n{"loggedIn":false}\n', err: "" }), /npx wrangler login/);
  assert.throws(() => requireLogin(failed("Unable to resolve Cloudflare's API hostname")), /cannot be reached/);
  assert.doesNotThrow(() => requireLogin({ ok: true, out: '{"loggedIn":true,"authType":"OAuth Token"}', err: "" }));
});

test("secrets that the worker would refuse are refused here", () => {
  assert.match(faultOf("ADMIN_TOKEN", "short"), /32 characters/);
  assert.match(faultOf("SECRET_KEY", "c2hvcnQ="), /32 bytes/);
  for (const [name, make] of Object.entries(GENERATED)) assert.equal(faultOf(name, make()), null);
});
