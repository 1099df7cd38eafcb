import assert from "node:assert/strict";
import test from "node:test";
import { localInput, toIso } from "./time-input.ts";

test("a moment goes into a date field and comes back, to the minute", () => {
  const iso = "2026-03-29T10:05:00.000Z";
  assert.equal(toIso(localInput(iso)), iso);
});

test("what is no moment leaves the field empty", () => {
  assert.equal(localInput("yesterday"), "");
  assert.equal(localInput(undefined), "");
  assert.equal(toIso(""), "");
});
