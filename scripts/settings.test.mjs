// Where a local worker's settings come from, and how they reach wrangler unharmed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnv } from "node:util";
import { decide, envFile, withValues } from "./settings.mjs";

const make = { ADMIN_TOKEN: () => "made-token", SECRET_KEY: () => "made-key" };

test("missing secrets are made, present ones are left alone", () => {
  const { settings, made } = decide({ SECRET_KEY: "kept" }, {}, make);
  assert.deepEqual(made, { ADMIN_TOKEN: "made-token" });
  assert.equal(settings.ADMIN_TOKEN, "made-token");
  assert.equal(settings.SECRET_KEY, "kept");
});

test("the environment wins over the file, and nothing is made for it", () => {
  const { settings, made } = decide({ ADMIN_TOKEN: "file", SECRET_KEY: "file" }, { ADMIN_TOKEN: "environment" }, make);
  assert.equal(settings.ADMIN_TOKEN, "environment");
  assert.deepEqual(made, {});
});

test("a variable set to nothing passes through as nothing", () => {
  const { settings, made } = decide({}, { OUTBOUND_ALLOW_HOSTS: "", ADMIN_TOKEN: "" }, make);
  assert.equal(settings.OUTBOUND_ALLOW_HOSTS, "");
  assert.equal(settings.ADMIN_TOKEN, "");
  assert.deepEqual(Object.keys(made), ["SECRET_KEY"]);
});

test("an unfilled line of the example file counts as missing", () => {
  assert.deepEqual(decide({ ADMIN_TOKEN: "", SECRET_KEY: "k" }, {}, make).made, { ADMIN_TOKEN: "made-token" });
});

test("locally calls may reach this machine, and the test switches are obeyed", () => {
  const { settings } = decide({}, {}, make);
  assert.equal(settings.OUTBOUND_ALLOW_HOSTS, "localhost,127.0.0.1");
  assert.equal(settings.UNCINO_DEV, "1");
});

test("what stands in the file besides the secrets stays as it is", () => {
  const text = "# mine\nADMIN_TOKEN=\nPUBLIC_URL=http://x\n";
  assert.equal(withValues(text, { ADMIN_TOKEN: "a", SECRET_KEY: "k=" }), "# mine\nPUBLIC_URL=http://x\nADMIN_TOKEN=a\nSECRET_KEY=k=\n");
  assert.equal(withValues("", { A: "1" }), "A=1\n");
});

test("values with every kind of mark reach wrangler as they are", () => {
  const values = { A: "a#b c=d", B: "it's", C: `"it's"`, D: "", E: "x\\ny", F: "two\nlines" };
  assert.deepEqual({ ...parseEnv(envFile(values)) }, values);
  // wrangler expands `$`, other readers do not: it is escaped for wrangler.
  assert.equal(envFile({ A: "pa$$word" }), "A='pa\\$\\$word'\n");
  assert.throws(() => envFile({ A: "'`\"" }), /A cannot be handed to wrangler/);
});
