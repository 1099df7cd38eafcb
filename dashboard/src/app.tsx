// The dashboard's rooms and their addresses. They come as one file: it is small.

import type { ComponentProps } from "preact";
import { useEffect, useState } from "preact/hooks";
import { queries } from "./api/query.ts";
import { Frame } from "./frame/frame.tsx";
import "./frame/way-back.ts";
import { Broken, NotFound } from "./frame/lost.tsx";
import { LocationProvider, Router } from "./frame/router.tsx";
import { currentSession, onSession } from "./session.ts";
import Automation from "./views/automations/automation.tsx";
import Automations from "./views/automations/automations.tsx";
import Connections from "./views/connections/connections.tsx";
import Contact from "./views/contacts/contact.tsx";
import Contacts from "./views/contacts/contacts.tsx";
import Event from "./views/events/event.tsx";
import Events from "./views/events/events.tsx";
import Outbox from "./views/outbox/outbox.tsx";
import Overview from "./views/overview/overview.tsx";
import Privacy from "./views/privacy/privacy.tsx";
import Run from "./views/runs/run.tsx";
import Runs from "./views/runs/runs.tsx";
import { SignIn } from "./views/sign-in/sign-in.tsx";

const ROOMS: ComponentProps<typeof Router>["rooms"] = [
  ["/", Overview],
  ["/automations", Automations],
  // The tabs of one automation: connect, steps, fields, activity, settings.
  ["/automations/:id/:tab?", Automation],
  ["/events", Events],
  ["/events/:id", Event],
  ["/runs", Runs],
  ["/runs/:id", Run],
  ["/contacts", Contacts],
  ["/contacts/:id", Contact],
  ["/connections", Connections],
  ["/outbox", Outbox],
  ["/privacy", Privacy],
];

export function App() {
  const [session, setSession] = useState(currentSession());
  useEffect(() => onSession(setSession), []);
  useEffect(() => {
    // What the last person saw is not the next one's to see.
    if (session === "out") queries.clear();
  }, [session]);
  if (session === "out") return <SignIn />;
  return (
    <LocationProvider>
      <Frame>
        <Broken>
          <Router rooms={ROOMS} otherwise={NotFound} onEnter={entered} />
        </Broken>
      </Frame>
    </LocationProvider>
  );
}

/** A new view begins at its top, and a screen reader begins at its heading. */
function entered(): void {
  scrollTo(0, 0);
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
}
