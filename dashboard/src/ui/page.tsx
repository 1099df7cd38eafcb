// The frame of a view: its title (also the window's), what can be done, where it stands.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import style from "./page.module.css";

interface PageProps {
  title: string;
  /** In the title's place, when it is more than text: the field in which it is renamed. */
  heading?: ComponentChildren;
  /** Beside the title: a badge, a switch. */
  beside?: ComponentChildren;
  /** The way up. */
  up?: { href: string; label: string };
  lead?: ComponentChildren;
  acts?: ComponentChildren;
  /** Tabs, under the head. */
  tabs?: ComponentChildren;
  children: ComponentChildren;
  width?: "text" | "full";
}

export function Page({ title, heading: shown, beside, up, lead, acts, tabs, children, width = "full" }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title ? `${title} · Uncino` : "Uncino";
  }, [title]);
  return (
    <div class={`${style.page} ${style[width]}`}>
      <header class={style.head}>
        <div class={style.titles}>
          {up && (
            <a class={style.up} href={up.href}>
              <span aria-hidden="true">←</span> {up.label}
            </a>
          )}
          <div class={style.line}>
            <h1 ref={heading} tabIndex={-1}>
              {shown ?? title}
            </h1>
            {beside}
          </div>
          {lead && <p class={style.lead}>{lead}</p>}
        </div>
        {acts && <div class={style.acts}>{acts}</div>}
      </header>
      {tabs}
      {children}
    </div>
  );
}

/** A surface that holds things which belong together. */
export function Card({
  title,
  lead,
  acts,
  children,
  flush,
}: {
  title?: ComponentChildren;
  /** Under the title: what this is about. */
  lead?: ComponentChildren;
  acts?: ComponentChildren;
  children: ComponentChildren;
  /** The content reaches the edges: a table, a list. */
  flush?: boolean;
}) {
  return (
    <section class={style.card}>
      {(title || acts) && (
        <div class={style.cardHead}>
          <div>
            {title && <h2>{title}</h2>}
            {lead && <div class={style.about}>{lead}</div>}
          </div>
          {acts && <div class={style.acts}>{acts}</div>}
        </div>
      )}
      <div class={flush ? undefined : style.cardBody}>{children}</div>
    </section>
  );
}
