// The dashboard's rooms and their addresses. Each room is loaded when it is first entered.

import { QueryClientProvider } from "@tanstack/preact-query";
import { useEffect, useState } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router } from "preact-iso";
import { queries } from "./api/queries.ts";
import { Frame } from "./frame/frame.tsx";
import "./frame/way-back.ts";
import { Broken, NotFound } from "./frame/lost.tsx";
import { currentSession, onSession } from "./session.ts";
import { SignIn } from "./views/sign-in/sign-in.tsx";

const Overview = lazy(() => import("./views/overview/overview.tsx"));
const Automations = lazy(() => import("./views/automations/automations.tsx"));
const Automation = lazy(() => import("./views/automations/automation.tsx"));
const Events = lazy(() => import("./views/events/events.tsx"));
const Event = lazy(() => import("./views/events/event.tsx"));
const Runs = lazy(() => import("./views/runs/runs.tsx"));
const Run = lazy(() => import("./views/runs/run.tsx"));
const Contacts = lazy(() => import("./views/contacts/contacts.tsx"));
const Contact = lazy(() => import("./views/contacts/contact.tsx"));
const Connections = lazy(() => import("./views/connections/connections.tsx"));
const Outbox = lazy(() => import("./views/outbox/outbox.tsx"));

export function App() {
  const [session, setSession] = useState(currentSession());
  useEffect(() => onSession(setSession), []);
  useEffect(() => {
    // What the last person saw is not the next one's to see.
    if (session === "out") queries.clear();
  }, [session]);
  if (session === "out") return <SignIn />;
  return (
    <QueryClientProvider client={queries}>
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
    </QueryClientProvider>
  );
}

/** A new view begins at its top, and a screen reader begins at its heading. */
function entered(): void {
  scrollTo(0, 0);
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
}
