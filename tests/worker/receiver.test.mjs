// The receiver does what a test's script says: tests of retries and outages stand on it.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startReceiver } from "./receiver.mjs";

let receiver;
before(async () => (receiver = await startReceiver()));
beforeEach(() => receiver.reset());
after(() => receiver.stop());

const post = (path, body, more = {}) => fetch(receiver.url + path, { method: "POST", body, ...more });

test("every byte that arrives is recorded", async () => {
  const bytes = Buffer.from([0, 255, 10, 13]);
  await post("/a?b=c", bytes, { headers: { "x-kind": "raw" } });
  const [request] = await receiver.waitFor("/a");
  assert.equal(request.method, "POST");
  assert.equal(request.query, "?b=c");
  assert.equal(request.headers["x-kind"], "raw");
  assert.deepEqual(request.body, bytes);
});

test("answers are given in turn and the last one stays", async () => {
  receiver.script("/a", [{ status: 429, headers: { "retry-after": "7" } }, { status: 201, body: { id: 1 } }]);
  const first = await post("/a", "1");
  assert.equal(first.status, 429);
  assert.equal(first.headers.get("retry-after"), "7");
  for (const body of ["2", "3"]) assert.deepEqual(await (await post("/a", body)).json(), { id: 1 });
});

test("a connection can be dropped or left hanging after the request was read", async () => {
  receiver.script("/closed", { close: true });
  receiver.script("/silent", { hang: true });
  await assert.rejects(post("/closed", "x"));
  await assert.rejects(post("/silent", "x", { signal: AbortSignal.timeout(100) }), /timeout/i);
  assert.equal(receiver.requests.length, 2);
});

test("waiting in vain says what came instead", async () => {
  await post("/other", "x");
  await assert.rejects(receiver.waitFor("/a", 1, 20), /0 of 1 requests to \/a within 20 ms; it got POST \/other/);
});
