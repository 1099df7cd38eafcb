// Typed test events.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson, readRows } from "./draft.ts";

test("a value that nobody touched keeps its kind, a typed one is text", () => {
  const rows = [
    { id: 1, key: "totale", text: "89.9", was: 89.9 },
    { id: 2, key: " nome ", text: "Ada" },
    { id: 3, key: "", text: "lost" },
  ];
  assert.deepEqual(readRows(rows), { totale: 89.9, nome: "Ada" });
});

test("only an object with something in it can be sent", () => {
  assert.deepEqual(readJson('{"a":1}'), { a: 1 });
  for (const text of ["", "{", "[]", "{}", "1", "null"]) assert.equal(readJson(text), undefined);
  assert.equal(readRows([]), undefined);
});
