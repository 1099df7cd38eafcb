import assert from "node:assert/strict";
import { test } from "node:test";
import { canBeNamed, changeFields, type FieldPiece, fieldSource, fieldsIn, piecesOf, STYLES } from "./template.ts";

const whole = (template: string, known?: (name: string) => boolean) =>
  piecesOf(template, known)
    .map((piece) => piece.source)
    .join("");
const names = (template: string, known?: (name: string) => boolean) =>
  piecesOf(template, known).flatMap((piece) => (piece.kind === "field" ? [piece.name] : []));
const only = (template: string) => piecesOf(template)[0] as FieldPiece;

const HOSTILE = [
  "your-email",
  "Nome e cognome",
  "a\\.b",
  "C'è altro?",
  'il "nome"',
  "città",
  "prodotti[].nome",
  "a}b",
  "x{y",
];

test("hostile names are chips, and come back as they were", () => {
  for (const name of HOSTILE) {
    const template = `Ciao ${fieldSource(name)}, ${fieldSource(name, { style: "upper", fallback: 'il "cliente"' })}!`;
    assert.equal(whole(template), template, name);
    assert.equal(
      whole(template, (known) => known === name),
      template,
      name,
    );
    assert.deepEqual(
      names(template, (known) => known === name),
      [name, name],
      name,
    );
  }
});

test("what is no field stays text, and nothing is lost", () => {
  for (const template of [
    "{% if a %}x{% endif %}",
    "{# {{ a }} #}",
    "{% raw %}{{ a }}{% endraw %}",
    "{{ a",
    "{{}}",
    "{{ }}",
    "{{- a -}}",
    "{{ a ~ b }}",
    "{{ 1 + 2 }}",
    '{{ "a" }}',
    "{ { a } }",
    "}} {{",
    "{",
    "{% raw %}{{ a }}",
    "{{ a if b else c }}",
    "{{ range(3) }}",
  ]) {
    assert.equal(whole(template), template);
    assert.deepEqual(names(template), [], template);
  }
});

test("every text is its pieces", () => {
  const parts = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "raw",
    "endraw",
    '"',
    "'",
    "\\",
    "|",
    " a ",
    "default(",
    ")",
    "\n",
    "{",
  ];
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from(
      { length: 1 + Math.floor(random() * 9) },
      () => parts[Math.floor(random() * parts.length)],
    ).join("");
    assert.equal(whole(text), text);
    assert.equal(
      whole(text, (name) => name === "a"),
      text,
    );
  }
});

test("a chip's look is read from its filters, and written as them", () => {
  assert.deepEqual(only("{{ nome }}").look, { style: "" });
  assert.deepEqual(only('{{nome|default("cliente")}}').look, { style: "", fallback: "cliente" });
  assert.deepEqual(only("{{ a | date(\"%d/%m/%Y\") | default('presto') }}").look, {
    style: STYLES.date,
    fallback: "presto",
  });
  assert.deepEqual(only('{{ a | money("USD", "en") }}').look, { style: 'money("USD", "en")' });
  assert.deepEqual(only("{{ a | truncate(20) | upper }}").look, { style: "", custom: "truncate(20) | upper" });
  assert.deepEqual(only('{{ a | default("x") | upper }}').look, { style: "", custom: 'default("x") | upper' });
  assert.deepEqual(only("{{ a | default(b) }}").look, { style: "", custom: "default(b)" });
  assert.equal(only('{{ a | default("}}") }}').look.fallback, "}}");
  for (const look of [
    { style: "" },
    { style: STYLES.weekday },
    { style: "", fallback: 'a "b" \\ c\nd' },
    { style: "", custom: "x | y(1)" },
  ]) {
    assert.deepEqual(only(fieldSource("nome", look)).look, look);
  }
});

test("fields are listed, and changed in place", () => {
  const params = {
    to: "{{ telefon }}",
    template: { body: ["{{ nome | upper }}", "{{ telefon }}"], buttons: [null, 3] },
  };
  assert.deepEqual(
    fieldsIn(params).map(({ name }) => name),
    ["telefon", "nome"],
  );
  const mended = changeFields(params, "telefon", ({ look }) => fieldSource("telefono", look));
  assert.equal(JSON.stringify(mended), JSON.stringify(params).replaceAll("telefon ", "telefono "));
});

test("names that no template can write are known", () => {
  for (const name of HOSTILE) assert.ok(canBeNamed(name), name);
  for (const name of ["a|b", "a}}b", "{{", "a\nb", " a", "Totale(EUR)", '"a"']) assert.ok(!canBeNamed(name), name);
});
