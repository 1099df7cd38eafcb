// `npm run deploy`: the first and every later deploy to the Cloudflare account that wrangler is logged in to.
// It says what it will do, stops at the first failure with the next step, and can be run again at any point.
// It never touches routes, vars or secrets that are set. `--yes` asks nothing (as when there is no terminal).

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { build } from "./build.mjs";
import { faultOf, hasDatabase, plan, requireLogin, secretNames } from "./deploy-plan.mjs";
import { Failure, ROOT, exclusively, main, probe, run, say } from "./project.mjs";
import { GENERATED } from "./settings.mjs";
import { ensurePackages, nodeEnv, wrangler } from "./tools.mjs";

const asks = process.stdin.isTTY && process.stdout.isTTY && !process.argv.includes("--yes");

async function deploy() {
  await exclusively(async () => {
    await ensurePackages();
    requireLogin(ask("whoami", "--json"));
    await build();
  });
  const database = /^database_name = "(.+)"/m.exec(readFileSync(join(ROOT, "wrangler.toml"), "utf8"))[1];
  const steps = plan({
    database,
    databaseExists: hasDatabase(ask("d1", "list", "--json"), database),
    secrets: secretNames(ask("secret", "list", "--format", "json")),
    environment: process.env,
  });
  console.log(`\nThis deploy will\n${steps.map((step, index) => `  ${index + 1}. ${step.says}`).join("\n")}\n`);
  if (asks && !/^(y|yes|)$/i.test(await question("Go on? [Y/n] "))) throw new Failure("nothing was changed");
  for (const step of steps) await carryOut(step, database);
}

async function carryOut(step, database) {
  say(step.says);
  if (step.do === "create_database") {
    await show(["d1", "create", database], "the database was not made: see wrangler's words above, then run `npm run deploy` again");
  } else if (step.do === "migrate") {
    await show(
      ["d1", "migrations", "apply", "DB", "--remote"],
      "the database is not migrated and the worker was not touched: see above, then run `npm run deploy` again",
    );
  } else {
    await upload(step.secrets);
  }
}

async function upload(missing) {
  const values = {};
  for (const { name, from } of missing) values[name] = await valueFor(name, from);
  // A file, not arguments: a command line can be read by every user of the machine.
  const folder = mkdtempSync(join(tmpdir(), "uncino-deploy-"));
  const file = join(folder, "secrets.json");
  try {
    writeFileSync(file, JSON.stringify(values), { mode: 0o600 });
    await show(
      ["deploy", ...(missing.length > 0 ? ["--secrets-file", file] : [])],
      "the worker was not deployed (its database is ready): see above, then run `npm run deploy` again",
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // Only now: a token of a deploy that failed would be written down for nothing.
  const made = missing.find(({ name, from }) => name === "ADMIN_TOKEN" && from === "person");
  if (made) console.log(`\n  admin token  ${values.ADMIN_TOKEN}\n  It is shown this once: keep it where passwords are kept.\n`);
  say("deployed; the dashboard is at the address above, its password is the admin token");
}

/** A missing secret: from the environment, typed by a person, or made here. */
async function valueFor(name, from) {
  const given = from === "environment" ? process.env[name] : asks ? (await question(`${name} (Enter: make one) `)).trim() : "";
  const value = given || GENERATED[name]();
  const fault = faultOf(name, value);
  if (fault) throw new Failure(`${fault}; then run \`npm run deploy\` again`);
  return value;
}

/** Runs wrangler quietly for its answer. */
function ask(...args) {
  const [command, all] = wrangler(...args);
  return probe(command, all, { env: nodeEnv() });
}

/** Runs wrangler in the open, never asking: what is to be decided was decided in the plan. */
function show(args, hint) {
  const [command, all] = wrangler(...args);
  return run(command, all, { env: { ...nodeEnv(), CI: "1" }, hint });
}

async function question(text) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(text);
  } finally {
    terminal.close();
  }
}

await main(deploy);
