// The stories of tests/cases/flows in real workerd, on local D1, KV and Queues. The same files run natively on the
// memory twin (tests/it/flows.rs); what a step means stands in tests/cases/flows/README.md. It knows no case by name.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { startReceiver } from "./receiver.mjs";

const FOLDER = new URL("../cases/flows/", import.meta.url);
const CASES = readdirSync(FOLDER).filter((name) => name.endsWith(".json")).sort();
const TABLES = [
  "sources", "fields", "events", "automations", "revisions", "runs", "contacts", "outbox", "replays", "reports", "marks",
  "refusals", "refusal_counts", "sends", "erasures", "captures", "tallies",
];

let worker;
let receiver;
/** How far the worker's clock is ahead. It only ever grows, as clocks do. */
let ahead_ms = 0;
/** Whether this story has stopped the worker: a count that was under way may be lost then, so nobody waits for it. */
let restarted = false;

before(async () => {
  receiver = await startReceiver();
  worker = await start({ vars: { WHATSAPP_API_URL: `${receiver.url}/wa`, SENDS_PER_RECIPIENT_HOUR: "4" } });
});

after(async () => {
  await worker?.stop();
  await receiver?.stop();
});

for (const name of CASES) {
  const story = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
  const only = process.env.FLOW && process.env.FLOW !== name.replace(".json", "");
  test(`${name.replace(".json", "")}: ${story.about}`, { skip: story.only === "memory" || only }, async () => {
    await forget();
    const teller = new Teller();
    for (const [index, step] of story.steps.entries()) {
      try {
        await teller.step(step);
      } catch (error) {
        const { expect, ...what } = step;
        error.message = `step ${index} ${JSON.stringify(what).slice(0, 160)}\n${error.message}`;
        throw error;
      }
    }
  });
}

/** An empty installation again, without the cost of a new worker. Simulated defaults are the worker's own, they stay. */
async function forget() {
  restarted = false;
  for (const table of TABLES) await worker.d1(`DELETE FROM ${table}`);
  await worker.d1("DELETE FROM connections WHERE NOT simulated");
  await worker.d1("UPDATE connections SET is_default = 1");
  receiver.reset();
}

class Teller {
  known = { receiver: receiver.url };
  last = null;

  async step(step) {
    let response;
    for (const [word, raw] of Object.entries(step)) {
      const value = this.fill(raw);
      if (word === "create") response = await this.create(value);
      else if (word === "api") response = await this.api(...value);
      else if (word === "deliver") response = await this.deliver(value);
      else if (word === "receiver") this.script(value);
      else if (word === "received") match(value, this.received(), "received");
      else if (word === "settle") await settle();
      else if (word === "advance_ms") await advance(value);
      else if (word === "faults") await restart({ UNCINO_FAULTS: value });
      else if (word === "remember") this.remember(value);
      else if (word === "expect") check(value, response);
      else throw new Error(`there is no step "${word}"`);
    }
  }

  /** Replaces `{name}` in every text by what is known. */
  fill(value) {
    if (typeof value === "string") {
      return Object.entries(this.known).reduce((text, [name, known]) => text.replaceAll(`{${name}}`, known), value);
    }
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fill(item)]));
  }

  async api(method, path, body) {
    const { status, headers, json } = await worker.api(method, path, body);
    this.last = json;
    return { status, headers, json, text: typeof json === "string" ? json : JSON.stringify(json) };
  }

  async create(automation) {
    const response = await this.api("POST", "/automations", automation);
    const { id, source } = this.last;
    Object.assign(this.known, { automation: id, source: source?.id, path: source && new URL(source.url).pathname });
    return response;
  }

  async deliver({ path = this.known.path, method = "POST", headers = {}, query, body, json, base64, repeat = 1, tail = "", prefix = "", hub_secret }) {
    const bytes =
      body !== undefined ? body.repeat(repeat) + tail : json !== undefined ? JSON.stringify(json) : base64 ? Buffer.from(base64, "base64") : undefined;
    const signed = hub_secret && { "x-hub-signature-256": `sha256=${createHmac("sha256", hub_secret).update(bytes).digest("hex")}` };
    const answer = await worker.fetch(`${prefix}${path}${query ? `?${query}` : ""}`, {
      method,
      headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...signed, ...headers },
      body: ["GET", "HEAD", "OPTIONS"].includes(method) ? undefined : bytes,
    });
    const text = await answer.text();
    this.last = parsed(text);
    if (answer.status === 202) {
      const ids = this.last?.ids ?? [this.last?.id];
      ids.forEach((id, index) => (this.known[`event${index}`] = id));
      this.known.event = ids[0];
    }
    return { status: answer.status, headers: answer.headers, json: this.last, text };
  }

  script(answers) {
    receiver.reset();
    const answer = ({ timeout, status, headers, json, text }) => ({ hang: timeout, status, headers, body: json ?? text ?? "" });
    receiver.script("*", answers.map(answer));
  }

  received() {
    return receiver.requests.map(({ method, path, query, headers, body }) => ({
      method,
      path: path + query,
      headers,
      json: parsed(body.toString()),
      text: body.toString(),
    }));
  }

  remember(what) {
    for (const [name, pointer] of Object.entries(what)) {
      const found = pointer.slice(1).split("/").reduce((value, key) => value?.[key], this.last);
      assert.equal(typeof found, "string", `the last answer has no text at ${pointer}: ${JSON.stringify(this.last)}`);
      this.known[name] = found;
    }
  }
}

/** Until every event was counted and no run is about to begin or under way; a time-out of a provider takes 20 s. */
async function settle() {
  const open = `SELECT (SELECT count(*) FROM runs WHERE status IN ('queued', 'running'))
    + (SELECT count(*) FROM events e JOIN automations a ON a.source_id = e.source_id AND a.deleted_at IS NULL
         AND substr(a.id, 5, 10) <= substr(e.id, 5, 10)
       WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND r.automation_id = a.id))
    + (SELECT count(*) FROM replays WHERE status = 'running')
    -- What the sweep has handed off and nobody has taken yet: it moves "open" two minutes ahead.
    + (SELECT count(*) FROM runs WHERE status = 'waiting' AND (open <= ?1 OR open BETWEEN ?1 + 110000 AND ?1 + 120000))
    + CASE WHEN ?2 THEN 0 ELSE (SELECT count(*) FROM events) - (SELECT coalesce(sum(events), 0) FROM tallies) END AS open`;
  await worker.scheduled();
  const deadline = Date.now() + 30_000;
  let sweeps = 0;
  for (;;) {
    const [{ open: count }] = await worker.d1(open, Date.now() + ahead_ms, Number(restarted));
    // An event may be deleted after it was counted, so fewer than none are open too.
    if (count <= 0) return;
    if (Date.now() > deadline) throw new Error(`${count} things did not settle within 30 s`);
    await new Promise((done) => setTimeout(done, 25));
    if ((sweeps += 1) % 40 === 0) await worker.scheduled();
  }
}

async function advance(ms) {
  ahead_ms += ms;
  await restart({ UNCINO_CLOCK_OFFSET_MS: String(ahead_ms) });
  await settle();
}

async function restart(vars) {
  restarted = true;
  await worker.restart({ vars });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function check({ status, headers = {}, text, body }, response) {
  const story = `\nanswered ${response.status} ${response.text}`;
  if (status !== undefined) assert.equal(response.status, status, story);
  for (const [name, value] of Object.entries(headers)) match(value, response.headers.get(name), `header ${name}${story}`);
  if (text !== undefined) assert.ok(response.text.includes(text), `the body does not contain ${text}${story}`);
  if (body !== undefined) match(body, response.json, "body", story);
}

/** Objects by the keys that are named, lists item by item and in length. */
function match(expected, found, at, story = "") {
  const differs = () => assert.fail(`${at} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}${story}`);
  if (expected === "$any") return found === null || found === undefined ? differs() : undefined;
  if (expected === "$number") return typeof found === "number" ? undefined : differs();
  if (expected === "$absent") return found === undefined ? undefined : differs();
  if (typeof expected === "string" && expected.startsWith("$text:")) {
    return typeof found === "string" && found.includes(expected.slice(6)) ? undefined : differs();
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length) differs();
    return expected.forEach((item, index) => match(item, found[index], `${at}[${index}]`, story));
  }
  if (expected !== null && typeof expected === "object") {
    if (found === null || typeof found !== "object") differs();
    return Object.entries(expected).forEach(([key, value]) => match(value, found[key], `${at}.${key}`, story));
  }
  if (expected !== found) differs();
}
