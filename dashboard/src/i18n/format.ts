// Dates, times and numbers as the page's language writes them, in the time zone of the person who looks.

export interface Format {
  number: (value: number) => string;
  /** A moment in full: `24 nov 2026, 15:04:05`. */
  moment: (iso: string) => string;
  day: (iso: string) => string;
  hour: (iso: string) => string;
  /** How long ago or how far ahead: `3 minuti fa`. */
  relative: (iso: string, now?: number) => string;
  duration: (ms: number) => string;
  list: (items: string[]) => string;
  bytes: (count: number) => string;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function formatFor(language: string): Format {
  const number = new Intl.NumberFormat(language);
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short" });
  const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const unit = (name: string, digits = 0) =>
    new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits });
  return {
    number: (value) => number.format(value),
    moment: (iso) => moment.format(new Date(iso)),
    day: (iso) => day.format(new Date(iso)),
    hour: (iso) => hour.format(new Date(iso)),
    relative: (iso, now = Date.now()) => {
      const seconds = (Date.parse(iso) - now) / 1_000;
      const [name, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
      // The clocks of browser and server differ a little: what just happened is never in the future.
      return relative.format(name === "second" && Math.abs(seconds) < 5 ? 0 : Math.trunc(seconds / size), name);
    },
    duration: (ms) => {
      if (ms < 1_000) return unit("millisecond").format(Math.round(ms));
      if (ms < 60_000) return unit("second", 1).format(ms / 1_000);
      if (ms < 3_600_000) return unit("minute").format(Math.round(ms / 60_000));
      if (ms < 86_400_000) return unit("hour", 1).format(ms / 3_600_000);
      return unit("day", 1).format(ms / 86_400_000);
    },
    list: (items) => list.format(items),
    bytes: (count) => {
      const step = ["byte", "kilobyte", "megabyte", "gigabyte"].find((_, n) => count < 1_000 ** (n + 1)) ?? "gigabyte";
      const size = { byte: 1, kilobyte: 1e3, megabyte: 1e6 }[step] ?? 1e9;
      return unit(step, count / size < 10 ? 1 : 0).format(count / size);
    },
  };
}
