// A child process that is asked by numbered messages: the hosts of the workers and the load generator. Both sides stand
// here. It knows nothing of what is asked.

import { fork } from "node:child_process";
import { Failure, endGroup } from "../../scripts/project.mjs";
import { QUIET, node } from "../../scripts/tools.mjs";

/**
 * Starts a module in a process of its own: `ask(method, ...parameters)`, and `end()`, which takes down its whole group.
 * What it writes is kept, and shown when it dies.
 */
export function spawn(module) {
  const child = fork(new URL(module, import.meta.url), {
    execPath: node(),
    execArgv: ["--no-warnings"],
    env: { ...process.env, ...QUIET, WRANGLER_LOG: "error" },
    // The wasm travels as bytes.
    serialization: "advanced",
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-4_000)));
  const pending = new Map();
  let calls = 0;
  child.on("message", ({ id, value, error }) => {
    const waiter = pending.get(id);
    pending.delete(id);
    if (error) waiter?.reject(new Error(error));
    else waiter?.done(value);
  });
  const gone = new Promise((done) => child.on("exit", done));
  gone.then(() => {
    for (const { reject } of pending.values()) reject(new Failure(`${module} is gone; it last said:\n${said}`));
    pending.clear();
  });
  return {
    pid: child.pid,
    ask: (method, ...parameters) =>
      new Promise((done, reject) => {
        if (!child.connected) return reject(new Failure(`${module} is not running; it last said:\n${said}`));
        pending.set((calls += 1), { done, reject });
        child.send({ id: calls, method, parameters });
      }),
    async end() {
      await endGroup(child.pid);
      await gone;
    },
  };
}

/** The child's side: answers with these methods, and ends with its whole group when its parent is gone. */
export function serve(methods) {
  process.on("message", async ({ id, method, parameters }) => {
    try {
      process.send({ id, value: await methods[method](...parameters) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
}
