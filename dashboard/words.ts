// The dictionaries, packed for the browser: the names of the texts once for all languages, and of each language its texts
// alone. That is a tenth of what the dashboard weighs. The development server serves them as they are written.
//
// A text that is a function goes by its source, so it may use nothing but its arguments and `plural`: a build in which one
// says something else than where it was written fails.

import { pathToFileURL } from "node:url";
import type { Plugin } from "vite";
import { pluralFor } from "./src/i18n/plural.ts";

type Text = string | ((...args: unknown[]) => string) | string[] | Record<string, string>;
type Words = { [name: string]: Words | Text };
/** The names, nested; 0 where a text stands. */
type Names = { [name: string]: Names | 0 };

const LANGUAGE = /src\/i18n\/(\w+)\/index\.ts$/;
const NAMES = "virtual:names";

const isWords = (value: unknown): value is Words =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const namesOf = (words: Words): string => Object.keys(words).sort().join();

/** The names that all dictionaries share; where they differ (a list by code), the whole list is one text. */
export function sharedNames(all: Words[]): Names {
  const [first = {}] = all;
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const below = all.map((words) => words[name]);
      const nested = below.every(isWords) && new Set(below.map(namesOf)).size === 1;
      return [name, nested ? sharedNames(below) : 0];
    }),
  );
}

/** The texts of one dictionary, in the order of the names. */
export function textsOf(words: Words, names: Names): Text[] {
  return Object.entries(names).flatMap(([name, below]) =>
    below === 0 ? [words[name] as Text] : textsOf(words[name] as Words, below),
  );
}

/** A dictionary again. It goes to the browser by its source. */
export function fill(names: Names, texts: Text[]): Words {
  let next = 0;
  const walk = (below: Names): Words =>
    Object.fromEntries(
      Object.entries(below).map(([name, value]) => [name, value ? walk(value) : (texts[next++] as Text)]),
    );
  return walk(names);
}

function sourceOf(text: Text): string {
  return typeof text === "function" ? text.toString() : JSON.stringify(text);
}

/** Fails when a function does not say, by its source alone, what it says where it was written. */
function prove(text: Text, language: string): void {
  if (typeof text !== "function") return;
  const copy = new Function("plural", `return ${text}`)(pluralFor(language));
  for (const n of [1, 2]) {
    const args = Array.from({ length: text.length }, () => n);
    const said = attempt(() => text(...args));
    if (attempt(() => copy(...args)) !== said)
      throw new Error(`a text in ${language} is more than its source: ${text}`);
  }
}

function attempt(say: () => string): string {
  try {
    return say();
  } catch (error) {
    return error instanceof ReferenceError ? `reference: ${error.message}` : "no sample";
  }
}

export const packedWords = (languages: string[]): Plugin => {
  const dictionary = async (language: string): Promise<Words> => {
    const module = await import(pathToFileURL(`${import.meta.dirname}/src/i18n/${language}/index.ts`).href);
    return module[language];
  };
  const names = async () => sharedNames(await Promise.all(languages.map(dictionary)));
  return {
    name: "packed-words",
    enforce: "pre",
    resolveId: (id) => (id === NAMES ? `\0${NAMES}` : undefined),
    async load(id) {
      if (id === `\0${NAMES}`) {
        return `const names = ${JSON.stringify(await names())}; const fill = ${fill}; export default (texts) => fill(names, texts);`;
      }
      const [, language] = LANGUAGE.exec(id) ?? [];
      if (!language) return undefined;
      const texts = textsOf(await dictionary(language), await names());
      for (const text of texts) prove(text, language);
      return [
        `import fill from "${NAMES}"; import { pluralFor } from "../plural.ts";`,
        `const plural = pluralFor("${language}");`,
        `export const ${language} = fill([${texts.map(sourceOf).join(",\n")}]);`,
      ].join("\n");
    },
  };
};
