// The code to paste stays code whatever the payload holds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, htmlForm, javascript } from "./ways.ts";

const url = "https://hooks.example.com/in/abc";

test("a quote in a value ends no shell argument", () => {
  assert.ok(curl(url, { nota: "l'ordine" }).includes("l'\\''ordine"));
});

test("a closing tag in a value ends no script", () => {
  assert.ok(!javascript(url, { nota: "</script>" }).includes("</script>"));
});

test("a form has a control for every flat field, nested ones by their bracketed name", () => {
  const form = htmlForm(url, { nome: "Ada", email: "a@b.it", cliente: { citta: "Bari" }, righe: [{ a: 1 }] }, "Invia");
  assert.ok(form.includes('<label>Email <input name="email" type="email"></label>'));
  assert.ok(form.includes('<label>Cliente citta <input name="cliente[citta]"></label>'));
  assert.ok(!form.includes("righe"));
});

test("a name that is markup stays a name", () => {
  assert.ok(!htmlForm(url, { '"><script>': 1 }, "Invia").includes("<script>"));
});
