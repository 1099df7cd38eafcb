import assert from "node:assert/strict";
import { test } from "node:test";
import { imaginedPayload, keysOf, samplePayload } from "./samples.ts";

const field = (path: string, samples: string[] = [], kind = "text", meaning: string | null = null) => ({
  path,
  samples,
  kinds: [kind] as never,
  meaning: meaning as never,
});

test("a path is its keys", () => {
  assert.deepEqual(keysOf("a.b"), ["a", "b"]);
  assert.deepEqual(keysOf("a\\.b.c"), ["a.b", "c"]);
  assert.deepEqual(keysOf("prodotti[].nome"), ["prodotti", "[]", "nome"]);
  assert.deepEqual(keysOf("a.b[].c.d"), ["a", "b", "[]", "c", "d"]);
  assert.deepEqual(keysOf("tag[]"), ["tag", "[]"]);
});

test("samples become a payload with the learned shape", () => {
  const payload = samplePayload([
    field("nome", ["Ada"]),
    field("cliente.città", ["Roma"]),
    field("a\\.b", ["x"]),
    field("totale", ["89.90"], "number"),
    field("attivo", ["true"], "boolean"),
    field("prodotti", ['[{"nome":"Sc'], "list"),
    field("prodotti[].nome", ["Scarpe"]),
    field("prodotti[].prezzo", ["9"], "number"),
    field("tag", ['["a","b"]'], "list"),
    field("telefono", [], "text", "phone"),
    field("note"),
  ]);
  assert.deepEqual(payload, {
    nome: "Ada",
    cliente: { città: "Roma" },
    "a.b": "x",
    totale: 89.9,
    attivo: true,
    prodotti: [{ nome: "Scarpe", prezzo: 9 }],
    tag: ["a", "b"],
    telefono: "+39 333 1234567",
    note: "…",
  });
});

test("a hostile path harms nothing", () => {
  samplePayload([field("__proto__.x", ["1"]), field("a.__proto__.polluted", ["1"]), field("")]);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test("before the first event, what the draft mentions has values that its names suggest", () => {
  assert.deepEqual(imaginedPayload(["telefono", "cliente.nome", "your-email", "colore", "prodotti[].prezzo"]), {
    telefono: "+39 333 1234567",
    cliente: { nome: "Ada" },
    "your-email": "ada@example.com",
    colore: "colore",
    prodotti: [{ prezzo: "89.90" }],
  });
});
