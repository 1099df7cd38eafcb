// Builds the dashboard (dashboard/dist) and the worker (build/index.js, build/index_bg.wasm).
// It downloads nothing once the tools are there, and does nothing when nothing changed. `wrangler.toml`
// calls it too. `--force` builds in any case.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT, isEntry, main, exclusively, fingerprint, hasDashboard, run, say } from "./project.mjs";
import { ensureBuildTools, ensurePackages, nodeEnv } from "./tools.mjs";

const WORKER_INPUTS = ["src", "migrations", ".cargo", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "scripts/build.mjs", "scripts/tools.mjs"];
const WORKER_OUTPUTS = ["build/index.js", "build/index_bg.wasm"];

const DASHBOARD_INPUTS = ["dashboard", "docs/openapi.json", "package-lock.json", "scripts/build.mjs"];
const DASHBOARD_OUTPUTS = ["dashboard/dist/index.html", "dashboard/dist/mail.html"];
/** The API's document, which the worker serves from beside the dashboard's files. */
const DOCUMENT = { from: "docs/openapi.json", to: "dashboard/dist/openapi.json" };
/** The dashboard's build makes it anew from docs/openapi.json. */
const DASHBOARD_TYPES = "dashboard/src/api/schema.ts";

/** Everything that a running worker is made of; the caller holds the lock. */
export async function build({ force = false } = {}) {
  await ensurePackages();
  await buildDashboard(force);
  await once("worker", { inputs: WORKER_INPUTS, outputs: WORKER_OUTPUTS, force }, async () => {
    const { workerBuild, env } = await ensureBuildTools();
    await run(workerBuild, ["--release", "--out-dir", join(ROOT, "build"), join("src", "entry")], { env, hint: "the worker does not build: the compiler's words stand above" });
    await strip(env.WASM_OPT_BIN, join(ROOT, "build", "index_bg.wasm"));
    const wasm = readFileSync(join(ROOT, "build", "index_bg.wasm"));
    say(`the worker is ${kib(wasm.length)} of wasm, ${kib(gzipSync(wasm).length)} compressed`);
  });
}

/** Takes out the function names, a tenth of the file, which worker-build always keeps and nobody reads. */
async function strip(wasmOpt, file) {
  const features = ["bulk-memory", "exception-handling", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];
  const args = [file, "--strip-debug", "--strip-producers", "-o", file, ...features.map((feature) => `--enable-${feature}`)];
  await run(process.execPath, [wasmOpt, ...args], { hint: "wasm-opt could not strip the worker" });
}

async function buildDashboard(force) {
  // wrangler refuses a folder that is missing. An empty one is a dashboard that was never built: the worker says so.
  mkdirSync(join(ROOT, "dashboard", "dist"), { recursive: true });
  if (hasDashboard()) await once("dashboard", { inputs: DASHBOARD_INPUTS, made: [DASHBOARD_TYPES], outputs: DASHBOARD_OUTPUTS, force }, () =>
    run("npm", ["run", "build", "--workspace", "dashboard"], { env: nodeEnv(), hint: "the dashboard does not build: its words stand above" }),
  );
  writeFileSync(join(ROOT, DOCUMENT.to), JSON.stringify(JSON.parse(readFileSync(join(ROOT, DOCUMENT.from), "utf8"))));
}

/** Runs `work` unless its inputs are those of the last time and its outputs are still there; `made` is made by it among its inputs. */
async function once(name, { inputs, made = [], outputs, force }, work) {
  const stamp = join(ROOT, ".wrangler", `${name}.stamp`);
  const given = (extra) => fingerprint(inputs, extra, made);
  // The outputs' sizes and times are part of it: another tool may have built over them.
  const state = () => given(outputs.map((path) => stateOf(join(ROOT, path))).join());
  if (!force && existsSync(stamp) && readFileSync(stamp, "utf8") === state()) return;
  say(`building the ${name}`);
  rmSync(stamp, { force: true });
  const before = given();
  await work();
  mkdirSync(join(ROOT, ".wrangler"), { recursive: true });
  // What was edited during the build is built the next time.
  if (given() === before) writeFileSync(stamp, state());
}

function stateOf(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.size}:${Math.round(stat.mtimeMs)}` : "missing";
}

const kib = (bytes) => `${Math.ceil(bytes / 1024)} KiB`;

if (isEntry(import.meta.url)) {
  await main(() => exclusively(() => build({ force: process.argv.includes("--force") })));
}
