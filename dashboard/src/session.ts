// Whether somebody is signed in, and the link of `npm start` that signs in once.
// The cookie itself is out of reach here, on purpose: what it is worth only the server knows.

import { api, ask } from "./api/client.ts";

export type SessionState = "unknown" | "in" | "out";

let state: SessionState = "unknown";
const listeners = new Set<(state: SessionState) => void>();

function become(next: SessionState): void {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener(next);
}

export const currentSession = (): SessionState => state;

export function onSession(listener: (state: SessionState) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The server says that nobody is signed in. */
export const signedOut = (): void => become("out");

/** @throws {ApiProblem} when the token is not the one. */
export async function signIn(token: string): Promise<void> {
  await ask(api.POST("/session", { body: { token } }));
  become("in");
}

export async function signOut(): Promise<void> {
  await ask(api.DELETE("/session"));
  become("out");
}

/** Finds out at the start: by the token that the address carries (it leaves the address at once), else by asking. */
export async function begin(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    history.replaceState(null, "", location.pathname + location.search);
    try {
      await signIn(token);
      return;
    } catch {
      // An old link: the form asks for the token instead.
    }
  }
  const told = await ask(api.GET("/session")).catch(() => undefined);
  become(told?.signed_in === false ? "out" : "in");
}
