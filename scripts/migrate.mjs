// Brings the local database up to date. The remote one is migrated by deploy.mjs.
// A stamp in the state folder saves the second that wrangler takes to find out that nothing is new.

import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, ROOT, fingerprint, probe, say } from "./project.mjs";
import { nodeEnv, wrangler } from "./tools.mjs";

export function migrateLocal(state) {
  if (!existsSync(join(ROOT, "migrations"))) return;
  const stamp = join(state, "uncino-migrations");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === current(state)) return;
  rmSync(stamp, { force: true });
  say("migrating the local database");
  const [command, args] = wrangler("d1", "migrations", "apply", "DB", "--local", "--persist-to", state);
  // With CI set wrangler asks nothing.
  const result = probe(command, args, { env: { ...nodeEnv(), CI: "1" } });
  if (!result.ok) {
    throw new Failure(`the local database cannot be migrated:\n${result.out}${result.err}\nTo begin anew, remove ${state}`);
  }
  writeFileSync(stamp, current(state));
}

/** The migrations and the very database files they were applied to: a database that was removed is migrated again. */
function current(state) {
  const folder = join(state, "v3", "d1", "miniflare-D1DatabaseObject");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".sqlite")).sort() : [];
  return fingerprint(["migrations"], files.map((name) => `${name}:${statSync(join(folder, name)).ino}`).join());
}
