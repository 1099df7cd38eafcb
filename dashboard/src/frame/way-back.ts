// The browser's way back and forth, before the router hears of it. The router listens on the window, where listeners are
// called in the order in which they came: this one must be there first, so `app.tsx` loads it, and not the view that
// wants to be asked.

let asked: ((event: PopStateEvent) => void) | undefined;

addEventListener("popstate", (event) => asked?.(event));

/** Asks before the address changes by the browser's own buttons; one at a time, until what it returns is called. */
export function askOnWayBack(ask: (event: PopStateEvent) => void): () => void {
  asked = ask;
  return () => {
    if (asked === ask) asked = undefined;
  };
}
