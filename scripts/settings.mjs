// The worker's settings under `npm start`: environment first, then .dev.vars, then what is made on the spot.
// It judges no value (the worker says what is malformed) and writes nothing but missing secrets.

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { Failure } from "./project.mjs";

/** Every secret and var that the worker reads. The UNCINO_ ones are obeyed only beside UNCINO_DEV=1. */
export const NAMES = [
  "ADMIN_TOKEN",
  "SECRET_KEY",
  "SECRET_KEY_PREVIOUS",
  "PUBLIC_URL",
  "ADMIN_HOST",
  "ACCESS_TEAM_DOMAIN",
  "ACCESS_AUD",
  "DEFAULT_COUNTRY",
  "TIME_ZONE",
  "RETENTION_DAYS",
  "RETENTION_DAYS_RUNS",
  "RETENTION_DAYS_CONTACTS",
  "WHATSAPP_API_URL",
  "EMAIL_FROM",
  "OUTBOUND_ALLOW_HOSTS",
  "SENDS_PER_AUTOMATION_DAY",
  "SENDS_PER_RECIPIENT_HOUR",
  "DATABASE_LIMIT_MB",
  "UNCINO_LIMITS",
  "UNCINO_FAULTS",
  "UNCINO_CLOCK_OFFSET_MS",
];

/** Secrets that nobody has to invent. */
export const GENERATED = {
  ADMIN_TOKEN: () => randomBytes(24).toString("hex"),
  SECRET_KEY: () => randomBytes(32).toString("base64"),
};

/** Settings for a local start; missing secrets are made and kept in `file` (mode 0600). */
export function localSettings(file, environment) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const { settings, made } = decide(parseEnv(text), environment);
  if (Object.keys(made).length > 0) {
    writeFileSync(file, withValues(text, made), { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return settings;
}

/** What the worker gets and which secrets had to be made. A variable that is set to nothing counts as set. */
export function decide(fromFile, environment, generate = GENERATED) {
  const settings = { OUTBOUND_ALLOW_HOSTS: "localhost,127.0.0.1", ...fromFile };
  for (const name of NAMES) {
    if (environment[name] !== undefined) settings[name] = environment[name];
  }
  const made = {};
  for (const [name, make] of Object.entries(generate)) {
    // An empty line in the file is a form not filled in; only the environment can mean "none".
    if (environment[name] === undefined && !settings[name]) settings[name] = made[name] = make();
  }
  return { settings: { ...settings, UNCINO_DEV: "1" }, made };
}

/** The text of a dotenv file with these values set, every other line left as it is. */
export function withValues(text, values) {
  const names = Object.keys(values);
  const kept = text.split("\n").filter((line) => !names.includes(/^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1]));
  const head = kept.join("\n").replace(/\n*$/, "\n").replace(/^\n$/, "");
  return `${head}${names.map((name) => `${name}=${values[name]}\n`).join("")}`;
}

/** A dotenv file as wrangler's `--env-file` reads it: quoted, because `#` begins a comment, and with `$` kept from expansion. */
export function envFile(settings) {
  return Object.entries(settings)
    .map(([name, value]) => {
      const quote = ["'", "`", '"'].find((mark) => !value.includes(mark) && !(mark === '"' && /\\[nr]/.test(value)));
      if (!quote || value.endsWith("\\") || /\r/.test(value)) {
        throw new Failure(`${name} cannot be handed to wrangler: it ends in a backslash, or holds a carriage return or all three kinds of quotes`);
      }
      return `${name}=${quote}${value.replaceAll("$", "\\$")}${quote}\n`;
    })
    .join("");
}
