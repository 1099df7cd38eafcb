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
  hidden: "values hidden",
  noSample: "no sample",
  present: (n: number, all: number) => `in ${n} of ${all}`,
  emptyIn: (n: number) => plural(n, { one: "empty in {n}", other: "empty in {n}" }),
  since: "first:",
  hide: (name: string) => `Hide the values of ${name}`,
  show: (name: string) => `Show the values of ${name} again`,
  forget: (name: string) => `Forget ${name}`,
  shownAgain: "The next values will be shown again.",
  mask: {
    title: (name: string) => `Hide the values of “${name}”?`,
    text: "The samples are forgotten at once and no more are kept. In messages the field goes on working.",
    act: "Hide the values",
  },
  forgetting: {
    title: (name: string) => `Forget “${name}”?`,
    text: "It leaves this list with its samples and counts. If it is sent again, it is learned anew. Stored events do not change.",
    act: "Forget the field",
  },
};
