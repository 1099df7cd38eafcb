// Runs one command in a process group of its own and takes the whole group down when the command ends, when the
// starter says `stop`, or when the starter is gone, even by SIGKILL. start.mjs spawns it, detached and with a channel.
// It knows nothing about wrangler: a process that outlives its parents (workerd does) is what it is for.

import { spawn } from "node:child_process";

const GRACE_MS = 4_000;

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });

const takeDown = () => process.kill(-process.pid, "SIGKILL");

const report = (message) => {
  if (process.connected) process.send(message, takeDown);
  else takeDown();
};

child.on("error", (error) => report({ reason: `cannot run ${command}: ${error.message}` }));
child.on("exit", (code, signal) => report({ reason: signal ? `was killed by ${signal}` : `ended with code ${code}` }));

const stop = () => {
  child.kill("SIGINT");
  setTimeout(takeDown, GRACE_MS);
};
process.on("message", stop);
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("disconnect", takeDown);
