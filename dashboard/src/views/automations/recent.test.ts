// Looking back over the newest events.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventSummary, RunStatus } from "../../api/client.ts";
import { lookBack } from "./recent.ts";

const event = (id: string, source_id: string, runs: [string, RunStatus][]) =>
  ({ id, source_id, runs: runs.map(([automation_id, status]) => ({ automation_id, status })) }) as EventSummary;

test("the first of a source is its newest, and failures are counted by automation", () => {
  const recent = lookBack([
    event("e3", "s1", [["a1", "succeeded"]]),
    event("e2", "s1", [
      ["a1", "failed"],
      ["a2", "uncertain"],
    ]),
    event("e1", "s2", [["a1", "failed"]]),
  ]);
  assert.equal(recent.events.get("s1")?.id, "e3");
  assert.equal(recent.events.get("s2")?.id, "e1");
  assert.deepEqual(
    [...recent.failures],
    [
      ["a1", 2],
      ["a2", 1],
    ],
  );
});
