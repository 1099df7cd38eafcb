// How many deliveries were refused, by reason, over the hours that the API tells of.

import type { Schemas } from "../../api/client.ts";

/** The most frequent first. */
export function countsOf(hours: Schemas["RefusedHour"][]): [code: string, count: number][] {
  const counts = new Map<string, number>();
  for (const hour of hours) {
    for (const [code, count] of Object.entries(hour.counts)) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}
