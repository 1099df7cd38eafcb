// What a source might send, as an example: for the code to paste and for test events.
// From what the source has sent when it has; else from the starter that the automation came from; else from the fields
// that its steps mention. Whom a sample could reach is never in it: names, numbers and addresses are invented ones, so
// that nobody tries an automation out on a customer.

import type { Automation, Field } from "../../api/client.ts";
import type { Language } from "../../i18n/index.tsx";
import { mentions } from "./mentions.ts";
import { STARTERS } from "./starters/index.ts";

export type Payload = Record<string, unknown>;

const INVENTED: Record<Language, Record<string, string>> = {
  it: { name: "Giulia", phone: "333 123 4567", email: "giulia.ferri@example.com" },
  en: { name: "Grace", phone: "+44 7400 123456", email: "grace.miller@example.com" },
};
const NEUTRAL: Record<string, string> = {
  date: "2027-03-12",
  datetime: "2027-03-12T18:30:00Z",
  money: "89.90",
  url: "https://www.example.com",
  country: "IT",
  id: "1042",
};

const PERSONAL = ["email", "phone", "name"];

/** What a field is about, by its name alone; those that reach or name a person first. */
const BY_NAME: [RegExp, string][] = [
  [/e-?mail|posta/i, "email"],
  [/tel|phone|cell|mobile|whatsapp/i, "phone"],
  [/nome|name|cliente|customer/i, "name"],
  [/data|date|giorno|day/i, "date"],
  [/totale|total|prezzo|price|importo|amount/i, "money"],
  [/numero|number|ordine|order|\bid\b/i, "id"],
];

function invented(meaning: string | null | undefined, language: Language): string | undefined {
  return meaning ? (INVENTED[language][meaning] ?? NEUTRAL[meaning]) : undefined;
}

function byName(path: string, language: Language): string {
  const meaning = BY_NAME.find(([pattern]) => pattern.test(path))?.[1];
  return invented(meaning, language) ?? (language === "it" ? "un testo di esempio" : "an example text");
}

/** A path in its parts; `[]` says that what follows is in the items of a list. */
export function partsOf(path: string): { key: string; items: boolean }[] {
  return path.split(/(?<!\\)\./).map((part) => {
    const items = part.endsWith("[]");
    return { key: (items ? part.slice(0, -2) : part).replaceAll("\\.", "."), items };
  });
}

/** Puts a value where a path says; a list gets one item. */
export function put(payload: Payload, path: string, value: unknown): void {
  const parts = partsOf(path);
  let at = payload;
  for (const [index, { key, items }] of parts.entries()) {
    const last = index === parts.length - 1;
    if (last) {
      at[key] = items ? [value] : (at[key] ?? value);
      return;
    }
    let next = at[key];
    if (items) {
      if (!Array.isArray(next) || typeof next[0] !== "object" || next[0] === null) next = [{}];
      at[key] = next;
      at = (next as Payload[])[0] as Payload;
    } else {
      if (typeof next !== "object" || next === null || Array.isArray(next)) next = {};
      at[key] = next;
      at = next as Payload;
    }
  }
}

/** Whom a field could reach or name: by its meaning, by its own name, or by what was sent in it. */
function personal({ path, meaning, samples }: Field): string | undefined {
  const named = BY_NAME.slice(0, 3).find(([pattern]) => pattern.test(path))?.[1];
  // In the items of a list names are those of things.
  const guessed = meaning ?? (path.includes("[]") && named === "name" ? undefined : named);
  if (guessed && PERSONAL.includes(guessed)) return guessed;
  if (samples.some((sample) => /\S@\S/.test(sample))) return "email";
  const digits = (text: string) => text.replaceAll(/\D/g, "").length;
  const isNumber = (text: string) => /^\+?[\d\s().-]+$/.test(text) && digits(text) > 8 && !/^\d{4}-\d/.test(text);
  return meaning === null && samples.some(isNumber) ? "phone" : undefined;
}

function sampleOf(field: Field, language: Language): unknown {
  const person = invented(personal(field), language);
  const text = person ?? field.samples[0] ?? invented(field.meaning, language) ?? byName(field.path, language);
  if (field.kinds.includes("number") && Number.isFinite(Number(text))) return Number(text);
  if (field.kinds.includes("boolean") && !field.kinds.includes("text")) return text !== "false";
  if (field.kinds.includes("list") && !field.kinds.includes("text")) return parsedList(text);
  return text;
}

function parsedList(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    return [text];
  }
}

/** An example in the names that the source really uses. */
export function exampleOfFields(fields: Field[], language: Language): Payload {
  const payload: Payload = {};
  const withItems = new Set(fields.flatMap(({ path }) => (path.includes("[]") ? [path.split("[]")[0]] : [])));
  // A list whose items' fields are known is made of those.
  for (const field of fields) if (!withItems.has(field.path)) put(payload, field.path, sampleOf(field, language));
  return payload;
}

/** The sample of the starter whose fields an automation mentions; the page's language first. */
export function starterSample(automation: Pick<Automation, "condition" | "steps">, language: Language) {
  const mentioned = mentions(automation);
  if (mentioned.length === 0) return undefined;
  const texts = STARTERS.flatMap((starter) => [
    { first: true, text: starter.in[language] },
    ...Object.values(starter.in).map((text) => ({ first: false, text })),
  ]).sort((a, b) => Number(b.first) - Number(a.first));
  // The smallest that holds all: fewest fields that nothing mentions.
  return texts
    .map(({ text }) => text.sample)
    .filter((sample) => mentioned.every((field) => (field.split(/[.[]/)[0] as string) in sample))
    .sort((a, b) => Object.keys(a).length - Object.keys(b).length)[0];
}

/** What to try an automation out with. */
export function exampleFor(
  automation: Pick<Automation, "condition" | "steps">,
  fields: Field[] | undefined,
  language: Language,
): Payload {
  if (fields && fields.length > 0) return exampleOfFields(fields, language);
  const sample = starterSample(automation, language);
  if (sample) return sample;
  const payload: Payload = {};
  const mentioned = mentions(automation);
  for (const field of mentioned) put(payload, field.replaceAll(/\[\d+\]/g, "[]"), byName(field, language));
  return mentioned.length > 0 ? payload : (STARTERS[0]?.in[language].sample ?? {});
}
