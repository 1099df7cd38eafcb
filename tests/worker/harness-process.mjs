// The process that harness.mjs starts and kills: Miniflare with the built worker, driven by messages.
// It is never imported, and ends, workerd included, when the test that started it is gone.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "../../scripts/project.mjs";

const require = createRequire(import.meta.url);
const wrangler = require("wrangler");
// The Miniflare that this wrangler was made for.
const { Miniflare, Log, LogLevel, convertV4MiniflareOptions } = createRequire(require.resolve("wrangler"))("miniflare");

const CONFIG = join(ROOT, "wrangler.toml");
const BUILD = join(ROOT, "build");

let miniflare;

const methods = {
  async start({ vars, folder, port, migrate, assets, rates }) {
    const config = wrangler.unstable_readConfig({ config: CONFIG });
    for (const binding of config.ratelimits) {
      if (rates?.[binding.name]) binding.simple.limit = rates[binding.name];
      if (rates?.[binding.name] === null) config.ratelimits = config.ratelimits.filter((other) => other !== binding);
    }
    const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(config);
    miniflare = new Miniflare(
      convertV4MiniflareOptions({
        ...workerOptions,
        name: config.name,
        // The folder of the build, and every other option, are wrangler.toml's.
        ...(assets ? { assets: { ...workerOptions.assets, directory: assets } } : {}),
        // Not what a developer's .dev.vars holds.
        bindings: { ...config.vars, ...vars },
        modulesRoot: BUILD,
        modules: [
          { type: "ESModule", path: join(BUILD, "index.js") },
          { type: "CompiledWasm", path: join(BUILD, "index_bg.wasm") },
        ],
        host: "127.0.0.1",
        port,
        resourcePersistencePath: folder,
        // The real one would be fetched from the network.
        cf: false,
        logRequests: false,
        log: new Log(LogLevel.WARN),
        handleStructuredLogs: (log) => process.send({ log }),
      }),
    );
    const url = await miniflare.ready;
    if (migrate) await applyMigrations(await miniflare.getD1Database("DB"));
    return url.origin;
  },

  async stop() {
    await miniflare?.dispose();
  },

  async scheduled(options) {
    return (await miniflare.getWorker()).scheduled(options);
  },

  async queue(name, messages) {
    const given = messages.map((message, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, ...message }));
    return (await miniflare.getWorker()).queue(name, given);
  },

  async d1(sql, parameters) {
    const database = await miniflare.getD1Database("DB");
    return (await database.prepare(sql).bind(...parameters).all()).results;
  },

  async kv(method, parameters) {
    return (await miniflare.getKVNamespace("KV"))[method](...parameters);
  },
};

/** Applies what is new in migrations/, recorded in the table that wrangler uses. */
async function applyMigrations(database) {
  const folder = join(ROOT, "migrations");
  if (!existsSync(folder)) return;
  await database
    .prepare("CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)")
    .run();
  const applied = new Set((await database.prepare("SELECT name FROM d1_migrations").all()).results.map((row) => row.name));
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".sql") && !applied.has(name)).sort()) {
    const statements = wrangler.unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8"));
    await database.batch([
      ...statements.map((sql) => database.prepare(sql)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
    ]);
  }
}

process.on("message", async ({ id, method, parameters }) => {
  try {
    process.send({ id, value: await methods[method](...parameters) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
