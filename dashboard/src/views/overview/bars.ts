// The hours of the statistics, put together into bars and sums.

import type { Schemas } from "../../api/client.ts";

type Hour = Schemas["StatsHour"];

export interface Bar {
  from: string;
  events: number;
  succeeded: number;
  /** Failed or uncertain: what needs a person. */
  failed: number;
  waiting: number;
  other: number;
}

type Sum = Omit<Bar, "from">;

const none = (): Sum => ({ events: 0, succeeded: 0, failed: 0, waiting: 0, other: 0 });

function add(sum: Sum, hour: Hour): void {
  sum.events += hour.events;
  for (const [status, count] of Object.entries(hour.runs)) {
    if (status === "succeeded") sum.succeeded += count;
    else if (status === "failed" || status === "uncertain") sum.failed += count;
    else if (["queued", "held", "running", "waiting"].includes(status)) sum.waiting += count;
    else sum.other += count;
  }
}

/** One bar for so many hours; the last one may hold fewer. */
export function barsOf(hours: Hour[], each: number): Bar[] {
  const bars: Bar[] = [];
  for (let at = 0; at < hours.length; at += each) {
    const part = hours.slice(at, at + each);
    const bar = { from: part[0]?.from ?? "", ...none() };
    for (const hour of part) add(bar, hour);
    bars.push(bar);
  }
  return bars;
}

export function sumOf(hours: Hour[]): Sum {
  const sum = none();
  for (const hour of hours) add(sum, hour);
  return sum;
}
