// Limits in real workerd: the rates of the two bindings, a binding that is missing, and a database that says how full it
// is. That no number is too low for a real shop cannot be tested here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "./harness.mjs";

/** An automation's source, and a way to deliver to it from an address. */
async function source(worker, name) {
  const { json } = await worker.api("POST", "/automations", { name, steps: [] });
  const url = new URL(json.source.url).pathname;
  const deliver = (address, body = '{"a":1}') =>
    worker.fetch(url, { method: "POST", headers: { "content-type": "application/json", "cf-connecting-ip": address }, body });
  const refusals = async () => (await worker.api("GET", `/sources/${json.source.id}/refusals`)).json;
  return { id: json.source.id, deliver, refusals };
}

/** The counter's windows follow the clock's minutes: far from the end of one, what follows lies in one window. */
async function early() {
  while (new Date().getUTCSeconds() > 50) await new Promise((done) => setTimeout(done, 500));
}

test("one address that sends too often is answered 429, others are not, and nothing of it is kept", async () => {
  const worker = await start({ vars: { UNCINO_LIMITS: "on" }, rates: { RATE_ADDRESS: 3 } });
  try {
    const { deliver, refusals } = await source(worker, "Indirizzo");
    await early();
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await deliver("192.0.2.7")).status);
    assert.deepEqual(statuses, [202, 202, 202, 429, 429]);
    const refused = await deliver("192.0.2.7", "{");
    assert.equal(refused.headers.get("retry-after"), "60");
    assert.equal((await refused.json()).code, "rate_limited");
    assert.equal((await deliver("192.0.2.8")).status, 202);
    const { data, hours } = await refusals();
    assert.deepEqual(data.map(({ code, body }) => [code, body]), Array(3).fill(["rate_limited", null]));
    assert.deepEqual(hours.map((hour) => hour.counts), [{ rate_limited: 3 }]);
    const dump = JSON.stringify([await worker.d1("SELECT * FROM refusals"), await worker.d1("SELECT * FROM events"), worker.logs]);
    assert.ok(!dump.includes("192.0.2."), "an address was kept or logged");
  } finally {
    await worker.stop();
  }
});

test("a source that receives too often is answered 429 whoever sends, and others go on", async () => {
  const worker = await start({ vars: { UNCINO_LIMITS: "on" }, rates: { RATE_SOURCE: 2 } });
  try {
    const one = await source(worker, "Una");
    const other = await source(worker, "Altra");
    await early();
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await one.deliver(`192.0.2.${n}`)).status);
    assert.deepEqual(statuses, [202, 202, 429]);
    assert.equal((await other.deliver("192.0.2.0")).status, 202);
  } finally {
    await worker.stop();
  }
});

test("without the bindings every delivery passes, and the log says so once", async () => {
  const worker = await start({ vars: { UNCINO_LIMITS: "on" }, rates: { RATE_SOURCE: null, RATE_ADDRESS: null } });
  try {
    const { deliver } = await source(worker, "Senza");
    for (let n = 0; n < 3; n += 1) assert.equal((await deliver("192.0.2.7")).status, 202);
    const said = worker.logs.filter((line) => line.message.includes("rates are not counted"));
    assert.equal(said.length, 1);
  } finally {
    await worker.stop();
  }
});

test("the sweep reads how full the database is, and keeps less when it is nearly full", async () => {
  const worker = await start({ vars: { DATABASE_LIMIT_MB: "1" } });
  try {
    const { deliver } = await source(worker, "Piena");
    for (let n = 0; n < 10; n += 1) await deliver("192.0.2.7", JSON.stringify({ n, text: "x".repeat(95_000) }));
    await worker.scheduled();
    const [{ value }] = await worker.d1("SELECT value FROM marks WHERE name = 'database_fill'");
    const [bytes, capacity, days] = value.split(" ").map(Number);
    assert.ok(bytes > 900_000 && bytes < 2_000_000, value);
    assert.deepEqual([capacity, days], [1_000_000, 22]);
    const { warnings } = (await worker.api("GET", "/stats")).json;
    assert.deepEqual(warnings.map(({ code }) => code), ["database_filling", "retention_shortened"]);
  } finally {
    await worker.stop();
  }
});
