// The views of one thing, as links: each has an address of its own.

import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "../frame/router.tsx";
import style from "./tabs.module.css";

export function Tabs({ label, tabs }: { label: string; tabs: { href: string; label: string; count?: number }[] }) {
  const { path } = useLocation();
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen they scroll sideways: where one is must be seen. The page itself stays where it is.
    const here = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (here && nav.current) nav.current.scrollLeft = here.offsetLeft - nav.current.clientWidth / 2;
  }, [path]);
  return (
    <nav ref={nav} class={style.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.href} href={tab.href} aria-current={path === tab.href ? "page" : undefined}>
          {tab.label}
          {tab.count !== undefined && <span class={style.count}>{tab.count}</span>}
        </a>
      ))}
    </nav>
  );
}
