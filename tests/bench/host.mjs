// The process around one worker: Miniflare without wrangler's proxy, driven by messages. It is started, never imported.
// It decides nothing about what runs in it.

import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { commandOf, parentOf } from "../../scripts/project.mjs";
import { cpuOf } from "./machine.mjs";
import { serve } from "./child.mjs";

const require = createRequire(import.meta.url);
const wrangler = require("wrangler");
// The Miniflare that this wrangler was made for.
const { Miniflare, Log, LogLevel, convertV4MiniflareOptions } = createRequire(require.resolve("wrangler"))("miniflare");

let miniflare;

serve({
  /** Starts a worker and answers its address. */
  async start(options) {
    miniflare = new Miniflare(
      convertV4MiniflareOptions({
        ...options,
        host: "127.0.0.1",
        port: 0,
        // The real one would be fetched from the network.
        cf: false,
        logRequests: false,
        log: new Log(LogLevel.ERROR),
      }),
    );
    const url = await miniflare.ready;
    return url.origin;
  },

  /** Runs the statements of SQL texts, each text one batch. */
  async migrate(texts) {
    const database = await miniflare.getD1Database("DB");
    for (const text of texts) await database.batch(wrangler.unstable_splitSqlQuery(text).map((sql) => database.prepare(sql)));
  },

  /** One statement: its rows, and D1's meta. */
  async d1(sql, ...parameters) {
    const database = await miniflare.getD1Database("DB");
    const { results, meta } = await database.prepare(sql).bind(...parameters).all();
    return { rows: results, meta };
  },

  async put(key, text) {
    await (await miniflare.getKVNamespace("KV")).put(key, text);
  },

  async stop() {
    await miniflare.dispose();
  },

  async scheduled() {
    return (await miniflare.getWorker()).scheduled({ cron: "* * * * *" });
  },

  /** CPU milliseconds that workerd has used since its start, null where the system does not say. */
  cpu() {
    if (!existsSync("/proc/self/stat")) return null;
    const mine = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && parentOf(Number(pid)) === process.pid);
    return cpuOf(Number(mine.find((pid) => commandOf(pid).includes("workerd"))));
  },
});
