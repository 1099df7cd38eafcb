// `npm start`: from a fresh clone to a running Uncino, with nothing left behind when it stops.
// Honoured: PORT (8787), UNCINO_STATE (.wrangler/state) and every name in settings.mjs. It deploys nothing and needs no account.

import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "./build.mjs";
import { migrateLocal } from "./migrate.mjs";
import { Failure, ROOT, claim, commandOf, endGroup, exclusively, killGroup, main, parentOf, say, sleep } from "./project.mjs";
import { envFile, localSettings } from "./settings.mjs";
import { node, nodeEnv, wrangler } from "./tools.mjs";

const READY_WITHIN_MS = 120_000;
const REVIVED_WITHIN_MS = 4_000;
const TICK_MS = 60_000;
/** As the worker has it (src/app/config.rs). */
const SHORTEST_TOKEN = 32;
/** What the worker says about its settings before anybody asks it for something (src/platform/isolate.rs). */
const WORKER_SAYS = /configuration: /;
/** Soon after the start: the local queue forgets, and the sweep brings back what a killed worker left. */
const FIRST_TICK_MS = 2_000;
/** A predecessor that was just killed needs a moment to let go of its port and state. */
const PATIENCE_MS = 6_000;

async function start() {
  stopWithNpm();
  const port = portFrom(process.env.PORT);
  const state = resolve(process.env.INIT_CWD ?? ROOT, process.env.UNCINO_STATE || join(ROOT, ".wrangler", "state"));
  await portIsFree(port);
  const claimFile = join(state, "uncino.pid");
  await stateIsFree(state, claimFile);
  const secrets = join(state, "uncino.env");
  try {
    const settings = await exclusively(async () => {
      await build();
      return localSettings(join(ROOT, ".dev.vars"), process.env);
    });
    migrateLocal(state);
    // Secrets never stand on a command line, where every user of the machine can read them.
    rmSync(secrets, { force: true });
    writeFileSync(secrets, envFile(settings), { mode: 0o600 });
    await serve({ port, state, secrets, settings });
  } finally {
    rmSync(secrets, { force: true });
    rmSync(claimFile, { force: true });
  }
}

function portFrom(text) {
  const port = Number(text || 8787);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Failure(`PORT must be a number from 1 to 65535, not "${text}"`);
  return port;
}

async function portIsFree(port) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await canListen(port))) {
    if (Date.now() > deadline) throw new Failure(`port ${port} is taken: stop what uses it, or choose another one: PORT=${port + 1} npm start`);
    await sleep(200);
  }
}

const canListen = (port) =>
  new Promise((answer, reject) => {
    const server = createServer();
    server.on("error", (error) => {
      if (error.code === "EACCES") reject(new Failure(`port ${port} may not be used by this user: choose one above 1023`));
      else answer(false);
    });
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => answer(true)));
  });

async function stateIsFree(state, file) {
  const deadline = Date.now() + PATIENCE_MS;
  for (let owner; (owner = claim(file)) !== null; await sleep(200)) {
    if (Date.now() > deadline) {
      throw new Failure(`${state} is in use by process ${owner}: stop that one, or set UNCINO_STATE to another folder`);
    }
  }
}

/** Under npm our parent is npm, or a shell of npm's: when either is gone, nobody is left who could stop us. */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event !== "start") return;
  const parent = process.ppid;
  const npm = commandOf(parent).includes("npm") ? parent : parentOf(parent);
  const orphaned = () => process.ppid !== parent || (npm !== parent && parentOf(parent) !== npm);
  setInterval(() => orphaned() && process.kill(process.pid, "SIGTERM"), 500).unref();
}

/** Runs `wrangler dev` until it ends (a failure) or a signal stops it. */
async function serve({ port, state, secrets, settings }) {
  const origin = `http://localhost:${port}`;
  mkdirSync(state, { recursive: true });
  const [command, args] = wrangler(
    ...["dev", "--local", "--port", String(port), "--inspector-port", "0", "--persist-to", state, "--env-file", secrets],
    // Dashboard and API answer on localhost, also when the config names routes.
    ...["--infer-origin-from-routes=false", "--show-interactive-dev-session=false"],
  );
  const supervisor = spawn(node(), [join(ROOT, "scripts", "supervise.mjs"), command, ...args], {
    cwd: ROOT,
    // A registry of its own: two instances must not find each other.
    env: { ...nodeEnv(), WRANGLER_REGISTRY_PATH: join(state, "registry") },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
  let stopping = false;
  let reason = "was stopped from outside";
  // wrangler brings a crashed workerd back, but not always to life: then nothing would ever answer again.
  const log = showLog(supervisor, async () => {
    if (stopping || (await answers(origin, REVIVED_WITHIN_MS))) return;
    reason = "lost its workerd and answers no more";
    killGroup(supervisor.pid, "SIGKILL");
  });

  supervisor.on("message", (message) => (reason = message.reason));
  const ended = new Promise((done) => supervisor.on("exit", done));
  const stop = () => {
    if (stopping) killGroup(supervisor.pid, "SIGKILL");
    else if (supervisor.connected) supervisor.send("stop");
    stopping = true;
  };
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.on(signal, stop));

  const ready = await Promise.race([answers(origin, READY_WITHIN_MS), ended.then(() => false)]);
  if (ready && !stopping) {
    log.live();
    welcome(origin, settings);
    tickWhileRunning(origin);
  } else if (!stopping) {
    killGroup(supervisor.pid, "SIGKILL");
    log.flush();
  }
  await ended;
  await endGroup(supervisor.pid);
  if (!stopping) throw new Failure(`wrangler dev ${reason}: run \`npm start\` again; what it said stands above`);
  say("stopped");
}

/**
 * wrangler's output: kept back until ready, then line by line without the request log. What the worker said
 * about its settings is shown when it is ready, and all of it when it fails.
 */
function showLog(supervisor, onCrash) {
  let held = [];
  const show = (line) => {
    // The request log holds URLs, and those hold the sources' tokens.
    if (/^(\x1b\[\d+m)*\[wrangler:info\]/.test(line)) return;
    if (line.includes("runtime crashed unexpectedly")) onCrash();
    if (held) held.push(line);
    else console.log(line.replace(/\/in\/[\w-]{16,}/g, "/in/…"));
  };
  createInterface({ input: supervisor.stdout }).on("line", show);
  createInterface({ input: supervisor.stderr }).on("line", show);
  return {
    live: () => {
      const said = (held ?? []).filter((line) => WORKER_SAYS.test(line));
      held = null;
      // Every isolate says the same once more.
      new Set(said).forEach(show);
    },
    flush: () => {
      const lines = held ?? [];
      held = null;
      lines.forEach(show);
    },
  };
}

/** Waits for the first answer of any kind: what is wrong inside the worker, its own pages say. */
async function answers(origin, within_ms) {
  const deadline = Date.now() + within_ms;
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(Math.min(5_000, within_ms)) });
      const text = await response.text();
      if (!response.ok) say(`the worker is up but not well (${response.status}): ${text.slice(0, 300)}`);
      return true;
    } catch {
      await sleep(100);
    }
  }
  return false;
}

function welcome(origin, { ADMIN_TOKEN: token, ADMIN_HOST: host }) {
  const json = `-H "content-type: application/json"`;
  console.log(`
  Uncino is ready.

  dashboard    ${host ? `on ${host} only (ADMIN_HOST); ${origin}/ receives` : `${origin}/${signIn(token)}`}
  admin token  ${tokenLine(token)}
  API          ${host ? `on ${host} only` : `${origin}/api/v1`}

  Make an automation, then send something to the address in its answer (source.url):
  curl ${origin}/api/v1/automations -H "authorization: Bearer ${token}" ${json} -d '{"name":"Benvenuto","steps":[{"id":"s1","action":"save_contact","params":{"name":"{{nome}}","phone":"{{telefono}}"}}]}'
  curl <source.url> ${json} -d '{"nome":"Ada","telefono":"+39 333 1234567"}'

  Stop with Ctrl-C.
`);
}

/**
 * What signs a browser in that opens the dashboard's link. A browser sends no fragment, so the token is in no request
 * and in nobody's log; the dashboard takes it out of the address.
 */
const signIn = (token) => (opens(token) ? `#token=${encodeURIComponent(token)}` : "");

const opens = (token) => token?.length >= SHORTEST_TOKEN;

function tokenLine(token) {
  if (!token) return "(none set: dashboard and API are closed)";
  if (!opens(token)) return `(shorter than ${SHORTEST_TOKEN} characters: dashboard and API are closed; set a longer ADMIN_TOKEN)`;
  return token;
}

/** Does what Cloudflare's cron does: `wrangler dev` fires none by itself. */
function tickWhileRunning(origin) {
  let failing = false;
  const tick = async () => {
    let problem = null;
    try {
      const url = `${origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}&format=json`;
      const response = await fetch(url, { signal: AbortSignal.timeout(TICK_MS) });
      const text = await response.text();
      if (!response.ok || !text.includes('"ok"')) problem = `${response.status} ${text.slice(0, 200)}`;
    } catch (error) {
      problem = error.message;
    }
    if (problem && !failing) say(`the scheduled handler fails: ${problem}`);
    failing = problem !== null;
  };
  setTimeout(() => {
    tick();
    setInterval(tick, TICK_MS);
  }, FIRST_TICK_MS);
}

await main(start);
// Ticks may still be due or under way; nothing of them is needed.
process.exit();
