// Templates as the editor sees them: text, and fields that can be shown as chips. The pieces of a template, put together,
// are the template again, character for character.
// It renders nothing and judges nothing: the server does both. What it does not understand stays text.

export type Piece = { kind: "text"; source: string } | FieldPiece;

export interface FieldPiece {
  kind: "field";
  /** As it was written: `{{ nome | upper }}`. */
  source: string;
  /** What is filled in, without filters: `nome`. */
  name: string;
  look: Look;
}

/** How a field is written; `custom` when its filters are more than the menu of a chip offers. */
export interface Look {
  /** One of `STYLES`, with what stands in its parentheses; empty as it was sent. */
  style: string;
  /** What stands there when the field is missing or empty. */
  fallback?: string;
  /** The filters as they were written, when they are not of the above. */
  custom?: string;
}

/** What a chip's menu offers, as filters. The words for them stand in the dictionaries under the same keys. */
export const STYLES = {
  asSent: "",
  upper: "upper",
  lower: "lower",
  title: "title",
  capitalize: "capitalize",
  date: 'date("%d/%m/%Y")',
  dateTime: 'date("%d/%m/%Y %H:%M")',
  hour: 'date("%H:%M")',
  weekday: 'date("%A %-d %B")',
  money: 'money("EUR")',
  phone: "phone",
  join: 'join(", ")',
  count: "length",
  first: "first",
} as const;

export type StyleKey = keyof typeof STYLES;

/** The name of the style that these filters are, if they are one. */
export const styleKey = (style: string): StyleKey | undefined =>
  (Object.keys(STYLES) as StyleKey[]).find((key) => STYLES[key] === style);

type Known = (name: string) => boolean;
const nobody: Known = () => false;

/** Cuts a template. `known` says whether a name was sent just so: such a name may hold what would otherwise be syntax. */
export function piecesOf(template: string, known: Known = nobody): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  const flush = () => {
    if (text) pieces.push({ kind: "text", source: text });
    text = "";
  };
  let at = 0;
  while (at < template.length) {
    const start = nextTag(template, at);
    if (start < 0) break;
    text += template.slice(at, start);
    const end = template[start + 1] === "{" ? endOfTag(template, start, known) : endOfBlock(template, start);
    const source = template.slice(start, end);
    const field = template[start + 1] === "{" ? fieldOf(source, known) : undefined;
    if (field) {
      flush();
      pieces.push(field);
    } else text += source;
    at = end;
  }
  text += template.slice(at);
  flush();
  return pieces;
}

function nextTag(text: string, from: number): number {
  for (let at = text.indexOf("{", from); at >= 0; at = text.indexOf("{", at + 1)) {
    if ("{%#".includes(text[at + 1] || " ")) return at;
  }
  return -1;
}

/** Past `{% … %}` and `{# … #}`; what `{% raw %}` protects belongs to it. */
function endOfBlock(text: string, start: number): number {
  const close = text[start + 1] === "#" ? "#}" : "%}";
  const end = text.indexOf(close, start + 2);
  if (end < 0) return text.length;
  if (close === "%}" && text.slice(start + 2, end).trim() === "raw") {
    const raw = /\{%-?\s*endraw\s*-?%\}/g;
    raw.lastIndex = end;
    return raw.exec(text) ? raw.lastIndex : text.length;
  }
  return end + 2;
}

/** Past `{{ … }}`: neither texts in quotes nor braces inside of it end it. One that never ends reaches to the end. */
function endOfTag(text: string, start: number, known: Known): number {
  const nearest = text.indexOf("}}", start + 2);
  if (nearest < 0) return text.length;
  if (known((text.slice(start + 2, nearest).split("|")[0] ?? "").trim())) return nearest + 2;
  let depth = 0;
  for (let at = start + 2; at < text.length; at++) {
    const c = text[at] as string;
    if ((c === '"' || c === "'") && !/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) {
      const end = endOfQuote(text, at);
      if (end < 0) return nearest + 2;
      at = end;
    } else if (c === "{") depth++;
    else if (c === "}" && depth > 0) depth--;
    else if (c === "}" && text[at + 1] === "}") return at + 2;
  }
  return nearest + 2;
}

function endOfQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[start]) return at;
  }
  return -1;
}

function fieldOf(source: string, known: Known): FieldPiece | undefined {
  if (!source.endsWith("}}") || source.length < 5) return undefined;
  const inner = source.slice(2, -2);
  if (/^[-+]|[-+]$/.test(inner)) return undefined;
  const head = inner.split("|")[0] ?? "";
  const name = head.trim();
  if (!name || name.includes("\n") || (isCode(name) && !known(name))) return undefined;
  return { kind: "field", source, name, look: lookOf(inner.slice(head.length)) };
}

/** Whether it is meant as more than a name: a calculation, a comparison, a call. */
export const isCode = (name: string): boolean =>
  /^["'([{]|^\d[\d.]*$/.test(name) ||
  ["~", "==", "!=", ">=", "<=", " + ", " * ", " - ", " / ", " and ", " or ", " if ", " is ", " in "].some((sign) =>
    name.includes(sign),
  ) ||
  /^not /.test(name) ||
  /^[A-Za-z_]\w*\(/.test(name) ||
  /\.[^(]*[\p{L}\p{N}]\(/u.test(name);

function lookOf(filters: string): Look {
  const custom: Look = { style: "", custom: filters.replace(/^\s*\|/, "").trim() };
  const parts = filters.trim() === "" ? [] : splitFilters(filters);
  if (!parts) return custom;
  const look: Look = { style: "" };
  for (const part of parts) {
    const fallback = /^default\(\s*(["'])([\s\S]*)\1\s*\)$/.exec(part);
    if (fallback && look.fallback === undefined) {
      const text = unquote(fallback[2] ?? "", fallback[1] ?? '"');
      if (text === undefined) return custom;
      look.fallback = text;
    } else if (look.style === "" && look.fallback === undefined && isStyle(part)) look.style = part;
    else return custom;
  }
  return look;
}

/** The styles of the menu, and those of their kind: another currency, another form of a date. */
const isStyle = (part: string) =>
  styleKey(part) !== undefined || /^(date|money)\("[^"\\]*"(, ?"(it|en)")?\)$/.test(part);

/** `| upper | default("x")` as its parts; undefined when it does not read so. */
function splitFilters(filters: string): string[] | undefined {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < filters.length; at++) {
    const c = filters[at] as string;
    if (c === '"' || c === "'") {
      const end = endOfQuote(filters, at);
      if (end < 0) return undefined;
      part += filters.slice(at, end + 1);
      at = end;
    } else if (c === "|") {
      parts.push(part.trim());
      part = "";
    } else part += c;
  }
  parts.push(part.trim());
  return parts[0] === "" && parts.slice(1).every(Boolean) ? parts.slice(1) : undefined;
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", '"': '"', "'": "'", "\\": "\\", "/": "/" };

/** What a quoted text says; undefined for an escape that is not of the simple ones, or a quote that ends it early. */
function unquote(inner: string, quote: string): string | undefined {
  let out = "";
  for (let at = 0; at < inner.length; at++) {
    const c = inner[at] as string;
    if (c === quote) return undefined;
    if (c !== "\\") {
      out += c;
      continue;
    }
    const meant = ESCAPES[inner[++at] ?? ""];
    if (meant === undefined) return undefined;
    out += meant;
  }
  return out;
}

/** A text in quotes. Two closing braces in it would end the tag where the field's own name is looked up. */
const quoted = (text: string): string =>
  `"${text.replaceAll("}}", "} }").replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;

/** A field as it is written into a template. */
export function fieldSource(name: string, look: Look = { style: "" }): string {
  const filters =
    look.custom !== undefined
      ? [look.custom]
      : [look.style, look.fallback ? `default(${quoted(look.fallback)})` : ""].filter(Boolean);
  return `{{ ${[name, ...filters].join(" | ")} }}`;
}

/** Whether a learned field can be named in a template at all. */
export const canBeNamed = (path: string): boolean =>
  path === path.trim() && !/\||\}\}|\{\{|[\n\r]/.test(path) && !isCode(path);

/** A field's path as a person reads it: without the backslash before a dot that is part of a name. */
export const fieldLabel = (name: string): string => name.replace(/\\(.)/g, "$1");

/** Every field that the texts in a value mention, each once. */
export function fieldsIn(value: unknown, known: Known = nobody): FieldPiece[] {
  const found = new Map<string, FieldPiece>();
  eachText(value, (text) => {
    for (const piece of piecesOf(text, known)) {
      if (piece.kind !== "field") continue;
      const before = found.get(piece.name);
      // The one without a text to fall back on is the one that can be empty.
      if (!before || before.look.fallback !== undefined) found.set(piece.name, piece);
    }
  });
  return [...found.values()];
}

function eachText(value: unknown, see: (text: string) => void): void {
  if (typeof value === "string") see(value);
  else if (Array.isArray(value)) for (const item of value) eachText(item, see);
  else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) eachText(item, see);
}

/** The same value with every field called `name` changed; everything else stays as it is. */
export function changeFields<T>(value: T, name: string, change: (field: FieldPiece) => string): T {
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") {
      return piecesOf(part, (known) => known === name)
        .map((piece) => (piece.kind === "field" && piece.name === name ? change(piece) : piece.source))
        .join("");
    }
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part === "object" && part !== null) {
      return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item)]));
    }
    return part;
  };
  return walk(value) as T;
}
