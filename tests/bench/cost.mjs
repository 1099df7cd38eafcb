// `npm run cost`: what an event costs and which limit comes first, from what the bench counted (docs/measured.json) and
// the price lists in prices.json; writes the tables of docs/COST.md. It measures nothing, and rounds nothing in between.
//
// **Limit:** a query to D1 is reckoned with the millisecond of Cloudflare's own example; `--call-ms 3` reckons with three
// and shows the table of limits without writing it.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, ROOT, isEntry, main, say } from "../../scripts/project.mjs";
import { rowsOf, sumOf } from "./budgets.mjs";
import { median } from "./numbers.mjs";
import { PAYLOADS } from "./payloads.mjs";
import { fill, number, table } from "./tables.mjs";

const DAYS = 30;
const MINUTES_A_DAY = 1_440;
const MILLION = 1_000_000;

const prices = JSON.parse(readFileSync(new URL("prices.json", import.meta.url), "utf8"));

/** Of the source's defaults, see src/domain/limits.rs. */
const SOURCE_EVENTS_PER_DAY = 1_000_000;

/** What is billed for an event, over its whole life: taken in, run, and forgotten when its days are over. */
export function perEvent(measured, payload) {
  const { uncino } = measured.counted;
  const ways = [uncino[`${payload}_load`], uncino.forget];
  const sum = (...names) => ways.reduce((total, way) => total + sumOf(way, names), 0);
  const body = Buffer.byteLength(PAYLOADS[payload].text);
  return {
    requests: sum("invocations"),
    cpu_ms: median(measured.running.rates[payload].uncino.map((round) => round.cpu_ms)) ?? 0,
    rows_read: sum("rows_read"),
    rows_written: ways.reduce((total, way) => total + rowsOf(way), 0),
    kv_reads: sum("kv_reads"),
    kv_writes: sum("kv_writes", "kv_deletes", "kv_lists"),
    queue_operations: sum("queue_messages") * prices.cloudflare.operations_per_message,
    stored_bytes: body + uncino.storage.bytes_beyond_body,
    d1_calls: sumOf(ways[0], ["d1_calls"]),
    queue_messages: sum("queue_messages"),
  };
}

/** What the timer does in a month or a day without any event. */
export function ofTheTimer(measured, days) {
  const sweep = measured.counted.uncino.sweep;
  const times = MINUTES_A_DAY * days;
  return {
    requests: times, cpu_ms: 0,
    rows_read: times * sumOf(sweep, ["rows_read"]), rows_written: times * rowsOf(sweep),
    kv_reads: times * sumOf(sweep, ["kv_reads"]), kv_writes: times * sumOf(sweep, ["kv_writes", "kv_deletes", "kv_lists"]),
    queue_operations: 0,
  };
}

/** Dollars a month for so many events, by what is billed; a month's events are all stored at its end. */
export function bill(measured, payload, events) {
  const event = perEvent(measured, payload);
  const timer = ofTheTimer(measured, DAYS);
  const { paid, month_usd } = prices.cloudflare;
  const lines = {};
  for (const [name, { included, usd_per_million }] of Object.entries(paid)) {
    if (name === "stored_gb") continue;
    lines[name] = (Math.max(0, events * event[name] + timer[name] - included) * usd_per_million) / MILLION;
  }
  lines.stored_gb = Math.max(0, (events * event.stored_bytes) / 1e9 - paid.stored_gb.included) * paid.stored_gb.usd_per_gb_month;
  return { ...lines, total: Object.values(lines).reduce((sum, value) => sum + value, month_usd) };
}

/** Dollars that one million events more cost when everything included is used up. */
function marginal(measured, payload) {
  const event = perEvent(measured, payload);
  const { paid } = prices.cloudflare;
  return Object.fromEntries(
    Object.entries(paid).map(([name, { usd_per_million, usd_per_gb_month }]) => [name, name === "stored_gb" ? ((event.stored_bytes * MILLION) / 1e9) * usd_per_gb_month : event[name] * usd_per_million]),
  );
}

/** Events a day on the free plan, by what runs out; the timer's own share is taken off first. */
function freePlan(measured, payload) {
  const event = perEvent(measured, payload);
  const timer = ofTheTimer(measured, 1);
  return Object.entries(prices.cloudflare.free_per_day)
    .filter(([name]) => event[name] > 0)
    .map(([name, limit]) => ({ name, events: Math.max(0, Math.floor((limit - timer[name]) / event[name])) }))
    .sort((a, b) => a.events - b.events);
}

/** How much of each limit a rate of events takes: 1 is all of it. Sorted by how soon it is hit. */
export function limits(measured, payload, rate, call_ms = prices.cloudflare.limits.d1_call_ms) {
  const event = perEvent(measured, payload);
  const { database_gb, messages_per_second } = prices.cloudflare.limits;
  const day = rate * 86_400;
  const found = [
    { name: "D1's one thread", share: (rate * event.d1_calls * call_ms) / 1_000, after_s: 0 },
    { name: "messages of one queue", share: (rate * event.queue_messages) / messages_per_second, after_s: 0 },
    { name: "events a day of one source (default)", share: day / SOURCE_EVENTS_PER_DAY, after_s: SOURCE_EVENTS_PER_DAY / rate },
    { name: `${database_gb} GB of one database, ${DAYS} days kept`, share: (day * DAYS * event.stored_bytes) / (database_gb * 1e9), after_s: (database_gb * 1e9) / (rate * event.stored_bytes) },
  ];
  return found.sort((a, b) => Number(b.share > 1) - Number(a.share > 1) || a.after_s - b.after_s || b.share - a.share);
}

/** What somebody else asks for so many events: of the packages that fit, else what is known beyond the largest. */
export function asked({ currency, packages, per_event, beyond }, events) {
  const units = events * per_event;
  const money = (value) => `${currency}${number(value, Number.isInteger(value) ? 0 : 2)}`;
  const fit = packages.find(({ included }) => included >= units);
  if (fit) return money(fit.price);
  const largest = packages.at(-1);
  switch (beyond) {
    case "cheaper":
      return `≤ ${money(Math.ceil(units / largest.included) * largest.price)}`;
    case "metered":
      return `${money(largest.price)} and a metered price`;
    case "agreement":
      return "by agreement";
  }
}

const dollars = (value) => `$${number(value, 2)}`;
const span = (seconds) => (seconds === 0 ? "at once" : seconds < 7_200 ? `after ${number(seconds / 60, 0)} minutes` : seconds < 172_800 ? `after ${number(seconds / 3_600, 0)} hours` : `after ${number(seconds / 86_400, 0)} days`);
const RATES = [10, 100, 1_000, 10_000];
const VOLUMES = [10_000, 100_000, 1_000_000];

function limitsTable(measured, call_ms) {
  return table(
    ["events per second", "first limit", "then", "D1 calls a second", "queue messages a second", "new data a day"],
    RATES.flatMap((rate) =>
      Object.entries(PAYLOADS).map(([payload, { title }]) => {
        const event = perEvent(measured, payload);
        const [first] = limits(measured, payload, rate, call_ms);
        const others = limits(measured, payload, rate, call_ms).filter(({ share }, index) => index > 0 && share > 1);
        const words = ({ name, after_s }) => `${name}, ${span(after_s)}`;
        return [
          `${number(rate, 0)}, ${title}`,
          first.share > 1 ? words(first) : "none",
          others.map(words).join("; ") || "",
          number(rate * event.d1_calls, 0),
          number(rate * event.queue_messages, 0),
          `${number((rate * 86_400 * event.stored_bytes) / 1e9, 1)} GB`,
        ];
      }),
    ),
  );
}

export function costTables(measured) {
  const { paid, free_per_day, sources } = prices.cloudflare;
  const payloads = Object.entries(PAYLOADS);
  const titles = payloads.map(([, { title }]) => title);
  const titleOf = (name) => paid[name].title;
  return {
    basis: `Counted by \`npm run bench\` on ${measured.machine.measured_on}.`,
    event: table(
      ["per event", ...titles],
      [
        ...Object.keys(paid).filter((name) => name !== "stored_gb").map((name) => [name === "cpu_ms" ? "CPU ms, at most" : titleOf(name), ...payloads.map(([payload]) => number(perEvent(measured, payload)[name], 2))]),
        ["bytes stored", ...payloads.map(([payload]) => number(perEvent(measured, payload).stored_bytes, 0))],
      ],
    ),
    million: table(
      ["dollars per million events, nothing included", ...titles],
      [
        ...Object.keys(paid).map((name) => [name === "stored_gb" ? `${titleOf(name)}, for each month that they are kept` : titleOf(name), ...payloads.map(([payload]) => dollars(marginal(measured, payload)[name]))]),
        ["**together**", ...payloads.map(([payload]) => `**${dollars(Object.values(marginal(measured, payload)).reduce((sum, value) => sum + value, 0))}**`)],
      ],
    ),
    month: table(
      ["dollars a month, Workers Paid", ...titles],
      [...VOLUMES, 10_000_000, 100_000_000].map((events) => [`${number(events, 0)} events`, ...payloads.map(([payload]) => dollars(bill(measured, payload, events).total))]),
    ),
    free: table(
      ["events a day, free plan, when this alone ran out", ...titles],
      [
        ...Object.keys(free_per_day).map((name) => [titleOf(name), ...payloads.map(([payload]) => number(freePlan(measured, payload).find((row) => row.name === name)?.events ?? Infinity, 0).replace("∞", "no end"))]),
        ["**what runs out first**", ...payloads.map(([payload]) => `**${titleOf(freePlan(measured, payload)[0].name)}**`)],
        ["days until the database of 500 MB is full at that rate", ...payloads.map(([payload]) => number((prices.cloudflare.free_database_gb * 1e9) / (freePlan(measured, payload)[0].events * perEvent(measured, payload).stored_bytes), 0))],
      ],
    ),
    others: table(
      ["a month, one action an event", ...VOLUMES.map((events) => `${number(events, 0)} events`), "reckoned with"],
      [
        ["Uncino on Workers Paid, flat form", ...VOLUMES.map((events) => dollars(bill(measured, "form", events).total)), "the tables above"],
        ...prices.others.map((other) => [other.name, ...VOLUMES.map((events) => asked(other, events)), other.plans]),
      ],
    ),
    sources: [
      ...sources.map(({ what, url, seen, read }) => `- ${what}: <${url}>, ${seen}, ${read}.`),
      ...prices.others.map(({ name, counts, url, seen, read, unknown }) => `- ${name}: <${url}>, from ${seen}, ${read}; ${counts}. Not verified: ${unknown}.`),
    ].join("\n"),
    limits: limitsTable(measured),
  };
}

function read() {
  const file = join(ROOT, "docs", "measured.json");
  if (!existsSync(file)) throw new Failure("docs/measured.json is missing: `npm run bench` makes it");
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Writes the tables of docs/COST.md. */
export const writeCost = () => fill("docs/COST.md", costTables(read()));

if (isEntry(import.meta.url)) {
  await main(() => {
    const at = process.argv.indexOf("--call-ms");
    if (at > 0) {
      const call_ms = Number(process.argv[at + 1]);
      if (!(call_ms > 0)) throw new Failure("`--call-ms` wants the milliseconds that a query to D1 takes, such as `--call-ms 3`");
      console.log(limitsTable(read(), call_ms));
      return;
    }
    writeCost();
    say("docs/COST.md is written");
  });
}
