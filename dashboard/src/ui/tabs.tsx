// The views of one thing, as links: each has an address of its own.

import { useLocation } from "preact-iso";
import style from "./tabs.module.css";

export function Tabs({ label, tabs }: { label: string; tabs: { href: string; label: string; count?: number }[] }) {
  const { path } = useLocation();
  return (
    <nav class={style.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.href} href={tab.href} aria-current={path === tab.href ? "page" : undefined}>
          {tab.label}
          {tab.count !== undefined && <span class={style.count}>{tab.count}</span>}
        </a>
      ))}
    </nav>
  );
}
