// The workers that the bench compares, each with its modules, its bindings and what it needs before the first request:
// this product as it is deployed, the peer, the floor and the empty worker.
//
// It measures nothing. This product runs as a deployment does (no `UNCINO_DEV`), with the limits of its sources lifted
// through the API and without the rate bindings; its queues and settings are those of wrangler.toml.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT, run } from "../../scripts/project.mjs";
import { spawn } from "./child.mjs";
import { PAYLOADS } from "./payloads.mjs";

const HERE = join(ROOT, "tests", "bench");
const BUILD = join(ROOT, "build");
const MADE = join(ROOT, ".wrangler", "bench");
const ADMIN_TOKEN = "bench-admin-token-of-at-least-32-characters";

/** What no source of a bench reaches. */
const NO_LIMIT = 4_000_000_000;

const require = createRequire(import.meta.url);
const text = (...path) => readFileSync(join(...path), "utf8");

/** The options of wrangler.toml for Miniflare. */
function configured() {
  const wrangler = require("wrangler");
  const config = wrangler.unstable_readConfig({ config: join(ROOT, "wrangler.toml") });
  return wrangler.unstable_getMiniflareWorkerOptions(config).workerOptions;
}

/** Bundles the peer with Hono, as wrangler would. */
export async function buildPeer() {
  const esbuild = join(ROOT, "node_modules", ".bin", "esbuild");
  await run(esbuild, [join(HERE, "peer", "worker.js"), "--bundle", "--minify", "--format=esm", "--target=esnext", `--outfile=${join(MADE, "peer.js")}`, "--log-level=warning"], {
    hint: "the peer could not be bundled: see the output above",
  });
}

/** The files that are uploaded for a worker. */
export const files = {
  uncino: () => [join(BUILD, "index.js"), join(BUILD, "index_bg.wasm")],
  peer: () => [join(MADE, "peer.js")],
};

const MODULES = {
  uncino: () => [
    { type: "ESModule", path: "index.js", contents: text(BUILD, "index.js") },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: readFileSync(join(BUILD, "index_bg.wasm")) },
  ],
  peer: () => [{ type: "ESModule", path: "index.js", contents: text(MADE, "peer.js") }],
  floor: () => [{ type: "ESModule", path: "index.js", contents: text(HERE, "floor", "worker.js") }],
  empty: () => [{ type: "ESModule", path: "index.js", contents: text(HERE, "empty", "worker.js") }],
};

const PROBES = {
  counting: ["entry.js", "wasm-memory.js", "counting.js"],
  startup: ["startup.js"],
};

/** The modules of a contender; with a probe, the probe's first is the entry. */
function modules(name, probe) {
  const around = (PROBES[probe] ?? []).map((path) => ({ type: "ESModule", path, contents: text(HERE, "probe", path) }));
  return [...around, ...MODULES[name]()];
}

function bindings(name, consumers) {
  const { compatibilityDate, compatibilityFlags, queueConsumers, ...toml } = configured();
  const common = { compatibilityDate, compatibilityFlags };
  const runs = queueConsumers["uncino-runs"];
  switch (name) {
    case "uncino": {
      const { kvNamespaces, d1Databases, queueProducers, email } = toml;
      return { ...common, kvNamespaces, d1Databases, queueProducers, email, queueConsumers: consumers ? queueConsumers : {} };
    }
    case "peer":
      return {
        ...common,
        kvNamespaces: { KV: "KV" },
        d1Databases: { DB: "DB" },
        queueProducers: { RUNS: { queueName: "peer-runs" } },
        // The very settings of this product's queue.
        queueConsumers: consumers ? { "peer-runs": { ...runs, deadLetterQueue: undefined } } : {},
      };
    case "floor":
      return { ...common, d1Databases: { DB: "DB" } };
    case "empty":
      return common;
  }
}

const SCHEMAS = {
  uncino: () =>
    readdirSync(join(ROOT, "migrations"))
      .filter((file) => file.endsWith(".sql"))
      .sort()
      .map((file) => text(ROOT, "migrations", file)),
  peer: () => [text(HERE, "peer", "schema.sql")],
  floor: () => [text(HERE, "floor", "schema.sql")],
  empty: () => [],
};

/**
 * Starts a contender on an empty database: `{name, urls: {form, order, …}, host, load…}`. `consumers: false` holds the
 * queues back; `probe` puts `counting` or `startup` around it; `receiver` is an address that the source `call` posts to.
 * With `after`, another contender's `rest()`, it begins on the database that this one left, and is prepared already.
 */
export async function start(name, { consumers = false, probe, receiver, after, vars = {} } = {}) {
  const folder = after ?? mkdtempSync(join(MADE, `${name}-`));
  const host = spawn("host.mjs");
  const contender = {
    name,
    host,
    urls: {},
    /** Ends it and answers the folder of its database. */
    async rest() {
      await host.ask("stop");
      await host.end();
      return folder;
    },
    async stop() {
      await host.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    contender.origin = await host.ask("start", {
      name,
      ...bindings(name, consumers),
      bindings: name === "uncino" ? { ADMIN_TOKEN, SECRET_KEY: Buffer.alloc(32, 7).toString("base64"), OUTBOUND_ALLOW_HOSTS: "127.0.0.1", ...vars } : {},
      modulesRoot: "/",
      modules: modules(name, probe).map(({ path, ...module }) => ({ ...module, path: `/${path}` })),
      resourcePersistencePath: folder,
    });
    if (probe === "startup" || after) return contender;
    const schema = SCHEMAS[name]();
    if (schema.length > 0) await host.ask("migrate", schema);
    await PREPARE[name](contender, receiver);
    return contender;
  } catch (error) {
    await contender.stop();
    throw error;
  }
}

const mustache = (path) => `{{ ${path} }}`;

const PREPARE = {
  /** One automation a payload that saves the contact, one that calls the receiver; every limit lifted. */
  async uncino(contender, receiver) {
    const api = async (method, path, json) => {
      const answer = await fetch(`${contender.origin}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify(json),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    const make = async (name, step) => {
      const { source } = await api("POST", "/automations", { name, steps: [{ id: "s1", ...step }] });
      await api("PATCH", `/sources/${source.id}`, { limits: { events_per_day: NO_LIMIT, bytes_per_day: NO_LIMIT } });
      return `${contender.origin}/in/${source.token}`;
    };
    for (const [name, { email, name: names }] of Object.entries(PAYLOADS)) {
      const params = { email: mustache(email), name: names.map(mustache).join(" ") };
      contender.urls[name] = await make(name, { action: "save_contact", params });
    }
    if (receiver) contender.urls.call = await make("call", { action: "http_request", params: { method: "POST", url: receiver, json: { email: mustache("email") } } });
  },

  /** One KV document a payload, with the paths of what the contact is made of. */
  async peer(contender) {
    for (const [name, { email, name: names }] of Object.entries(PAYLOADS)) {
      const document = { id: `src_${name}`, contact: { email, name: names }, fields: {} };
      await contender.host.ask("put", `source:token-${name}`, JSON.stringify(document));
      contender.urls[name] = `${contender.origin}/in/token-${name}`;
    }
  },

  async floor(contender) {
    for (const name of Object.keys(PAYLOADS)) contender.urls[name] = `${contender.origin}/in/${name}`;
  },

  async empty(contender) {
    for (const name of Object.keys(PAYLOADS)) contender.urls[name] = `${contender.origin}/in/${name}`;
  },
};
