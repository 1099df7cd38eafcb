import assert from "node:assert/strict";
import test from "node:test";
import { joined, readPerson } from "./person.ts";

test("a person is named by a number in any notation, or by an address", () => {
  assert.deepEqual(readPerson(" +39 333 123-45.67 "), { phone: "+39 333 123-45.67" });
  assert.deepEqual(readPerson("(0) 333/1234567"), { phone: "(0) 333/1234567" });
  assert.deepEqual(readPerson("ada@example.com"), { email: "ada@example.com" });
});

test("what names nobody is not asked about", () => {
  for (const text of [
    "",
    "Ada",
    "12345",
    "ada@",
    "ada@example",
    "two@example.com three@example.com",
    "+39 abc 333123456",
  ]) {
    assert.equal(readPerson(text), undefined, text);
  }
});

test("an export in parts becomes one", () => {
  const part = (id: string) => ({ events: [{ id }], runs: [], outbox: [], contacts: [{ id }], fields: [], next: null });
  const whole = joined([part("1"), part("2")] as never);
  assert.deepEqual(whole.events, [{ id: "1" }, { id: "2" }]);
  assert.deepEqual(Object.keys(whole), ["events", "runs", "outbox", "contacts", "fields"]);
});
