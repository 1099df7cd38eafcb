// Text that strangers sent. It is only ever text: isolated from the direction of what stands around it, its invisible
// characters made visible, cut when it is long until somebody asks for the rest. Never a link, never markup.

import { useState } from "preact/hooks";
import { useWords } from "../i18n/index.tsx";
import style from "./stranger.module.css";

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
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

interface StrangerProps {
  value: unknown;
  /** How many characters are shown before somebody asks for more. */
  cut?: number;
  /** Whether more can be asked for. */
  whole?: boolean;
}

export function Stranger({ value, cut = 160, whole = false }: StrangerProps) {
  const { common } = useWords();
  const [open, setOpen] = useState(false);
  const text = visible(valueText(value));
  const long = text.length > cut;
  const shown = long && !open ? `${text.slice(0, cut)}…` : text;
  if (text === "") return <span class={style.nothing}>—</span>;
  return (
    <span class={style.stranger}>
      <bdi>{shown}</bdi>
      {whole && long && (
        <button type="button" class={style.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? common.showLess : `${common.showMore} (${common.characters(text.length)})`}
        </button>
      )}
    </span>
  );
}
