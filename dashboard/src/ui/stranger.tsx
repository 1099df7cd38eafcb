// Text that strangers sent. It is only ever text: isolated from the direction of what stands around it, its invisible
// characters made visible, cut when it is long until somebody asks for the rest. Never a link, never markup.

import { useState } from "preact/hooks";
import { useWords } from "../i18n/index.tsx";
import style from "./stranger.module.css";
import { valueText, visible } from "./value-text.ts";

export { valueText, visible };

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
