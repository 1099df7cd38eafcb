import assert from "node:assert/strict";
import test from "node:test";
import { fill, packedWords, sharedNames, textsOf } from "../../words.ts";
import { en } from "./en/index.ts";
import { it } from "./it/index.ts";

test("a packed dictionary is the dictionary", () => {
  const all = [en, it] as never[];
  const names = sharedNames(all);
  for (const words of all) assert.deepEqual(fill(names, textsOf(words, names)), words);
});

test("a list by code that languages fill differently is one text", () => {
  const all = [
    { a: { x: "1" }, codes: { c: "2" } },
    { a: { x: "3" }, codes: { c: "4", d: "5" } },
  ];
  const names = sharedNames(all);
  assert.deepEqual(names, { a: { x: 0 }, codes: 0 });
  assert.deepEqual(textsOf(all[1] as never, names), ["3", { c: "4", d: "5" }]);
});

test("every text of every language can go by its source", async () => {
  const { load } = packedWords(["en", "it"]) as unknown as { load: (id: string) => Promise<string | undefined> };
  for (const language of ["en", "it"]) assert.match((await load(`src/i18n/${language}/index.ts`)) ?? "", /fill\(\[/);
  assert.equal(await load("src/i18n/index.tsx"), undefined);
});
