import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "../../i18n/en/index.ts";
import { asGroup, conditionText, emitted } from "./condition.ts";

const one = { field: "stato", op: "equals", value: "pagato" } as const;
const two = { field: "totale", op: "greater_than", value: 100 } as const;

test("a single comparison becomes a group and itself again", () => {
  assert.deepEqual(asGroup(one), { all: [one] });
  assert.deepEqual(emitted(asGroup(one)), one);
  assert.deepEqual(emitted({ any: [one, two] }), { any: [one, two] });
  assert.deepEqual(emitted({ all: [{ any: [one, two] }] }), { all: [{ any: [one, two] }] });
  for (const value of [null, undefined, 3, [], "x"]) assert.ok("all" in asGroup(value));
});

test("a condition reads as a sentence", () => {
  assert.equal(
    conditionText({ all: [one, { any: [two, { field: "a\\.b", op: "empty" }] }] }, en.editor),
    "stato is “pagato” and (totale is greater than “100” or a.b is missing or empty)",
  );
  assert.equal(conditionText(null, en.editor), "");
});
