// A button with a menu of acts: arrows move, Escape closes and gives the focus back.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, IconButton } from "../../ui/button.tsx";
import type { Icon } from "../../ui/icon.ts";
import style from "./menu.module.css";

export interface MenuItem {
  key: string;
  label: string;
  about?: string;
  icon?: Icon;
  danger?: boolean;
  act: () => void;
}

interface MenuProps {
  label: string;
  icon: Icon;
  items: MenuItem[];
  /** Shows the label beside the icon. */
  labelled?: boolean;
  kind?: "primary" | "plain" | "quiet";
  align?: "start" | "end";
  id?: string;
  head?: ComponentChildren;
}

export function Menu({ label, icon, items, labelled, kind = "quiet", align = "end", id }: MenuProps) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const entries = () => [...(frame.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) frame.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!open) return;
    frame.current?.querySelector("[role=menu]")?.scrollIntoView({ block: "nearest" });
    entries()[0]?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !frame.current?.contains(event.target)) setOpen(false);
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, [open]);
  const key = (event: KeyboardEvent) => {
    if (!open) return;
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to =
      event.key === "ArrowDown"
        ? (at + 1) % all.length
        : event.key === "ArrowUp"
          ? (at + all.length - 1) % all.length
          : event.key === "Home"
            ? 0
            : event.key === "End"
              ? all.length - 1
              : -1;
    if (to >= 0) all[to]?.focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") return setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const wires = {
    id,
    "aria-haspopup": "menu" as const,
    "aria-expanded": open,
    onClick: () => setOpen(!open),
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only passes the focus on among the buttons inside of it
    <div ref={frame} class={style.frame} onKeyDown={key}>
      {labelled ? (
        <Button {...wires} kind={kind} icon={icon}>
          {label}
        </Button>
      ) : (
        <IconButton {...wires} size="s" kind={kind} icon={icon} label={label} />
      )}
      {open && (
        <div class={`${style.menu} ${align === "end" ? style.end : ""}`} role="menu" aria-label={label}>
          {items.map(({ key: itemKey, label: text, about, icon: ItemIcon, danger, act }) => (
            <button
              key={itemKey}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={danger ? `${style.item} ${style.danger}` : style.item}
              onClick={() => {
                close(true);
                act();
              }}
            >
              {ItemIcon && <ItemIcon />}
              <span>
                <span class={style.label}>{text}</span>
                {about && <span class={style.about}>{about}</span>}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
