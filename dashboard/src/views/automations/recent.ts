// What the newest events tell of each automation: its source's last one, and how many of its runs went wrong.

import type { EventSummary } from "../../api/client.ts";

export interface Recent {
  /** The newest event of each source. */
  events: Map<string, EventSummary>;
  /** How many runs of each automation failed or stopped as uncertain. */
  failures: Map<string, number>;
}

/** @param events newest first */
export function lookBack(events: EventSummary[]): Recent {
  const recent: Recent = { events: new Map(), failures: new Map() };
  for (const event of events) {
    if (!recent.events.has(event.source_id)) recent.events.set(event.source_id, event);
    for (const { automation_id, status } of event.runs) {
      if (status !== "failed" && status !== "uncertain") continue;
      recent.failures.set(automation_id, (recent.failures.get(automation_id) ?? 0) + 1);
    }
  }
  return recent;
}
