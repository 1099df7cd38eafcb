// The built worker in real workerd, for black-box tests: D1, KV and queues are Miniflare's, the bindings wrangler.toml's.
// It runs in a process group of its own, so that a test can kill it as a machine failure would. It mocks nothing of ours.
//
//   const worker = await start({ vars: { WHATSAPP_API_URL: receiver.url } });
//   const made = await worker.api("POST", "/automations", { name: "Benvenuto", steps: [] });   // → {status, headers, json}
//   await worker.kill9();                     // workerd too; queues forget, D1 and KV stay
//   await worker.restart({ vars: { UNCINO_CLOCK_OFFSET_MS: "60000" } });
//   await worker.scheduled();                 // the sweep
//   await worker.stop();

import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endGroup, sleep } from "../../scripts/project.mjs";
import { QUIET, node } from "../../scripts/tools.mjs";

export const ADMIN_TOKEN = "test-admin-token-of-at-least-32-characters";

const DEFAULT_VARS = {
  ADMIN_TOKEN,
  SECRET_KEY: Buffer.alloc(32, 7).toString("base64"),
  OUTBOUND_ALLOW_HOSTS: "localhost,127.0.0.1",
  UNCINO_DEV: "1",
};

/**
 * Starts the worker and waits until it serves.
 *
 * `vars` go on top of a working set (a var given as `null` is left out); `state` is the folder of D1 and KV, by default
 * a temporary one that `stop` removes; `migrate: false` leaves the database empty; `assets` is a folder that stands for
 * dashboard/dist; `rates` are limits a minute by the name of their binding, `null` for no such binding, and count only
 * beside the var `UNCINO_LIMITS=on`. Every method rejects with the worker's side of the story when the process dies
 * under it.
 */
export async function start({ vars = {}, state, port = 0, migrate = true, assets, rates = {} } = {}) {
  const folder = state ?? mkdtempSync(join(tmpdir(), "uncino-test-"));
  let settings = { ...DEFAULT_VARS, ...vars };
  let child = await boot({ settings, folder, port, migrate, assets, rates });

  const fetchFrom = (path, { host, ...init } = {}) =>
    host ? fetchAs(host, new URL(path, child.url), init) : fetch(new URL(path, child.url), { redirect: "manual", ...init });

  const worker = {
    /** `http://127.0.0.1:port`, the same after a restart. */
    get url() {
      return child.url;
    },
    state: folder,
    /** What the worker and workerd wrote since the start: `{level, message}`, also across restarts. */
    logs: child.logs,
    /** A request from outside, redirects not followed; `host` makes it arrive under another hostname. */
    fetch: fetchFrom,
    /** A request to the admin API with the token: `api("GET", "/runs?status=failed")` → `{status, headers, json}`. */
    async api(method, path, json) {
      const response = await fetchFrom(`/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${settings.ADMIN_TOKEN}`,
          ...(json === undefined ? {} : { "content-type": "application/json" }),
        },
        body: json === undefined ? undefined : JSON.stringify(json),
      });
      const text = await response.text();
      let body = text;
      try {
        body = JSON.parse(text);
      } catch {
        // Not JSON (a 204, a page): the text is what the test wants to see.
      }
      return { status: response.status, headers: response.headers, json: body };
    },
    /** Runs the scheduled handler to its end: `{outcome}`. */
    scheduled: (options = {}) => child.ask("scheduled", { cron: "* * * * *", ...options }),
    /** Hands messages (`{body, id?, attempts?}`) to the queue handler directly: `{outcome, …}` with what it acknowledged. */
    queue: (name, messages) => child.ask("queue", name, messages),
    /** Rows of one SQL statement on DB. */
    d1: (sql, ...parameters) => child.ask("d1", sql, parameters),
    /** One call on KV: `kv("get", key)`, `kv("put", key, text)`, `kv("list", {prefix})`, `kv("delete", key)`. */
    kv: (method, ...parameters) => child.ask("kv", method, parameters),
    /** Ends worker and workerd with SIGKILL, as a power cut would. */
    kill9: () => child.kill(),
    /** Starts again on the same state and port; `vars` are added to the earlier ones. */
    async restart({ vars: changed = {} } = {}) {
      await child.end();
      settings = { ...settings, ...changed };
      const at = Number(new URL(child.url).port);
      child = await boot({ settings, folder, port: at, migrate, assets, rates, logs: child.logs });
      worker.logs = child.logs;
    },
    async stop() {
      await child.end();
      if (!state) rmSync(folder, { recursive: true, force: true });
    },
    /** Asks `look` every 25 ms until its answer is truthy, and returns that; throws with `what` after `within_ms`. */
    async until(what, look, within_ms = 5_000) {
      for (const deadline = Date.now() + within_ms; ; await sleep(25)) {
        const answer = await look();
        if (answer) return answer;
        if (Date.now() > deadline) throw new Error(`not within ${within_ms} ms: ${what}`);
      }
    },
  };
  return worker;
}

/** `fetch` with a Host header of the test's choice, which the built-in one does not allow. */
function fetchAs(host, url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((done, reject) => {
    const request = httpRequest(url, { method, headers: { ...Object.fromEntries(new Headers(headers)), host } }, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      const empty = [204, 304].includes(answer.statusCode);
      const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values]) => values.map((value) => [name, value]));
      done(new Response(empty ? null : Buffer.concat(chunks), { status: answer.statusCode, headers: pairs }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** One life of the process: starts it, and speaks with it by numbered messages. */
async function boot({ settings, folder, port, migrate, assets, rates, logs = [] }) {
  const process_ = fork(new URL("harness-process.mjs", import.meta.url), {
    execPath: node(),
    execArgv: ["--no-warnings"],
    env: { ...process.env, ...QUIET, WRANGLER_LOG: "error" },
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const pending = new Map();
  let calls = 0;
  for (const [stream, level] of [[process_.stdout, "process"], [process_.stderr, "process"]]) {
    stream.setEncoding("utf8").on("data", (message) => logs.push({ level, message }));
  }
  process_.on("message", ({ id, value, error, log }) => {
    if (log) return logs.push(log);
    const waiter = pending.get(id);
    pending.delete(id);
    if (error) waiter?.reject(new Error(error));
    else waiter?.done(value);
  });
  const gone = new Promise((done) => process_.on("exit", done));
  gone.then(() => {
    const story = logs.slice(-10).map((line) => line.message).join("\n");
    for (const { reject } of pending.values()) reject(new Error(`the worker's process is gone; it last said:\n${story}`));
    pending.clear();
  });

  const ask = (method, ...parameters) =>
    new Promise((done, reject) => {
      if (!process_.connected) return reject(new Error("the worker is not running: restart it first"));
      pending.set((calls += 1), { done, reject });
      process_.send({ id: calls, method, parameters });
    });
  const kill = async () => {
    // workerd is in the group; its port is free once it is gone.
    await endGroup(process_.pid);
    await gone;
  };
  const end = async () => {
    if (process_.connected) await ask("stop").catch(() => {});
    await kill();
  };

  const vars = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
  try {
    const url = await ask("start", { vars, folder, port, migrate, assets, rates });
    return { url, logs, ask, kill, end };
  } catch (error) {
    await kill();
    throw error;
  }
}
