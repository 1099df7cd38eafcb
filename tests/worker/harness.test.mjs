// The harness keeps its promises: what survives a kill is what would survive it in a real failure.
// What the worker does with its bindings is for the other files.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";

let worker;
before(async () => (worker = await start()));
after(() => worker?.stop());

test("the worker answers over HTTP", async () => {
  const response = await worker.fetch("/healthz");
  assert.equal(response.status, 200, await response.text());
});

test("D1 and KV survive the death of worker and workerd", async () => {
  await worker.kv("put", "harness", "kept");
  await worker.d1("CREATE TABLE harness (note TEXT)");
  await worker.d1("INSERT INTO harness VALUES (?1)", "kept");
  const { url } = worker;

  await worker.kill9();
  await assert.rejects(worker.fetch("/healthz"));
  await worker.restart();

  assert.equal(worker.url, url);
  assert.equal(await worker.kv("get", "harness"), "kept");
  assert.deepEqual(await worker.d1("SELECT note FROM harness"), [{ note: "kept" }]);
  await worker.d1("DROP TABLE harness");
});

test("the scheduled handler runs to its end", async () => {
  assert.equal((await worker.scheduled()).outcome, "ok");
});
