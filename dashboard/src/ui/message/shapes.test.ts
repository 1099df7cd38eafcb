import assert from "node:assert/strict";
import { test } from "node:test";
import { indented, readEmail, readHttp, readWhatsApp } from "./shapes.ts";

test("a step's input and an outbox message read the same", () => {
  const template = { name: "benvenuto", language: "it", body: ["Ada", "A-1"], buttons: [null, "A-1"], header: "Ciao" };
  assert.deepEqual(readWhatsApp({ to: "+39", template }).template, readWhatsApp({ template }).template);
  assert.deepEqual(readWhatsApp({ template }).template, {
    name: "benvenuto",
    language: "it",
    header: { text: "Ciao" },
    values: [
      { name: "1", value: "Ada" },
      { name: "2", value: "A-1" },
    ],
    buttons: [null, "A-1"],
  });
  const named = readWhatsApp({
    template: { body: { nome: "Ada" }, header: { image: { link: "https://x" } } },
  }).template;
  assert.deepEqual(named?.values, [{ name: "nome", value: "Ada" }]);
  assert.deepEqual(named?.header, { media: "image", link: "https://x", filename: undefined });
});

test("nothing that the API could say makes it fail", () => {
  for (const value of [
    null,
    undefined,
    3,
    "x",
    [],
    {},
    { template: null },
    { template: 3, to: {} },
    { headers: [1], cc: 4 },
  ]) {
    readWhatsApp(value);
    readEmail(value);
    readHttp(value);
  }
});

test("a body is shown on lines, and its numbers keep their digits", () => {
  const long = '{"id":12345678901234567890,"prezzo":89.90,"a":[],"b":{ },"testo":"{a: \\"b\\", c}"}';
  const shown = readHttp({ method: "PUT", body: long }, "https://example.com").body ?? "";
  assert.equal(
    shown,
    '{\n  "id": 12345678901234567890,\n  "prezzo": 89.90,\n  "a": [],\n  "b": {},\n  "testo": "{a: \\"b\\", c}"\n}',
  );
  assert.equal(JSON.stringify(JSON.parse(indented('{"a":[1,{"b":2}]}'))), '{"a":[1,{"b":2}]}');
  assert.equal(readHttp({ body: "{non json" }).body, "{non json");
});

test("an http request is addressed by its input or by its outbox message", () => {
  assert.equal(readHttp({ url: "https://a" }).url, "https://a");
  assert.equal(readHttp({ method: "POST" }, "https://b").url, "https://b");
  assert.equal(readHttp({ form: { a: "1 2" } }).body, "a=1+2");
});
