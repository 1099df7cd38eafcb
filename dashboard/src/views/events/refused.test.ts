import assert from "node:assert/strict";
import test from "node:test";
import { countsOf } from "./refused.ts";

test("what was refused is counted by reason over all hours, the most frequent first", () => {
  const hours = [
    { from: "2026-01-01T00:00:00Z", counts: { invalid_json: 1, invalid_signature: 2 } },
    { from: "2026-01-01T01:00:00Z", counts: { invalid_signature: 3 } },
  ];
  assert.deepEqual(countsOf(hours), [
    ["invalid_signature", 5],
    ["invalid_json", 1],
  ]);
});
