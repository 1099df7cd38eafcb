import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changed,
  type Draft,
  freshId,
  inserted,
  moved,
  newStep,
  removed,
  stepInput,
  stepPath,
  withParam,
} from "./draft.ts";

const draft: Draft = { condition: null, steps: ["a", "b", "c"].map((id) => newStep("stop", id)) };
const ids = ({ steps }: Draft) => steps.map(({ id }) => id).join("");

test("steps move one place, and stay at the edges", () => {
  assert.equal(ids(moved(draft, "b", -1)), "bac");
  assert.equal(ids(moved(draft, "b", 1)), "acb");
  assert.equal(ids(moved(draft, "a", -1)), "abc");
  assert.equal(ids(moved(draft, "c", 1)), "abc");
  assert.equal(ids(moved(draft, "x", 1)), "abc");
});

test("steps come and go, and what was deleted comes back to its place", () => {
  const without = removed(draft, "b");
  assert.equal(ids(without), "ac");
  assert.equal(ids(inserted(without, 1, newStep("stop", "b"))), "abc");
  assert.equal(changed(draft, "b", { enabled: false }).steps[1]?.enabled, false);
  assert.equal(draft.steps[1]?.enabled, true);
});

test("an id is never given twice", () => {
  assert.equal(freshId([]), "s1");
  assert.equal(freshId([{ id: "s2" }]), "s3");
  assert.equal(freshId([{ id: "a" }], new Set(["s2", "s3"])), "s4");
});

test("what an empty form leaves behind is not sent", () => {
  const step = newStep("http_request", "s1", {
    url: "https://x",
    body: "",
    headers: {},
    cc: [],
    idempotent: false,
    n: 0,
    j: null,
  });
  assert.deepEqual(stepInput(step).params, { url: "https://x", idempotent: false, n: 0 });
  assert.deepEqual(withParam({ a: 1, b: 2 }, "a", undefined), { b: 2 });
});

test("a path names a step and a place in it", () => {
  assert.deepEqual(stepPath("steps[12].params.template.body[0]"), [12, "params.template.body[0]"]);
  assert.deepEqual(stepPath("steps[0]"), [0, ""]);
  assert.equal(stepPath("steps"), undefined);
  assert.equal(stepPath("condition.op"), undefined);
});
