// Buttons, and links that look like buttons. One `primary` a view; what destroys is `danger` and is asked about elsewhere.

import type { ComponentChildren, JSX } from "preact";
import style from "./button.module.css";
import type { Icon } from "./icon.ts";

interface Look {
  kind?: "primary" | "plain" | "quiet" | "danger";
  size?: "m" | "s";
  icon?: Icon;
  children?: ComponentChildren;
}

const classOf = ({ kind = "plain", size = "m" }: Look, only: boolean, more?: unknown) =>
  [style.button, style[kind], style[size], only && style.only, typeof more === "string" && more]
    .filter(Boolean)
    .join(" ");

type ButtonProps = Look & { busy?: boolean } & Omit<JSX.IntrinsicElements["button"], "size" | "icon">;

/** `busy` says that the act is under way: the button keeps its size and its focus, and takes no second click. */
export function Button({ kind, size, icon: Icon, busy = false, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={classOf({ kind, size }, children == null, rest.class)}
      aria-busy={busy || undefined}
      aria-disabled={busy || rest["aria-disabled"] || undefined}
      onClick={(event) => (busy ? event.preventDefault() : rest.onClick?.(event))}
    >
      {Icon && <Icon size={size === "s" ? 16 : 18} />}
      {children != null && <span>{children}</span>}
    </button>
  );
}

/** A button that shows only its icon; the label is what it is called. */
export function IconButton({ label, ...rest }: ButtonProps & { label: string; icon: Icon }) {
  return <Button kind="quiet" {...rest} aria-label={label} title={label} />;
}

export function LinkButton({ kind, size, icon: Icon, children, ...rest }: Look & JSX.IntrinsicElements["a"]) {
  return (
    <a {...rest} class={classOf({ kind, size }, children == null, rest.class)}>
      {Icon && <Icon size={size === "s" ? 16 : 18} />}
      {children != null && <span>{children}</span>}
    </a>
  );
}
