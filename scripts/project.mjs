// What every script needs: where the project is, how to run a command, how to fail in one sentence.
// It knows nothing about the tools themselves (tools.mjs) or the worker's settings (settings.mjs).

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** A failure whose message is for the person at the terminal: no stack is shown. */
export class Failure extends Error {}

/** Runs a script's main function and turns its failure into one line and exit code 1. */
export async function main(run) {
  try {
    requireNode();
    await run();
  } catch (error) {
    console.error(`\nuncino: ${error instanceof Failure ? error.message : error.stack}`);
    process.exitCode = 1;
  }
}

/** True when the file given to `node` is this module, and not one that imports it. */
export const isEntry = (moduleUrl) => resolve(process.argv[1] ?? "") === fileURLToPath(moduleUrl);

export function say(line) {
  console.log(`uncino: ${line}`);
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 12)) {
    throw new Failure(`Node ${process.versions.node} is too old: install Node 20.12 or later (https://nodejs.org)`);
  }
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Runs a command to its end with its output shown; rejects with `hint` when it fails. */
export function run(command, args, { env = process.env, cwd = ROOT, hint } = {}) {
  return new Promise((done, reject) => {
    // A process group of its own, so that an interrupted step takes its compilers along.
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"], detached: true });
    let interrupted = false;
    const stop = (signal) => {
      interrupted = true;
      killGroup(child.pid, signal);
    };
    STOP_SIGNALS.forEach((signal) => process.on(signal, stop));
    const end = (failure) => {
      STOP_SIGNALS.forEach((signal) => process.off(signal, stop));
      if (interrupted) reject(new Failure("interrupted"));
      else if (failure) reject(new Failure(hint ?? failure));
      else done();
    };
    child.on("error", (error) => end(`cannot run ${command}: ${error.message}`));
    child.on("exit", (code, signal) => end(code === 0 ? null : `${command} ${args[0] ?? ""} failed (${signal ?? code})`));
  });
}

/** Signals a process group; false when it is gone. */
export function killGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command quietly: `{ ok, out, err }`, also when it does not exist. */
export function probe(command, args, { env = process.env, cwd = ROOT, input } = {}) {
  const result = spawnSync(command, args, { cwd, env, input, encoding: "utf8", maxBuffer: 64 << 20 });
  return { ok: result.status === 0, out: result.stdout ?? "", err: result.stderr ?? String(result.error ?? "") };
}

/** The environment with `dirs` searched before everything else. */
export const withPath = (dirs, env = process.env) => ({ ...env, PATH: [...dirs, env.PATH].join(delimiter) });

/** Whether this clone has the dashboard's sources. */
export const hasDashboard = () => existsSync(join(ROOT, "dashboard", "package.json"));

/** A hash over files and folders (names and contents) without those in `except`, in a stable order; what is missing counts as missing. */
export function fingerprint(paths, extra = "", except = []) {
  const hash = createHash("sha256").update(extra);
  const visit = (path) => {
    const full = join(ROOT, path);
    if (!existsSync(full) || except.includes(path)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) {
        if (name !== "node_modules" && name !== "dist") visit(join(path, name));
      }
    } else {
      hash.update(`\0${path}\0`).update(readFileSync(full));
    }
  };
  paths.forEach(visit);
  return hash.digest("hex");
}

/** Takes `file` for this process; answers null, or the pid of the script of ours that has it. */
export function claim(file) {
  mkdirSync(dirname(file), { recursive: true });
  // Written aside and linked into place: nobody ever reads a half-written claim.
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, String(process.pid));
  try {
    for (;;) {
      try {
        linkSync(aside, file);
        return null;
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
        const owner = livingOwner(file);
        if (owner !== null) return owner;
        rmSync(file, { force: true });
      }
    }
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The pid in `file` when that process lives and is a script of ours (pids are reused), else null. */
function livingOwner(file) {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return pid > 0 && /scripts\/\w+\.mjs/.test(commandOf(pid)) ? pid : null;
  } catch {
    return null;
  }
}

const HAS_PROC = existsSync("/proc/self/stat");

/** A process's command line, empty when it is gone. */
export function commandOf(pid) {
  if (!HAS_PROC) return probe("ps", ["-o", "command=", "-p", String(pid)]).out;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** A process's parent, 0 when it is gone. */
export function parentOf(pid) {
  if (!HAS_PROC) return Number(probe("ps", ["-o", "ppid=", "-p", String(pid)]).out);
  try {
    // The second field is the command in parentheses, and may hold anything.
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ")[1]);
  } catch {
    return 0;
  }
}

/** Ends a process group with SIGKILL and waits until none of it runs; what only awaits its parent's notice counts as gone. */
export async function endGroup(leader) {
  for (let tries = 0; tries < 100; tries += 1) {
    killGroup(leader, "SIGKILL");
    if (!groupRuns(leader)) return;
    await sleep(25);
  }
}

function groupRuns(leader) {
  if (!HAS_PROC) return killGroup(leader, 0);
  return readdirSync("/proc").some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [state, , group] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
      return group === String(leader) && state !== "Z" && state !== "X";
    } catch {
      return false;
    }
  });
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Runs `work` while no other script of this clone runs its own: two first starts share one install and one build. */
export async function exclusively(work) {
  const file = join(ROOT, ".wrangler", "setup.pid");
  for (let told = false; claim(file) !== null; told = true) {
    if (!told) say("another script is installing or building here: waiting for it");
    await sleep(300);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
