import assert from "node:assert/strict";
import test from "node:test";
import { headersText, hostsText, parseHeaders, parseHosts } from "./lines.ts";

test("headers go onto lines and come back", () => {
  const headers = { Authorization: "Bearer a:b", "X-Shop": "1" };
  assert.deepEqual(parseHeaders(headersText(headers)), { headers });
});

test("blank lines are passed over, and what is no header is named", () => {
  assert.deepEqual(parseHeaders("\n  \n"), { headers: {} });
  assert.deepEqual(parseHeaders("A: 1\nBearer abc"), { bad: "Bearer abc" });
  assert.deepEqual(parseHeaders("A:"), { bad: "A:" });
  assert.deepEqual(parseHeaders("my name: x"), { bad: "my name: x" });
  assert.deepEqual(parseHeaders("A: 1\nA: 2\nconstructor: 3"), { headers: { A: "1, 2", constructor: "3" } });
});

test("hosts go onto lines and come back, however they were parted", () => {
  const hosts = ["api.example.com", "*.shop.example:8443"];
  assert.deepEqual(parseHosts(hostsText(hosts)), hosts);
  assert.deepEqual(parseHosts(" a.example, b.example\n\n c.example\n"), ["a.example", "b.example", "c.example"]);
  assert.deepEqual(parseHosts(hostsText(undefined)), []);
});
