// Copying: a button that says when it is done, and text that is there to be copied.

import { useEffect, useState } from "preact/hooks";
import { useWords } from "../i18n/index.tsx";
import { Button } from "./button.tsx";
import style from "./copy.module.css";
import * as icons from "./icon.ts";

export function CopyButton({ text, label, size = "s" }: { text: string; label?: string; size?: "s" | "m" }) {
  const { common } = useWords();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2_000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    await copyText(text);
    setDone(true);
  };
  return (
    <Button size={size} icon={done ? icons.Done : icons.Copy} onClick={copy}>
      <span aria-live="polite">{done ? common.copied : (label ?? common.copy)}</span>
    </Button>
  );
}

/** The clipboard is there on HTTPS and on localhost only; elsewhere an old way works. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** An address, on one line, with its button. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  return (
    <div class={style.line}>
      <input
        class={style.text}
        readOnly
        value={text}
        aria-label={label}
        onFocus={(event) => event.currentTarget.select()}
      />
      <CopyButton text={text} />
    </div>
  );
}

/** Code to be pasted elsewhere. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <figure class={style.block}>
      <div class={style.head}>
        <figcaption>{label}</figcaption>
        <CopyButton text={code} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
