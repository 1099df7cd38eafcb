import assert from "node:assert/strict";
import test from "node:test";
import { match } from "./match.ts";

test("a path fits the pattern whose parts it has, and gives the named ones", () => {
  assert.deepEqual(match("/", "/"), {});
  assert.deepEqual(match("/events", "/events/"), {});
  assert.deepEqual(match("/events/:id", "/events/evt_1"), { id: "evt_1" });
  assert.deepEqual(match("/a/:id", "/a/b%2Fc"), { id: "b/c" });
});

test("an optional part may be missing, another may not, and none may be too many", () => {
  assert.deepEqual(match("/automations/:id/:tab?", "/automations/aut_1"), { id: "aut_1" });
  assert.deepEqual(match("/automations/:id/:tab?", "/automations/aut_1/steps"), { id: "aut_1", tab: "steps" });
  assert.equal(match("/automations/:id/:tab?", "/automations/aut_1/steps/more"), undefined);
  assert.equal(match("/automations/:id/:tab?", "/automations"), undefined);
  assert.equal(match("/events", "/eventsx"), undefined);
});

test("an address that nobody could have written names nothing", () => {
  assert.equal(match("/events/:id", "/events/%E0%A4%A"), undefined);
});
