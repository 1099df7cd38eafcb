// A contact as it is being edited, and what of it was changed. A value that nobody touched keeps its kind: a number stays
// one, with its digits, a list stays a list.

import type { Contact, Schemas } from "../../api/client.ts";
import { valueText } from "../../ui/value-text.ts";

export interface Draft {
  name: string;
  phone: string;
  email: string;
  /** Separated by commas. */
  tags: string;
  properties: { key: string; name: string; text: string; kept: unknown }[];
}

export function draftOf(contact: Contact): Draft {
  return {
    name: contact.name ?? "",
    phone: contact.phone ?? "",
    email: contact.email ?? "",
    tags: contact.tags.join(", "),
    properties: Object.entries(contact.properties).map(([name, value]) => ({
      key: name,
      name,
      text: valueText(value),
      kept: value,
    })),
  };
}

const tagsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

/** Only what differs from the contact; empty text empties. */
export function changeOf(contact: Contact, draft: Draft): Schemas["ContactChange"] {
  const change: Schemas["ContactChange"] = {};
  for (const key of ["name", "phone", "email"] as const) {
    const text = draft[key].trim();
    if (text !== (contact[key] ?? "")) change[key] = text || null;
  }
  const tags = tagsOf(draft.tags);
  if (tags.join() !== contact.tags.join()) change.tags = tags;
  const properties = Object.fromEntries(
    draft.properties
      .filter(({ name }) => name.trim())
      .map(({ name, text, kept }) => [name.trim(), kept !== undefined && valueText(kept) === text ? kept : text]),
  );
  if (JSON.stringify(properties) !== JSON.stringify(contact.properties)) change.properties = properties;
  return change;
}
