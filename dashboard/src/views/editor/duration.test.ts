import assert from "node:assert/strict";
import { test } from "node:test";
import { spoken } from "./duration.ts";

test("seconds are said in the largest unit that fits", () => {
  assert.deepEqual(spoken(3_600), { amount: 1, unit: "hours" });
  assert.deepEqual(spoken(5_400), { amount: 90, unit: "minutes" });
  assert.deepEqual(spoken(172_800), { amount: 2, unit: "days" });
  assert.deepEqual(spoken(1_209_600), { amount: 2, unit: "weeks" });
  assert.equal(spoken(61), undefined);
  assert.equal(spoken(0), undefined);
  assert.equal(spoken(Number.NaN), undefined);
});
