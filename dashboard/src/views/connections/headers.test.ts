import assert from "node:assert/strict";
import test from "node:test";
import { headersText, parseHeaders } from "./headers.ts";

test("headers go onto lines and come back", () => {
  const headers = { Authorization: "Bearer a:b", "X-Shop": "1" };
  assert.deepEqual(parseHeaders(headersText(headers)), { headers });
});

test("blank lines are passed over, and what is no header is named", () => {
  assert.deepEqual(parseHeaders("\n  \n"), { headers: {} });
  assert.deepEqual(parseHeaders("A: 1\nBearer abc"), { bad: "Bearer abc" });
  assert.deepEqual(parseHeaders("A:"), { bad: "A:" });
  assert.deepEqual(parseHeaders("my name: x"), { bad: "my name: x" });
});
