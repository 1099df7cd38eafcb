// A value of a payload as text, and text in which everything can be seen.

import { rawText } from "../api/json.ts";

/** Controls, and characters that change the direction of what follows or take no room: shown as what they are. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** Text in which everything can be seen. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);

/** A value as text: what it holds, not how JSON would write it; lists and objects as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  return rawText(value) ?? (typeof value === "object" ? JSON.stringify(value) : String(value));
}
