// A payload made of what the fields have held before, for a preview when no event is there to look at.
// It is an example and says so: values that never came together may stand together in it.

import type { Field } from "../../api/client.ts";

/** What stands for a field that has no sample, by what it is about; nothing private is made up. */
const STAND_INS: Record<string, string> = {
  email: "ada@example.com",
  phone: "+39 333 1234567",
  name: "Ada",
  date: "2026-12-24",
  datetime: "2026-12-24T18:00:00",
  money: "89.90",
  url: "https://example.com",
  country: "IT",
  id: "A-1001",
};

type Tree = { [key: string]: unknown };

export function samplePayload(fields: Pick<Field, "path" | "kinds" | "meaning" | "samples">[]): Tree {
  const payload: Tree = {};
  for (const field of fields) put(payload, keysOf(field.path), sampleOf(field));
  return payload;
}

/** What a name is likely about, in the two languages of the dashboard; only for fields that were never received. */
const GUESSES: [RegExp, string][] = [
  [/tel|phone|cell|mobile/i, "phone"],
  [/mail/i, "email"],
  [/nom|name/i, "name"],
  [/dat[ae]|giorno|day/i, "date"],
  [/total|import|prezz|price|amount/i, "money"],
  [/url|link|sito|site/i, "url"],
  [/numer|number|codice|code|\bid\b/i, "id"],
];

/** A payload for fields that nobody has sent yet: what the draft mentions, with values that their names suggest. */
export function imaginedPayload(names: string[]): Tree {
  const payload: Tree = {};
  for (const name of names) {
    const meaning = GUESSES.find(([pattern]) => pattern.test(name))?.[1] ?? "";
    put(payload, keysOf(name.replace(/^payload\./, "")), STAND_INS[meaning] ?? name);
  }
  return payload;
}

function sampleOf({ kinds, meaning, samples }: Pick<Field, "kinds" | "meaning" | "samples">): unknown {
  const sample = samples[0] ?? STAND_INS[meaning ?? ""] ?? "…";
  if (kinds.includes("number") && sample.trim() !== "" && Number.isFinite(Number(sample))) return Number(sample);
  if (kinds.includes("boolean") && (sample === "true" || sample === "false")) return sample === "true";
  if (kinds.includes("list")) return listOf(sample);
  return sample;
}

/** A list's sample is its JSON, which may have been cut. */
function listOf(sample: string): unknown {
  try {
    const value: unknown = JSON.parse(sample);
    return Array.isArray(value) ? value : [value];
  } catch {
    return [sample];
  }
}

/** `a.b[].c` as its keys; `[]` is a key of its own, and a backslash keeps a dot in its name. */
export function keysOf(path: string): string[] {
  const keys: string[] = [];
  let key = "";
  for (let at = 0; at < path.length; at++) {
    if (path[at] === "\\") key += path[++at] ?? "";
    else if (path[at] === ".") {
      keys.push(key);
      key = "";
    } else if (path.startsWith("[]", at)) {
      keys.push(key, "[]");
      key = "";
      at += path[at + 2] === "." ? 2 : 1;
      if (at + 1 >= path.length) return keys;
    } else key += path[at];
  }
  keys.push(key);
  return keys;
}

function put(tree: Tree, keys: string[], value: unknown): void {
  const [key, next, ...rest] = keys;
  if (key === undefined || key === "__proto__") return;
  if (next === undefined) {
    // The items of a list are fields of their own, and say more than the list's own sample.
    if (!(Array.isArray(tree[key]) && typeof tree[key][0] === "object")) tree[key] = value;
    return;
  }
  if (next === "[]") {
    const list = tree[key];
    const first: unknown = Array.isArray(list) ? list[0] : undefined;
    const item = typeof first === "object" && first !== null && !Array.isArray(first) ? (first as Tree) : {};
    tree[key] = rest.length === 0 ? [value] : [item];
    if (rest.length > 0) put(item, rest, value);
    return;
  }
  const inner = tree[key];
  const child = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? (inner as Tree) : {};
  tree[key] = child;
  put(child, [next, ...rest], value);
}
