import assert from "node:assert/strict";
import test from "node:test";
import { readable } from "./readable.ts";

test("JSON on one line is indented, and its long numbers keep their digits", () => {
  assert.equal(
    readable('{"id":12345678901234567890,"a":["x, {y}","\\""]}'),
    '{\n  "id": 12345678901234567890,\n  "a": [\n    "x, {y}",\n    "\\""\n  ]\n}',
  );
});

test("what is no JSON, or is indented already, stays as it came", () => {
  for (const body of ["nome=Ada&x=1", '{\n "a": 1}', "<a/>", ""]) assert.equal(readable(body), body);
});

test("a body that only looks like JSON loses nothing but white space", () => {
  const body = '{"a": }}} ]["';
  assert.equal(readable(body).replace(/\s/g, ""), body.replace(/\s/g, ""));
});
