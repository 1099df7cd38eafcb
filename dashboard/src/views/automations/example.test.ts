// Examples: they have the shape that the source sends, and reach nobody.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field } from "../../api/client.ts";
import { exampleFor, exampleOfFields, partsOf, put, starterSample } from "./example.ts";
import { mentionedIn } from "./mentions.ts";
import { STARTERS } from "./starters/index.ts";

const field = (path: string, more: Partial<Field> = {}): Field => ({
  path,
  kinds: ["text"],
  meaning: null,
  samples: [],
  present: 1,
  empty: 0,
  first_seen: "2026-11-24T10:00:00Z",
  last_seen: "2026-11-24T10:00:00Z",
  test_only: false,
  masked: false,
  ...more,
});

test("a path is taken apart at its dots, escaped ones aside", () => {
  assert.deepEqual(partsOf("cliente.nome"), [
    { key: "cliente", items: false },
    { key: "nome", items: false },
  ]);
  assert.deepEqual(partsOf("a\\.b.c[]"), [
    { key: "a.b", items: false },
    { key: "c", items: true },
  ]);
});

test("values land where their paths say, also in the items of a list", () => {
  const payload = {};
  put(payload, "cliente.nome", "Ada");
  put(payload, "prodotti[].nome", "Tazza");
  put(payload, "prodotti[].quantita", 2);
  put(payload, "tag[]", "a");
  assert.deepEqual(payload, {
    cliente: { nome: "Ada" },
    prodotti: [{ nome: "Tazza", quantita: 2 }],
    tag: ["a"],
  });
});

test("an example of learned fields has their shape and kinds", () => {
  const example = exampleOfFields(
    [
      field("ordine.totale", { kinds: ["number"], meaning: "money", samples: ["89.90"] }),
      field("righe", { kinds: ["list"], samples: ['[{"nome":"Tazza"}]'] }),
      field("righe[].nome", { samples: ["Tazza"] }),
      field("taglie", { kinds: ["list"], samples: ['["S","M"]'] }),
      field("consenso", { kinds: ["boolean"], samples: ["true"] }),
    ],
    "it",
  );
  assert.deepEqual(example, {
    ordine: { totale: 89.9 },
    righe: [{ nome: "Tazza" }],
    taglie: ["S", "M"],
    consenso: true,
  });
});

test("whom a sample could reach is never in an example", () => {
  const people = [
    field("telefono", { meaning: "phone", samples: ["+39 348 0000001"] }),
    field("email", { meaning: "email", samples: ["vera@cliente.it"] }),
    field("nome", { meaning: "name", samples: ["Vera Persona"] }),
    field("first_name", { samples: ["Vero"] }),
    field("contatto", { samples: ["+39 348 000 0002"] }),
    field("scrivi_a", { samples: ["vera@altro.it"] }),
  ];
  const example = JSON.stringify(exampleOfFields(people, "it"));
  for (const { samples } of people) assert.ok(!example.includes(samples[0] as string));
});

test("things keep their names, dates and numbers theirs", () => {
  const things = [
    field("righe[].nome", { samples: ["Tazza"] }),
    field("giorno", { samples: ["2026-12-05 18:30"] }),
    field("importo", { kinds: ["number"], meaning: "money", samples: ["1234567890"] }),
  ];
  assert.deepEqual(exampleOfFields(things, "it"), {
    righe: [{ nome: "Tazza" }],
    giorno: "2026-12-05 18:30",
    importo: 1234567890,
  });
});

test("an automation made from a starter finds its starter's sample", () => {
  for (const starter of STARTERS) {
    for (const language of ["it", "en"] as const) {
      const text = starter.in[language];
      const steps = text.steps("team@test.example").map((step) => ({ ...step }) as never);
      assert.deepEqual(starterSample({ condition: null, steps }, language), text.sample);
    }
  }
});

test("without a starter the mentioned fields make the example", () => {
  const steps = [{ id: "s1", action: "send_email", params: { to: "{{ cliente.email }}", text: "{{ xyz | upper }}" } }];
  const example = exampleFor({ condition: null, steps: steps as never }, [], "it");
  assert.deepEqual(example, { cliente: { email: "giulia.ferri@example.com" }, xyz: "un testo di esempio" });
});

test("mentions are what stands before the first filter, the system's own names aside", () => {
  assert.deepEqual(mentionedIn('{{ nome }} {{ Nome e cognome | default("x") }} {{contact.name}} {{ payload.a }}'), [
    "nome",
    "Nome e cognome",
    "a",
  ]);
});
