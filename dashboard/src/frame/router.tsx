// The address, and the view that it names. Links are plain links: a click on one of ours changes the address without
// loading the page, and whoever asked for a place is told.
//
// **Why not a library:** what views need of one is this, and the smallest that fits weighs four times as much.

import { type ComponentChildren, type ComponentType, createContext } from "preact";
import { useContext, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { match, type Params } from "./match.ts";

interface Place {
  path: string;
  query: Record<string, string>;
}

const Here = createContext<Place>({ path: "/", query: {} });
export const useLocation = (): Place => useContext(Here);

let moved = () => {};

/** Goes to an address of the dashboard; `replace` leaves no way back to the one before. */
export function route(to: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  moved();
}

/** A plain click on a link within the dashboard. What the browser does better (a new tab, a download, a jump) is its own. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
  if (!link?.href || link.origin !== location.origin || link.target || link.download) return;
  if (link.getAttribute("href")?.startsWith("#")) return;
  event.preventDefault();
  route(link.href);
}

const now = () => location.pathname + location.search;

export function LocationProvider({ children }: { children: ComponentChildren }) {
  const [url, setUrl] = useState(now);
  useLayoutEffect(() => {
    moved = () => setUrl(now());
    const back = () => moved();
    addEventListener("click", follow);
    addEventListener("popstate", back);
    return () => {
      removeEventListener("click", follow);
      removeEventListener("popstate", back);
    };
  }, []);
  const place = useMemo(() => {
    const { pathname, searchParams } = new URL(url, location.origin);
    return { path: pathname.replace(/\/+$/, "") || "/", query: Object.fromEntries(searchParams) };
  }, [url]);
  return <Here.Provider value={place}>{children}</Here.Provider>;
}

interface RouterProps {
  /** Patterns and their views; the first that fits is shown. */
  rooms: [pattern: string, View: ComponentType<Params>][];
  otherwise: ComponentType;
  /** Another address was entered than the one before; not the first. */
  onEnter: () => void;
}

export function Router({ rooms, otherwise: Otherwise, onEnter }: RouterProps) {
  const { path } = useLocation();
  const before = useRef(path);
  useLayoutEffect(() => {
    if (before.current === path) return;
    before.current = path;
    onEnter();
  }, [path]);
  for (const [pattern, View] of rooms) {
    const params = match(pattern, path);
    if (params) return <View {...params} />;
  }
  return <Otherwise />;
}
