// The language of the page: the browser's first, then what the person chose. Words stand in `en/` and `it/`, a file a
// room; numbers, dates and plurals are left to `Intl`.
// A language more is a folder beside those two and a line in `LANGUAGES`.

import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import type { en } from "./en/index.ts";
import { type Format, formatFor } from "./format.ts";

/** The dictionary's shape: the English one with any text in place of its own. */
type Widened<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Widened<T[K]> };
export type Words = Widened<typeof en>;

export const LANGUAGES = {
  it: { name: "Italiano", load: async (): Promise<Words> => (await import("./it/index.ts")).it },
  en: { name: "English", load: async (): Promise<Words> => (await import("./en/index.ts")).en },
};
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = "uncino.language";
const isLanguage = (tag: string | null | undefined): tag is Language => tag != null && tag in LANGUAGES;

export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

interface Spoken {
  language: Language;
  words: Words;
}

interface Speech extends Spoken {
  format: Format;
  speak: (language: Language) => void;
}

const Context = createContext<Speech | null>(null);

export function SpeechProvider({ first, children }: { first: Spoken; children: ComponentChildren }) {
  const [spoken, setSpoken] = useState(first);
  useEffect(() => {
    document.documentElement.lang = spoken.language;
  }, [spoken.language]);
  const speech = useMemo(
    () => ({
      ...spoken,
      format: formatFor(spoken.language),
      speak: async (language: Language) => {
        localStorage.setItem(KEPT_AS, language);
        setSpoken({ language, words: await LANGUAGES[language].load() });
      },
    }),
    [spoken],
  );
  return <Context.Provider value={speech}>{children}</Context.Provider>;
}

export function useSpeech(): Speech {
  const speech = useContext(Context);
  if (!speech) throw new Error("SpeechProvider is missing above");
  return speech;
}

/** The words of the page's language. */
export const useWords = (): Words => useSpeech().words;
export const useFormat = (): Format => useSpeech().format;
