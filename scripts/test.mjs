// `npm test`: every ring of tests in order, named as it starts; the first that fails ends it.
// `node scripts/test.mjs native worker` runs these rings alone. What a ring checks stands in its own files.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { chromium } from "./chromium.mjs";
import { Failure, ROOT, exclusively, hasDashboard, main, run } from "./project.mjs";
import { ensureCompiler, ensurePackages, ensureRust, ensureWasmTarget, node, nodeEnv, wrangler } from "./tools.mjs";

const LINT = ["--quiet", "--", "-D", "warnings"];

/** In the order of their cost: what is cheap to know is known first. */
const RINGS = {
  format: { says: "formatting", run: () => cargo("fmt", "--check") },
  lint: {
    says: "lints, native and wasm; types, lints and unit tests of the dashboard",
    async run() {
      await cargo("clippy", "--all-targets", ...LINT);
      await ensureWasmTarget();
      await cargo("clippy", "--lib", "--target", "wasm32-unknown-unknown", ...LINT);
      if (hasDashboard()) await inNode("npm", ["run", "check", "--workspace", "dashboard"]);
    },
  },
  // A snapshot that differs is a failure, never a file to write.
  native: { says: "native tests", run: () => cargo("test", "--quiet") },
  scripts: { says: "unit tests of the scripts and of the bench", run: () => nodeTests(["scripts", "tests/bench"]) },
  build: { says: "building the worker", run: () => exclusively(() => build()) },
  "dry-run": {
    says: "wrangler accepts the configuration (deploy --dry-run)",
    run: () => inNode(...wrangler("deploy", "--dry-run", "--outdir", join(ROOT, ".wrangler", "dry-run"))),
  },
  worker: { says: "black-box tests in workerd", run: () => nodeTests(["tests/worker"]) },
  browser: {
    says: "browser tests in Chromium",
    skip: () => !hasDashboard(),
    // Without a browser it fails: a ring that was not run must not look like one that passed.
    run: () => nodeTests(["tests/dashboard"], { CHROMIUM: chromium() }),
  },
};

async function test() {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !RINGS[name]);
  if (unknown) throw new Failure(`there is no ring "${unknown}": choose from ${Object.keys(RINGS).join(", ")}`);
  ensureCompiler();
  ensureRust();
  await exclusively(() => ensurePackages());

  const done = [];
  for (const name of names.length > 0 ? names : Object.keys(RINGS)) {
    const ring = RINGS[name];
    if (ring.skip?.()) continue;
    console.log(`\n━━ ${name}: ${ring.says}`);
    const begun = Date.now();
    try {
      await ring.run();
    } catch (error) {
      summary(done);
      console.log(`  ✗ ${name}`);
      throw error instanceof Failure ? new Failure(`${name} failed: ${error.message}`) : error;
    }
    done.push([name, Date.now() - begun]);
  }
  summary(done);
  console.log("\nuncino: all tests passed");
}

function summary(done) {
  console.log("\n━━ summary");
  for (const [name, ms] of done) console.log(`  ✓ ${name.padEnd(8)} ${(ms / 1000).toFixed(1)} s`);
}

const cargo = (...args) => run("cargo", args, { env: { ...process.env, INSTA_UPDATE: "no" } });

const inNode = (command, args, env = {}) => run(command, args, { env: { ...nodeEnv(), ...env }, hint: "see the output above" });

const testsIn = (folder) =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true })
        .filter((name) => name.endsWith(".test.mjs"))
        .sort()
        .map((name) => join(folder, name))
    : [];

function nodeTests(folders, env) {
  const files = folders.flatMap((folder) => {
    const found = testsIn(folder);
    if (found.length === 0) throw new Failure(`no *.test.mjs in ${folder}`);
    return found;
  });
  // Each file starts a workerd of its own: more at once would only slow each other down.
  return inNode(node(), ["--test", "--test-reporter=spec", "--test-concurrency=2", "--test-timeout=180000", ...files], env);
}

await main(test);
