// Tables in a document: between `<!-- figures: name -->` and `<!-- end -->` stands what a tool wrote, everything else is
// a person's. It touches nothing outside of the marks, and refuses a document that lacks one.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, ROOT } from "../../scripts/project.mjs";

/** A Markdown table; a column of numbers stands to the right. */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const isNumber = (cell) => cell === "" || cell === "not measured" || /^[*≤$€\d.,/× -]+$/.test(cell);
  const rule = (_, column) => (column > 0 && rows.every((row) => isNumber(row[column])) ? "---:" : "---");
  return [line(heads), line(heads.map(rule)), ...rows.map(line)].join("\n");
}

/** Writes texts into the places of these names. */
export function fill(path, texts) {
  const file = join(ROOT, path);
  let document = readFileSync(file, "utf8");
  for (const [name, text] of Object.entries(texts)) {
    const begin = `<!-- figures: ${name} -->`;
    const at = document.indexOf(begin);
    const end = document.indexOf("<!-- end -->", at);
    if (at < 0 || end < 0) throw new Failure(`${path} has no place for the figures "${name}": put \`${begin}\` and \`<!-- end -->\` back`);
    document = `${document.slice(0, at + begin.length)}\n${text}\n${document.slice(end)}`;
  }
  writeFileSync(file, document);
}

/** A number as people read it: 1,234 or 12.3 or 0.57. */
export function number(value, digits) {
  if (value === null || value === undefined || Number.isNaN(value)) return "not measured";
  const places = digits ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}
