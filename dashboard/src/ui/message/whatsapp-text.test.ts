import assert from "node:assert/strict";
import { test } from "node:test";
import { type WhatsAppNode, whatsAppText } from "./whatsapp-text.ts";

const flat = (nodes: WhatsAppNode[]): string =>
  nodes.map((node) => (typeof node === "string" ? node : `<${node.style}>${flat(node.children)}</>`)).join("");
const shown = (text: string) => flat(whatsAppText(text));

test("pairs are styles", () => {
  assert.equal(shown("Ciao *Ada*, _a presto_!"), "Ciao <bold>Ada</>, <italic>a presto</>!");
  assert.equal(shown("*_tutte e due_*"), "<bold><italic>tutte e due</></>");
  assert.equal(shown("~9 €~ `A-1`"), "<struck>9 €</> <code>A-1</>");
  assert.equal(shown("```a *b*\nc```"), "<code>a *b*\nc</>");
});

test("what is no pair stays as it was written", () => {
  for (const text of ["2 * 3 * 4", "nome_del_campo", "*aperto", "* a*", "*a *", "*a\nb*", "**", "`", "a*b*c", "__"]) {
    assert.equal(shown(text), text);
  }
});

test("markup is text, and endless signs end", () => {
  assert.equal(shown("<b>*x*</b>"), "<b><bold>x</></b>");
  assert.equal(typeof shown("*_~".repeat(5_000)), "string");
});
