// The worker that the bench compares with: the same durable work, as a good engineer writes it in plain JavaScript with
// Hono. A KV read of the source and its fields, one D1 insert, one queue message; a consumer that saves the contact and
// closes the run, each message for itself.
//
// It promises what the ordinary way can promise: the message is awaited before the answer, because nothing would find an
// event whose message was lost. It has no signatures, no repeated deliveries, no templates, no dashboard; what it leaves
// out only makes it faster.

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { extract, flatten, kindOf } from "./fields.js";

const MAX_BODY = 1024 * 1024;

const app = new Hono();

app.post("/in/:token", async (c) => {
  const key = `source:${c.req.param("token")}`;
  const source = await c.env.KV.get(key, "json");
  if (!source) throw new HTTPException(404, { message: "unknown source" });

  const body = await c.req.text();
  if (body.length > MAX_BODY) throw new HTTPException(413, { message: "payload too large" });
  const type = c.req.header("content-type") ?? "application/json";
  const fields = flatten(parse(body, type));

  const id = `evt_${Date.now().toString(36).padStart(9, "0")}${crypto.randomUUID()}`;
  await c.env.DB.prepare("INSERT INTO events (source_id, id, received_at, content_type, body) VALUES (?1, ?2, ?3, ?4, ?5)")
    .bind(source.id, id, Date.now(), type, body)
    .run();
  await c.env.RUNS.send({ source: source.id, event: id, contact: source.contact });

  const fresh = [...fields].filter(([path]) => !(path in source.fields));
  if (fresh.length > 0) {
    for (const [path, value] of fresh) source.fields[path] = { kind: kindOf(value), sample: String(value).slice(0, 80) };
    c.executionCtx.waitUntil(c.env.KV.put(key, JSON.stringify(source)));
  }
  return c.json({ id, status: "accepted", fields: fields.size }, 202);
});

app.onError((error, c) => {
  const status = error instanceof HTTPException ? error.status : 500;
  return c.json({ status, detail: error.message }, status);
});

function parse(body, type) {
  if (type.startsWith("application/x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body);
  } catch {
    throw new HTTPException(400, { message: "invalid JSON" });
  }
}

/** Saves the contact of one event and closes its run; doing it twice changes nothing. */
async function execute(env, { source, event, contact }) {
  const started = Date.now();
  const row = await env.DB.prepare("SELECT content_type, body FROM events WHERE source_id = ?1 AND id = ?2").bind(source, event).first();
  if (!row) return;
  const payload = parse(row.body, row.content_type);
  const email = extract(payload, contact.email);
  const name = contact.name.map((path) => extract(payload, path)).join(" ");
  const now = Date.now();
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO contacts (id, email, name, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
       ON CONFLICT (email) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at`,
    ).bind(`cnt_${crypto.randomUUID()}`, email, name, now),
    env.DB.prepare(
      `INSERT INTO runs (event_id, source_id, status, started_at, finished_at) VALUES (?1, ?2, 'succeeded', ?3, ?4)
       ON CONFLICT (event_id) DO NOTHING`,
    ).bind(event, source, started, now),
  ]);
}

export default {
  fetch: app.fetch,
  async queue(batch, env) {
    await Promise.all(
      batch.messages.map(async (message) => {
        try {
          await execute(env, message.body);
          message.ack();
        } catch (error) {
          console.error("run failed, it will be tried again", error);
          message.retry({ delaySeconds: 10 });
        }
      }),
    );
  },
};
