// How often a delivery crosses between the wasm and JavaScript, and what a crossing costs: `node tests/bench/crossings.mjs`,
// on a built worker. It prints two tables; docs/PERFORMANCE.md says what they mean. Nothing here is a budget.
//
// The counts are those of the running worker. The costs are timed in Node, which has the same engine, with a wasm of a few
// lines: the clock of a worker stands still while it computes.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import binaryen from "binaryen";
import { ROOT, isEntry, main } from "../../scripts/project.mjs";
import { spawn } from "./child.mjs";
import { start } from "./contenders.mjs";
import { PAYLOADS } from "./payloads.mjs";

const EVENTS = 500;

async function crossings() {
  mkdirSync(join(ROOT, ".wrangler", "bench"), { recursive: true });
  for (const [what, ns] of Object.entries(costs())) console.log(`${what.padEnd(52)} ${ns.toFixed(0).padStart(6)} ns`);
  const load = spawn("load.mjs");
  const contender = await start("uncino", { probe: "counting" });
  try {
    const taken = async () => (await fetch(`${contender.origin}/__bench/crossings`)).json();
    for (const payload of Object.keys(PAYLOADS)) {
      const send = (connections, count) => load.ask("run", { to: contender.urls[payload], payload, connections, count });
      await send(1, 20);
      for (const connections of [1, 64]) {
        await taken();
        const { accepted } = await send(connections, EVENTS);
        const calls = Object.entries(await taken()).map(([name, count]) => [name.replace(/^__wbg_|_[0-9a-f]{16}$/g, ""), count / accepted]);
        const sum = calls.reduce((total, [, each]) => total + each, 0);
        const most = calls.sort(([, one], [, other]) => other - one).slice(0, 12);
        console.log(`\n${payload}, ${connections} connections: ${sum.toFixed(1)} calls from the wasm an event`);
        console.log(most.map(([name, each]) => `  ${each.toFixed(2).padStart(6)} ${name}`).join("\n"));
      }
    }
  } finally {
    await load.end();
    await contender.stop();
  }
}

/** Nanoseconds of a call from wasm into JavaScript and of the other way, and of a text that comes along. */
function costs() {
  const module = binaryen.parseText(`(module
    (import "js" "call" (func $call (param i32) (result i32)))
    (func (export "out") (param $n i32) (result i32) (local $sum i32)
      (loop $again
        (local.set $sum (i32.add (local.get $sum) (call $call (local.get $n))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $again (local.get $n)))
      (local.get $sum))
    (func (export "in") (param $n i32) (result i32) (i32.add (local.get $n) (i32.const 1))))`);
  const wasm = new WebAssembly.Module(module.emitBinary());
  const { exports } = new WebAssembly.Instance(wasm, { js: { call: (value) => value & 7 } });
  const memory = new Uint8Array(64 * 1024).fill(97);
  const [decoder, encoder] = [new TextDecoder("utf-8", { fatal: true }), new TextEncoder()];
  let kept = 0;
  const timed = (count, work) => {
    work(count);
    const begun = process.hrtime.bigint();
    work(count);
    return Number(process.hrtime.bigint() - begun) / count;
  };
  const each = (work) => (count) => {
    for (let n = 0; n < count; n += 1) kept += work(n);
  };
  const text = (bytes) => "a".repeat(bytes);
  const [short, long] = [text(200), text(5_000)];
  const found = {
    "wasm calls JavaScript, a number each way": timed(5_000_000, (count) => (kept += exports.out(count))),
    "JavaScript calls wasm, a number each way": timed(5_000_000, each((n) => exports.in(n))),
    "200 bytes out of the wasm's memory, as a string": timed(500_000, each((n) => decoder.decode(memory.subarray(n & 1023, (n & 1023) + 200)).length)),
    "5,000 bytes out of it": timed(200_000, each((n) => decoder.decode(memory.subarray(n & 1023, (n & 1023) + 5_000)).length)),
    "a string of 200 bytes into it": timed(500_000, each(() => encoder.encodeInto(short, memory).written)),
    "one of 5,000 bytes into it": timed(200_000, each(() => encoder.encodeInto(long, memory).written)),
  };
  if (kept === 0) throw new Error("nothing was called");
  return found;
}

if (isEntry(import.meta.url)) await main(crossings);
