// The machine and the versions under the figures. It measures one thing, the time of an fsync, because every commit of
// the local D1 waits for one; CPU times are those of Linux, elsewhere they are left out.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { ROOT, probe } from "../../scripts/project.mjs";
import { node } from "../../scripts/tools.mjs";
import { median } from "./numbers.mjs";

/** Milliseconds per tick of /proc: USER_HZ, which is 100 on every Linux. */
const TICK_MS = 10;

/** CPU milliseconds of a process, its own and the system's for it; null where there is no /proc. */
export function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return null;
  }
}

/** What the figures were measured on. */
export function machine(folder) {
  const version = (name) => JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
  return {
    measured_on: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model?.trim() ?? "unknown",
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load_before: Number(loadavg()[0].toFixed(2)),
    fsync_ms: fsync(folder),
    versions: {
      node: probe(node(), ["--version"]).out.trim().replace(/^v/, ""),
      wrangler: version("wrangler"),
      miniflare: version("miniflare"),
      workerd: version("workerd"),
      hono: version("hono"),
      rustc: probe("rustc", ["--version"]).out.split(" ")[1] ?? "unknown",
    },
  };
}

function fsync(folder) {
  const scratch = mkdtempSync(join(folder, "fsync-"));
  const file = openSync(join(scratch, "file"), "w");
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 100 }, () => {
    writeSync(file, page);
    const begun = performance.now();
    fdatasyncSync(file);
    return performance.now() - begun;
  });
  closeSync(file);
  rmSync(scratch, { recursive: true });
  return Number(median(times).toFixed(3));
}
