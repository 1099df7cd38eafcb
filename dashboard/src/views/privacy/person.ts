// Whom a question of privacy is about, and what was found of them.

import type { Schemas } from "../../api/client.ts";

/** One of the two, as the API takes it; undefined for what can be neither. */
export function readPerson(text: string): Schemas["EraseInput"] | undefined {
  const given = text.trim();
  if (given.includes("@")) return /^\S+@\S+\.\S+$/.test(given) ? { email: given } : undefined;
  return given.replace(/\D/g, "").length >= 6 && /^[+\d\s().\-/]+$/.test(given) ? { phone: given } : undefined;
}

export type Part = keyof Schemas["ErasureFound"];
export const PARTS: Part[] = ["events", "runs", "cancelled", "outbox", "contacts", "fields", "late"];

/** Parts of an export as one: lists follow each other. */
export function joined(parts: Schemas["Export"][]): Omit<Schemas["Export"], "next"> {
  const all = <K extends Exclude<keyof Schemas["Export"], "next">>(name: K) =>
    parts.flatMap((part) => part[name] as unknown[]) as Schemas["Export"][K];
  return {
    events: all("events"),
    runs: all("runs"),
    outbox: all("outbox"),
    contacts: all("contacts"),
    fields: all("fields"),
  };
}
