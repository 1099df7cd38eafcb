// `npm run bench`: builds the release, measures this worker beside the JavaScript worker, the floor and the empty worker,
// writes docs/PERFORMANCE.md and docs/measured.json, and fails when a budget is missed. `--quick` takes under a minute,
// compares the same budgets on a few events, and leaves the documents alone.
//
// What is measured stands in speed.mjs and counts.mjs, what is compared in budgets.mjs, what it costs in cost.mjs.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, ROOT, isEntry, main, run, say } from "../../scripts/project.mjs";
import { budgets } from "./budgets.mjs";
import { spawn } from "./child.mjs";
import { buildPeer } from "./contenders.mjs";
import { counted, memory, sizes, startup } from "./counts.mjs";
import { writeCost } from "./cost.mjs";
import { machine } from "./machine.mjs";
import { startReceiver } from "./receiver.mjs";
import { performanceTables } from "./report.mjs";
import { held, idle, running } from "./speed.mjs";
import { fill } from "./tables.mjs";

const FULL = {
  connections: [1, 16, 64], busiest: 64, rounds: 4, seconds: 2, warm_events: 16_000,
  running_rounds: 3, running_count: 2_000, warm_count: 200,
  idle_count: 100, counted_alone: 10, counted_count: 1_000, stored_count: 1_000,
  memory_count: 100_000, memory_s: 240, startups: 7,
};

const QUICK = {
  connections: [1, 64], busiest: 64, rounds: 1, seconds: 0.5, warm_events: 300,
  running_rounds: 1, running_count: 200, warm_count: 50,
  idle_count: 15, counted_alone: 2, counted_count: 150, stored_count: 100,
  memory_count: 400, memory_s: 10, startups: 2,
};

const WORKSPACE = join(ROOT, ".wrangler", "bench");

async function bench() {
  const quick = process.argv.includes("--quick");
  const plan = quick ? QUICK : FULL;
  // A process of its own, because the lock of a build is held by scripts alone.
  await run(process.execPath, [join(ROOT, "scripts", "build.mjs")], { hint: "the release does not build: see the output above" });
  rmSync(WORKSPACE, { recursive: true, force: true });
  mkdirSync(WORKSPACE, { recursive: true });
  await buildPeer();

  const begun = performance.now();
  const means = { plan, say, load: spawn("load.mjs"), receiver: await startReceiver() };
  let measured;
  try {
    measured = {
      machine: machine(WORKSPACE),
      plan,
      sizes: sizes(),
      startup: await startup(means),
      idle: await idle(means),
      counted: await counted(means),
      held: await held(means),
      running: await running(means),
      memory: await memory(means),
    };
  } finally {
    await means.load.end();
    await means.receiver.stop();
    rmSync(WORKSPACE, { recursive: true, force: true });
  }

  const checks = budgets(measured);
  for (const { what, budget, measured: value, ok } of checks) console.log(`  ${ok ? "✓" : "✗"} ${what}: ${value} (${budget})`);
  say(`measured in ${Math.round((performance.now() - begun) / 1_000)} s`);
  if (!quick) {
    writeFileSync(join(ROOT, "docs", "measured.json"), `${JSON.stringify(measured, rounded, 1)}\n`);
    fill("docs/PERFORMANCE.md", performanceTables(measured, checks));
    writeCost();
    say("docs/PERFORMANCE.md, docs/COST.md and docs/measured.json are written");
  }
  const missed = checks.filter(({ ok }) => !ok).length;
  if (missed > 0) throw new Failure(`${missed} of ${checks.length} budgets are missed: see the lines marked ✗`);
}

/** No more digits than a clock can mean. */
const rounded = (_, value) => (typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value);

if (isEntry(import.meta.url)) await main(bench);
