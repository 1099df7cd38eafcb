// What a deploy has to do, decided from what wrangler answered: no process is started and nothing is printed here.
// deploy.mjs asks the questions and carries the plan out.

import { GENERATED } from "./settings.mjs";
import { Failure } from "./project.mjs";

/** Answer of `wrangler whoami --json`. */
export function requireLogin({ out, err }) {
  if (jsonIn(out)?.loggedIn) return;
  if (/resolve Cloudflare's API hostname|fetch failed|ENOTFOUND/.test(out + err)) {
    throw new Failure("Cloudflare's API cannot be reached: check the network, then run `npm run deploy` again");
  }
  throw new Failure("wrangler is not logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, then `npm run deploy` again");
}

/** Answer of `wrangler d1 list --json`: whether the database is there. */
export function hasDatabase({ ok, out, err }, name) {
  const databases = jsonIn(out);
  if (!ok || !Array.isArray(databases)) throw refused("list the databases (D1)", err || out);
  return databases.some((database) => database.name === name);
}

/** Answer of `wrangler secret list`: the names that are set; none for a worker that does not exist yet. */
export function secretNames({ ok, out, err }) {
  if (!ok && /Worker "[^"]*".* not found/.test(out + err)) return [];
  const secrets = jsonIn(out);
  if (!ok || !Array.isArray(secrets)) throw refused("list the worker's secrets", err || out);
  return secrets.map((secret) => secret.name);
}

function refused(what, said) {
  // Terminal colours would make the reason hard to read in a CI log.
  const reason = said.replace(/\x1b\[[\d;]*m/g, "").trim();
  return new Failure(`Cloudflare would not ${what}; wrangler says:\n${reason}\nCheck the account (CLOUDFLARE_ACCOUNT_ID when there are several) and the token's rights, then run \`npm run deploy\` again`);
}

/** The JSON in wrangler's output, after any line that it printed before; null when there is none. */
export function jsonIn(text) {
  const start = text.search(/^[[{]/m);
  if (start < 0) return null;
  try {
    return JSON.parse(text.slice(start));
  } catch {
    return null;
  }
}

/**
 * The steps in their order. The database is made before it is migrated and migrated before code that needs it arrives;
 * secrets travel with that code, so that no version ever runs without them. Secrets that are set are never touched.
 */
export function plan({ database, databaseExists, secrets, environment }) {
  const steps = [];
  if (!databaseExists) steps.push({ do: "create_database", says: `create the database ${database}` });
  steps.push({ do: "migrate", says: `apply what is new in migrations/ to ${database}` });
  const missing = Object.keys(GENERATED)
    .filter((name) => !secrets.includes(name))
    .map((name) => ({ name, from: environment[name] ? "environment" : "person" }));
  const setting = missing.length > 0 ? ` and set ${missing.map((secret) => secret.name).join(" and ")}` : "";
  steps.push({ do: "deploy", secrets: missing, says: `upload the worker, making the queues and the KV store that are missing${setting}` });
  return steps;
}

/** What is wrong with a secret's value, in words; null when nothing is. */
export function faultOf(name, value) {
  if (name === "ADMIN_TOKEN" && value.length < 32) return "ADMIN_TOKEN must have at least 32 characters";
  if (name === "SECRET_KEY" && Buffer.from(value, "base64").length !== 32) return "SECRET_KEY must be 32 bytes as base64: openssl rand -base64 32";
  return null;
}

