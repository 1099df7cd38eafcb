import assert from "node:assert/strict";
import test from "node:test";
import { notes } from "../../i18n/it/failures.ts";
import { noteText, readDelivery } from "./reports.ts";

test("a report of a provider is read, and nothing else is taken for one", () => {
  const at = "2026-01-01T00:00:00Z";
  assert.deepEqual(readDelivery({ status: "read", at }), { status: "read", at });
  for (const value of [
    undefined,
    null,
    "read",
    { status: "eaten", at },
    { status: "read" },
    { status: "read", at: "soon" },
  ]) {
    assert.equal(readDelivery(value), undefined);
  }
});

test("a note is said in Italian, with what it names", () => {
  assert.equal(noteText("to: `333 12` was read as +3933312", notes), "to: «333 12» è stato letto come +3933312");
  assert.match(noteText("until: waits until 2026-12-24T17:00:00Z", notes), /^Aspetta fino a 2026/);
  assert.match(noteText("`email`: no address; it was left out", notes), /lasciato fuori/);
});

test("a note that nobody knows stays as it is, and a stranger's text is never a pattern", () => {
  assert.equal(noteText("something else", notes), "something else");
  assert.equal(noteText("to: `$1$&` was read as +39", notes), "to: «$1$&» è stato letto come +39");
});
