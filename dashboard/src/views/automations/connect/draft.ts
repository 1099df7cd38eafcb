// What somebody typed as a test event, as the payload that it means.

import type { Payload } from "../example.ts";

export interface Row {
  id: number;
  key: string;
  text: string;
  /** The value as it was, while nobody changed its text. */
  was?: unknown;
}

/** Fields by their names; those without a name are not sent. Undefined when none is left. */
export function readRows(rows: Row[]): Payload | undefined {
  const named = rows.filter(({ key }) => key.trim() !== "");
  if (named.length === 0) return undefined;
  return Object.fromEntries(named.map(({ key, text, was }) => [key.trim(), was ?? text]));
}

/** An object written as JSON, with something in it; undefined for anything else. */
export function readJson(text: string): Payload | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && Object.keys(value).length > 0 ? (value as Payload) : undefined;
  } catch {
    return undefined;
  }
}
