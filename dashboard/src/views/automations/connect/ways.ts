// Code to paste that sends to a source: as curl, as an HTML form, as JavaScript.
// It is text for other systems and speaks their languages; what a person reads around it stands in the dictionaries.

import type { Payload } from "../example.ts";

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export const curl = (url: string, payload: Payload): string =>
  `curl ${quoted(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify(payload, null, 2))}`;

/** A script tag would end at `</`, wherever that stands. */
const forScript = (text: string) => text.replaceAll("</", "<\\/");

export const javascript = (url: string, payload: Payload): string =>
  `await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(${forScript(JSON.stringify(payload, null, 2)).replaceAll("\n", "\n  ")}),
});`;

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const INPUT_TYPES: [RegExp, string][] = [
  [/e-?mail/i, "email"],
  [/tel|phone|cell/i, "tel"],
  [/^(data|date)$/i, "date"],
];

function control(name: string, value: unknown): string {
  if (/messag|note|nota|message|richiesta/i.test(name)) return `<textarea name="${escaped(name)}"></textarea>`;
  const type = typeof value === "number" ? "number" : INPUT_TYPES.find(([pattern]) => pattern.test(name))?.[1];
  const step = type === "number" ? ' step="any"' : "";
  return `<input name="${escaped(name)}"${type ? ` type="${type}"` : ""}${step}>`;
}

/** `nome_cliente` as a label: `Nome cliente`. */
function labelOf(name: string): string {
  const words = name.replaceAll(/[_.-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Fields of a form are flat: what is nested goes by the names in brackets that forms use for it. */
function flat(payload: Payload, under = ""): [string, unknown][] {
  return Object.entries(payload).flatMap(([key, value]): [string, unknown][] => {
    const name = under ? `${under}[${key}]` : key;
    if (Array.isArray(value)) return [];
    return typeof value === "object" && value !== null ? flat(value as Payload, name) : [[name, value]];
  });
}

export function htmlForm(url: string, payload: Payload, send: string): string {
  const rows = flat(payload).map(([name, value]) => {
    const label = labelOf(name.replaceAll(/[[\]]+/g, " "));
    return `  <label>${escaped(label)} ${control(name, value)}</label>`;
  });
  return `<form action="${escaped(url)}" method="post">\n${rows.join("\n")}\n  <button>${escaped(send)}</button>\n</form>`;
}
