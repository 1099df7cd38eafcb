// What the worker weighs. The budget of the design is less by half; the bench reports that as missed, and
// docs/PERFORMANCE.md says what the weight is made of. This holds what was reached, so that growth is somebody's decision.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../scripts/project.mjs";

/** **Limit:** KiB of wasm, and of wasm compressed. */
const MOST = { raw: 2_000, compressed: 830 };

test(`the worker is at most ${MOST.raw} KiB of wasm, ${MOST.compressed} KiB compressed`, () => {
  const wasm = readFileSync(join(ROOT, "build", "index_bg.wasm"));
  const kib = { raw: wasm.length / 1024, compressed: gzipSync(wasm).length / 1024 };
  for (const [what, most] of Object.entries(MOST)) {
    assert.ok(kib[what] <= most, `${what}: ${Math.ceil(kib[what])} KiB; look at what was added, or raise the limit and say why`);
  }
});
