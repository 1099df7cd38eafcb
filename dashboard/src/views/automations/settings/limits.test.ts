import assert from "node:assert/strict";
import test from "node:test";
import { readLimit, writeLimit } from "./read-limit.ts";

test("a limit is read as people write it, in either language", () => {
  assert.equal(readLimit("", 1), null);
  assert.equal(readLimit(" 5000 ", 1), 5_000);
  assert.equal(readLimit("1.000.000", 1), 1_000_000);
  assert.equal(readLimit("1,000,000", 1), 1_000_000);
  assert.equal(readLimit("2,5", 1_000_000), 2_500_000);
  assert.equal(readLimit("0.5", 1_000_000), 500_000);
});

test("what is no limit is none", () => {
  for (const text of ["0", "1.5", "-1", "many", "1e9", "1.2.3", "99999999999"])
    assert.equal(readLimit(text, 1), undefined, text);
});

test("what is written is read as the same", () => {
  for (const limit of [null, 1, 1_000, 1_234_000, 2_500_000, 4_294_967_295]) {
    for (const unit of [1, 1_000_000]) assert.equal(readLimit(writeLimit(limit, unit), unit), limit);
  }
});
