// The dashboard's rooms and their addresses. They come as one file: it is small.

import { useEffect, useState } from "preact/hooks";
import { ErrorBoundary, LocationProvider, Route, Router } from "preact-iso";
import { queries } from "./api/query.ts";
import { Frame } from "./frame/frame.tsx";
import "./frame/way-back.ts";
import { Broken, NotFound } from "./frame/lost.tsx";
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
import Run from "./views/runs/run.tsx";
import Runs from "./views/runs/runs.tsx";
import { SignIn } from "./views/sign-in/sign-in.tsx";

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
          <ErrorBoundary>
            <Router onRouteChange={entered}>
              <Route path="/" component={Overview} />
              <Route path="/automations" component={Automations} />
              {/* The tabs of one automation: connect, steps, fields, activity, settings. */}
              <Route path="/automations/:id/:tab?" component={Automation} />
              <Route path="/events" component={Events} />
              <Route path="/events/:id" component={Event} />
              <Route path="/runs" component={Runs} />
              <Route path="/runs/:id" component={Run} />
              <Route path="/contacts" component={Contacts} />
              <Route path="/contacts/:id" component={Contact} />
              <Route path="/connections" component={Connections} />
              <Route path="/outbox" component={Outbox} />
              <Route default component={NotFound} />
            </Router>
          </ErrorBoundary>
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
