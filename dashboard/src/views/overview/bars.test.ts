import assert from "node:assert/strict";
import test from "node:test";
import { barsOf, sumOf } from "./bars.ts";

const hours = [
  { from: "a", events: 2, runs: { succeeded: 1, failed: 1 } },
  { from: "b", events: 0, runs: {} },
  { from: "c", events: 3, runs: { uncertain: 1, held: 1, cancelled: 1 } },
];

test("hours are put together, and none is lost at the end", () => {
  assert.deepEqual(
    barsOf(hours, 2).map(({ from, events }) => [from, events]),
    [
      ["a", 2],
      ["c", 3],
    ],
  );
});

test("what needs a person is counted together, and nothing is counted twice", () => {
  assert.deepEqual(sumOf(hours), { events: 5, succeeded: 1, failed: 2, waiting: 1, other: 1 });
});
