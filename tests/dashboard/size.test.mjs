// What the dashboard weighs: everything that a browser could ever load of it, compressed as a server would.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../scripts/project.mjs";

const DIST = join(ROOT, "dashboard", "dist");
/** **Limit:** kilobytes compressed, of all files together: a phone on a poor line has it in a few seconds. */
const BUDGET_KB = 120;

test(`the whole dashboard is at most ${BUDGET_KB} KB compressed`, () => {
  const files = readdirSync(DIST, { recursive: true })
    .map((name) => join(DIST, name))
    // The API's document lies beside them; no browser loads it for the dashboard.
    .filter((path) => statSync(path).isFile() && !path.endsWith("openapi.json"));
  const sizes = files.map((path) => [path, compressed(path)]);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const largest = sizes.sort((a, b) => b[1] - a[1]).slice(0, 5).map(([path, size]) => `${size} ${path}`);
  assert.ok(total > 20_000, "there is hardly anything: is it built?");
  assert.ok(total <= BUDGET_KB * 1_000, `it is ${total} bytes; the largest:\n${largest.join("\n")}`);
});

/** A typeface is compressed already. */
const compressed = (path) => (path.endsWith(".woff2") ? statSync(path).size : gzipSync(readFileSync(path), { level: 9 }).length);
