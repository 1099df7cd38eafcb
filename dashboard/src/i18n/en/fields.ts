// Words of the room: fields.

import { pluralFor } from "../plural.ts";

const plural = pluralFor("en");

export const fields = {
  title: "Fields",
  lead: (n: number) =>
    plural(n, {
      one: "Learned from {n} event, with nothing to set up. A new field shows here as soon as it arrives; no event is ever refused for its fields.",
      other:
        "Learned from {n} events, with nothing to set up. A new field shows here as soon as it arrives; no event is ever refused for its fields.",
    }),
  empty: {
    title: "No fields yet",
    text: "Fields are learned by themselves from the first data that arrives at the address; a test event will do.",
    act: "Connect or try it out",
  },
  columns: {
    path: "Field",
    meaning: "Meaning",
    samples: "Samples",
    present: "Presence",
    seen: "Seen",
    storage: "Stored",
    acts: "Actions",
  },
  kinds: { text: "text", number: "number", boolean: "yes or no", null: "empty", list: "list" },
  meanings: {
    email: "e-mail",
    phone: "phone",
    name: "name",
    date: "date",
    datetime: "date and time",
    money: "amount",
    url: "web address",
    country: "country",
    id: "code",
  },
  noMeaning: "none",
  meaningOf: (name: string) => `Meaning of ${name}`,
  testOnly: "tests only",
  noSample: "no sample",
  present: (n: number, all: number) => `in ${n} of ${all}`,
  emptyIn: (n: number) => plural(n, { one: "empty in {n}", other: "empty in {n}" }),
  since: "first:",
  forget: (name: string) => `Forget ${name}`,
  storageOf: (name: string) => `What is stored of ${name}`,
  stored: "It holds from the next delivery on",
  storedBefore: "What is stored already stays as it is: to be rid of it, delete the events or use the Privacy room.",
  storage: {
    show: {
      name: "in clear",
      short: "",
      ask: (name: string) => `Store “${name}” in clear?`,
      text: "From the next delivery on, values are stored and shown as they arrive.",
      act: "Store in clear",
    },
    mask: {
      name: "hidden from people",
      short: "values hidden",
      ask: (name: string) => `Hide “${name}” from people?`,
      text: "Values are stored whole and work in messages as before, but among events and samples only their beginning shows. Runs, the outbox and contacts still show them. You can go back at any time.",
      act: "Hide",
    },
    hash: {
      name: "a fingerprint only",
      short: "only a fingerprint is stored",
      ask: (name: string) => `Store only a fingerprint of “${name}”?`,
      text: "A code is stored in the value's place: equal values give the same code, but nobody can get back to the value, not even you. It cannot be undone. Messages that use the field get the code.",
      act: "Store the fingerprint only",
    },
    none: {
      name: "do not store",
      short: "not stored",
      ask: (name: string) => `Do not store “${name}”?`,
      text: "The value is thrown away as it arrives, before anything is stored, and cannot be had back. Messages that use the field find it empty.",
      act: "Do not store it",
    },
  },
  forgetting: {
    title: (name: string) => `Forget “${name}”?`,
    text: "It leaves this list with its samples and counts. If it is sent again, it is learned anew. Stored events do not change.",
    act: "Forget the field",
  },
};
