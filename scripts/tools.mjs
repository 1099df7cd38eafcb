// The tools that build and run the worker: finds what is at hand, installs the rest from package registries only.
// It installs neither Node, rustup nor a C compiler: without them it says in one sentence what to do.

import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Failure, ROOT, isEntry, main, exclusively, probe, run, say, withPath } from "./project.mjs";

const WORKER_BUILD = "0.8.7";
const WASM_TARGET = "wasm32-unknown-unknown";
const BIN = join(ROOT, "node_modules", ".bin");
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "uncino");

/** What wrangler asks for; kept in step with its package.json by hand. */
const WRANGLER_NODE = [22, 12];

/** wrangler without banner, telemetry, update check, log file (it would hold request URLs) and traces; nothing that waits for a network. */
export const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Installs the npm packages, those of the dashboard too, when what is there differs from package-lock.json. */
export async function ensurePackages() {
  if (packagesMatch()) return;
  say("installing the npm packages");
  // `npm ci` empties node_modules: the Node in there must not be the one that runs it.
  const PATH = process.env.PATH.split(delimiter).filter((dir) => !dir.endsWith("node_modules/.bin")).join(delimiter);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["ci", ...quiet], {
    env: { ...process.env, PATH },
    hint: "npm ci failed: check that the npm registry can be reached, then run this again",
  });
  linkNode();
}

/** `npx wrangler …` runs on the `node` in .bin; npm 10 makes no such link for a package that is optional. */
function linkNode() {
  const path = join(BIN, "node");
  if (!existsSync(path) && node() !== process.execPath) symlinkSync(node(), path);
}

function packagesMatch() {
  try {
    const wanted = readJson(join(ROOT, "package-lock.json")).packages;
    const present = readJson(join(ROOT, "node_modules", ".package-lock.json")).packages;
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === "" || (optional && !present[path]) || present[path]?.version === version,
    );
  } catch {
    return false;
  }
}

/** The Node that wrangler runs on: the one that npm brought, else the one that runs this script. */
export function node() {
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  for (const name of names) {
    const path = join(ROOT, "node_modules", name, "bin", "node");
    if (existsSync(path) && probe(path, ["--version"]).ok) return path;
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > WRANGLER_NODE[0] || (major === WRANGLER_NODE[0] && minor >= WRANGLER_NODE[1])) return process.execPath;
  throw new Failure(
    `wrangler needs Node ${WRANGLER_NODE.join(".")} or later and npm has none for ${process.platform}-${process.arch}: install it and run this again`,
  );
}

/** Environment for everything that runs on that Node, `npx` included. */
export function nodeEnv(env = process.env) {
  return { ...withPath([dirname(node()), BIN], env), ...QUIET };
}

/** `[command, ...args]` that runs wrangler without the extra process of its launcher. */
export function wrangler(...args) {
  return [node(), ["--no-warnings", join(ROOT, "node_modules", "wrangler", "wrangler-dist", "cli.js"), ...args]];
}

/** The C compiler: Rust links with it, and native tests compile SQLite. */
export function ensureCompiler() {
  const names = [process.env.CC, "cc", "gcc", "clang"].filter(Boolean);
  if (!names.some((name) => probe(name.split(" ")[0], ["--version"]).ok)) {
    throw new Failure(
      process.platform === "darwin"
        ? "no C compiler found: run `xcode-select --install`, then this again"
        : "no C compiler found: install one (Debian, Ubuntu: `apt install build-essential`), then run this again",
    );
  }
}

/** Finds a Rust toolchain that can compile the crate; sets RUSTUP_TOOLCHAIN when the pinned one cannot be had. */
export function ensureRust() {
  const pinned = probe("rustc", ["--version"]);
  if (pinned.ok) return;
  const installed = probe("rustup", ["toolchain", "list"]);
  if (!installed.ok) {
    throw new Failure("no Rust found: install rustup (https://rustup.rs), open a new terminal and run this again");
  }
  const needed = /rust-version = "(\d+)\.(\d+)/.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"));
  for (const name of installed.out.split("\n").map((line) => line.split(" ")[0]).filter((name) => /^(stable|\d)/.test(name))) {
    const found = /^rustc (\d+)\.(\d+)/.exec(probe("rustc", [`+${name}`, "--version"]).out);
    if (found && (Number(found[1]) > Number(needed[1]) || Number(found[2]) >= Number(needed[2]))) {
      say(`the toolchain of rust-toolchain.toml is not here and cannot be fetched: using ${name}`);
      process.env.RUSTUP_TOOLCHAIN = name;
      return;
    }
  }
  throw new Failure(`no usable Rust toolchain: ${pinned.err.trim().split("\n")[0]}; run \`rustup toolchain install\` here`);
}

export async function ensureWasmTarget() {
  const folder = probe("rustc", ["--print", "target-libdir", "--target", WASM_TARGET]).out.trim();
  if (folder && existsSync(folder)) return;
  say(`adding the Rust target ${WASM_TARGET}`);
  await run("rustup", ["target", "add", WASM_TARGET], {
    hint: `the Rust target ${WASM_TARGET} is missing: run \`rustup target add ${WASM_TARGET}\` here, then this again`,
  });
}

/** The wasm-bindgen that Cargo.lock names: its command-line tool must have the very same version. */
function wasmBindgenVersion() {
  const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (!version) throw new Failure("Cargo.lock names no wasm-bindgen: run `cargo update --workspace`, then this again");
  return version;
}

const versionOf = (path) => /\d+\.\d+\.\d+\S*/.exec(probe(path, ["--version"]).out)?.[0];

/** A cargo-installed command in exactly this version: on PATH, in the cache, or compiled into the cache. */
async function ensureCargoTool(command, crate, version) {
  if (versionOf(command) === version) return command;
  const folder = join(CACHE, `${command}-${version}`);
  const path = join(folder, "bin", command);
  if (versionOf(path) === version) return path;
  ensureCompiler();
  say(`compiling ${crate} ${version} into ${folder} (once, some minutes)`);
  await run("cargo", ["install", crate, "--version", version, "--root", folder, "--force"], {
    // Run now and then for a second: compile time counts, speed does not.
    env: {
      ...process.env,
      CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
      CARGO_PROFILE_RELEASE_LTO: "false",
      CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
      CARGO_PROFILE_RELEASE_DEBUG: "false",
    },
    hint: `cargo could not install ${crate} ${version}: check that crates.io can be reached, then run this again`,
  });
  return path;
}

async function wasmBindgen() {
  const version = wasmBindgenVersion();
  const given = process.env.WASM_BINDGEN_BIN;
  if (!given) return ensureCargoTool("wasm-bindgen", "wasm-bindgen-cli", version);
  if (versionOf(given) === version) return given;
  throw new Failure(`WASM_BINDGEN_BIN is ${versionOf(given) ?? "no wasm-bindgen"}, Cargo.lock wants ${version}: unset it or point it at that version`);
}

/** Ensures everything that a build needs; answers the path of worker-build and the environment to run it in. */
export async function ensureBuildTools() {
  ensureCompiler();
  ensureRust();
  await ensureWasmTarget();
  const workerBuild = await ensureCargoTool("worker-build", "worker-build", WORKER_BUILD);
  const env = {
    ...nodeEnv(),
    WASM_BINDGEN_BIN: await wasmBindgen(),
    WASM_OPT_BIN: process.env.WASM_OPT_BIN || join(ROOT, "node_modules", "binaryen", "bin", "wasm-opt"),
    ESBUILD_BIN: process.env.ESBUILD_BIN || esbuild(),
  };
  return { workerBuild, env };
}

function esbuild() {
  // The native binary: the package's own launcher would start a Node for it.
  const native = join(ROOT, "node_modules", "@esbuild", `${process.platform}-${process.arch}`, "bin", "esbuild");
  return existsSync(native) ? native : join(BIN, "esbuild");
}

if (isEntry(import.meta.url)) {
  await main(() =>
    exclusively(async () => {
      await ensurePackages();
      await ensureBuildTools();
      say("all tools are there");
    }),
  );
}
