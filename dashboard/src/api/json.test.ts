import assert from "node:assert/strict";
import test from "node:test";
import { parse, rawText } from "./json.ts";

test("numbers keep the text that they came with, there and back", () => {
  const text = '{"prezzo":89.90,"id":12345678901234567890,"n":3,"list":[1.0]}';
  assert.equal(JSON.stringify(parse(text)), text);
  assert.equal(rawText((parse(text) as { id: unknown }).id), "12345678901234567890");
});

test("everything else is parsed as ever", () => {
  assert.deepEqual(parse('{"a":[1,"x",null,true]}'), { a: [1, "x", null, true] });
  assert.equal(rawText(3), undefined);
});
