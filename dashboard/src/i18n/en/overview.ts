// Words of the overview.

import { pluralFor } from "../plural.ts";

const plural = pluralFor("en");

export const overview = {
  title: "Overview",
  range: "Period",
  ranges: { day: "Last 24 hours", week: "Last 7 days" },
  events: "Events",
  succeeded: "Runs that succeeded",
  failed: "Failed or uncertain",
  waiting: "Waiting, queued or held",
  attention: "Needs you",
  attentionNone: "Nothing needs you",
  attentionNoneText: "No run failed or is uncertain. Those that do appear here first.",
  allFailed: "All that failed",
  late: "The oldest run that should have begun has waited since",
  warnings: {
    daily_limit_near: "Today an address is near its limit: what goes beyond is refused until midnight UTC.",
    database_filling:
      "The database is filling up: lower RETENTION_DAYS, or the limits of the addresses that receive most.",
    retention_shortened: "The database was nearly full, so events are kept for fewer days than was set.",
  } as Record<string, string>,
  perHour: "Per hour",
  perHourTable: "The figures as a table",
  hour: "Hour",
  other: "Other runs",
  barLabel: (hour: string, events: number, failed: number) =>
    `${hour}: ${plural(events, { one: "{n} event", other: "{n} events" })}, ${failed} failed or uncertain`,
  quiet: "Nothing arrived in this period",
  quietText: "As soon as an event arrives, you see here how many came and how it went.",
};
