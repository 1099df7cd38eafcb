import assert from "node:assert/strict";
import test from "node:test";
import { changeOf, draftOf } from "./draft.ts";

const contact = {
  id: "cnt_1",
  name: "Ada",
  phone: "+393331234567",
  email: null,
  tags: ["sito", "vip"],
  properties: { ordini: 3, note: "ok" },
  created_at: "",
  updated_at: "",
};

test("what nobody touched is not sent", () => {
  assert.deepEqual(changeOf(contact, draftOf(contact)), {});
});

test("an emptied field is sent as null, a changed one as text", () => {
  assert.deepEqual(changeOf(contact, { ...draftOf(contact), name: " ", email: "a@b.it" }), {
    name: null,
    email: "a@b.it",
  });
});

test("a property that nobody touched keeps its kind beside one that was changed", () => {
  const draft = draftOf(contact);
  draft.properties[1] = { key: "note", name: "note", text: "nuova", kept: "ok" };
  assert.deepEqual(changeOf(contact, draft), { properties: { ordini: 3, note: "nuova" } });
});

test("labels are split at commas, without blanks and repetitions", () => {
  assert.deepEqual(changeOf(contact, { ...draftOf(contact), tags: "a, ,b,a" }), { tags: ["a", "b"] });
});
