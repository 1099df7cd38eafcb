// Words of the room of contacts.

import { pluralFor } from "../plural.ts";

const _plural = pluralFor("en");

export const contacts = {
  title: "Contacts",
  lead: "The people whom your automations have saved.",
  one: "Contact",
  name: "Name",
  phone: "Phone",
  email: "E-mail",
  tags: "Labels",
  tagsHint: "Separated by commas.",
  properties: "What else is known",
  property: "Name",
  value: "Value",
  addProperty: "Add a value",
  removeProperty: (name: string) => `Remove ${name}`,
  created: "Saved",
  updated: "Last change",
  search: "Search contacts",
  searchHint: "A name, a number, an address…",
  none: "No contacts yet",
  noneText: "An automation with the step “Save contact” puts people here as their data arrives.",
  noMatch: "Nobody fits this search",
  unnamed: "without a name",
  saved: "The contact is saved",
  deleteTitle: "Delete this contact?",
  deleteText:
    "The contact is removed for good. What arrived about this person stays in the events; the next event with this number or address makes a new contact.",
  deleted: "The contact is deleted",
};
