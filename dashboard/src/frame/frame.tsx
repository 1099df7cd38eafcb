// What stands around every view: the name, the way to the rooms, the language, the appearance, the way out.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LANGUAGES, type Language, useSpeech } from "../i18n/index.tsx";
import { signOut } from "../session.ts";
import { chooseTheme, chosenTheme, THEMES, type Theme } from "../theme.ts";
import { IconButton } from "../ui/button.tsx";
import { Select } from "../ui/field.tsx";
import * as icons from "../ui/icon.ts";
import { Toasts } from "../ui/toast.tsx";
import style from "./frame.module.css";
import { Mark } from "./mark.tsx";
import { useLocation } from "./router.tsx";

const ROOMS = [
  { key: "overview", href: "/", icon: icons.Overview },
  { key: "automations", href: "/automations", icon: icons.Automations },
  { key: "events", href: "/events", icon: icons.Events },
  { key: "runs", href: "/runs", icon: icons.Runs },
  { key: "contacts", href: "/contacts", icon: icons.Contacts },
  { key: "outbox", href: "/outbox", icon: icons.Outbox },
  { key: "connections", href: "/connections", icon: icons.Connections },
  { key: "privacy", href: "/privacy", icon: icons.Privacy },
] as const;

export function Frame({ children }: { children: ComponentChildren }) {
  const { words } = useSpeech();
  const { path } = useLocation();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  const { nav, skip } = words.common;
  const within = (href: string) => (href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`));
  return (
    <div class={style.frame}>
      <a class={style.skip} href="#content">
        {skip}
      </a>
      <header class={style.side} data-open={open || undefined}>
        <div class={style.brand}>
          <a href="/" aria-label={`Uncino – ${nav.overview}`}>
            <Mark /> Uncino
          </a>
          <span class={style.burger}>
            <IconButton
              icon={open ? icons.Close : icons.Menu}
              label={nav.menu}
              aria-expanded={open}
              aria-controls="rooms"
              onClick={() => setOpen(!open)}
            />
          </span>
        </div>
        <div class={style.fold} id="rooms">
          <nav class={style.rooms} aria-label={nav.label}>
            {ROOMS.map(({ key, href, icon: Icon }) => (
              <a key={key} href={href} aria-current={within(href) ? "page" : undefined}>
                <Icon />
                {nav[key]}
              </a>
            ))}
          </nav>
          <Preferences />
        </div>
      </header>
      <main class={style.main} id="content" tabIndex={-1}>
        {children}
      </main>
      <Toasts />
    </div>
  );
}

function Preferences() {
  const { language, words, speak } = useSpeech();
  const [theme, setTheme] = useState<Theme>(chosenTheme());
  const { nav } = words.common;
  return (
    <div class={style.preferences}>
      <Select
        aria-label={nav.language}
        value={language}
        onChange={(value) => speak(value as Language)}
        options={Object.entries(LANGUAGES).map(([value, { name }]) => ({ value, label: name }))}
      />
      <Select
        aria-label={nav.theme}
        value={theme}
        onChange={(value) => {
          chooseTheme(value as Theme);
          setTheme(value as Theme);
        }}
        options={THEMES.map((value) => ({ value, label: nav.themes[value] }))}
      />
      <button type="button" class={style.out} onClick={() => void signOut()}>
        <icons.SignOut />
        {nav.signOut}
      </button>
    </div>
  );
}
