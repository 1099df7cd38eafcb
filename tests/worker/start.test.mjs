// `npm start` as a newcomer meets it: the README's first commands, word for word but for the port, against a start of its
// own. It measures no time, and leaves no process behind.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../../scripts/project.mjs";

const state = mkdtempSync(join(tmpdir(), "uncino-start-"));
let port;
let child;
let output = "";

const freePort = () =>
  new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

before(async () => {
  port = await freePort();
  // The token of the README is the one that is kept in .dev.vars.
  const { ADMIN_TOKEN: _, ...env } = process.env;
  child = spawn("node", ["scripts/start.mjs"], { cwd: ROOT, env: { ...env, PORT: String(port), UNCINO_STATE: state }, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  await until("Uncino is ready", () => output.includes("Uncino is ready"), 120_000);
});

after(async () => {
  child?.kill("SIGKILL");
  rmSync(state, { recursive: true, force: true });
});

async function until(what, look, within_ms) {
  for (const deadline = Date.now() + within_ms; !(await look()); await new Promise((done) => setTimeout(done, 50))) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(`not seen: ${what}\n${output}`);
  }
}

const shell = (script) =>
  new Promise((done, fail) =>
    execFile("bash", ["-c", script], { cwd: ROOT }, (error, stdout) => (error ? fail(error) : done(stdout))),
  );

test("the commands of the README's first screen do what it says", async () => {
  const blocks = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text);
  assert.match(blocks[0], /^npm start\n$/);
  const [make, send, look] = blocks.slice(1, 4).map((text) => text.replaceAll("localhost:8787", `localhost:${port}`));
  const runs = `curl -s http://localhost:${port}/api/v1/runs -H "authorization: Bearer $TOKEN"`;
  const wait = `for _ in $(seq 200); do ${runs} | grep -q '"status":"succeeded","with' && break; sleep 0.1; done`;
  const said = await shell(`set -eo pipefail\n${make}\n${send}\n${wait}\n${look}`);
  assert.match(said, /"id":"evt_[0-9A-Z]+","status":"accepted","fields":4/);
  assert.match(said, /"status":"succeeded"/);
  assert.match(said, /\+393331234567/);
  assert.match(said, /"channel":"whatsapp"/);
  assert.match(said, /"channel":"email"/);
});

test("it prints a link to the dashboard that signs in", async () => {
  const [, origin, token] = output.match(/dashboard {4}(http:\/\/localhost:\d+)\/#token=(\S+)\n/);
  assert.equal(origin, `http://localhost:${port}`);
  assert.match(output, new RegExp(`API {10}${origin}/api/v1\n`));
  const session = await fetch(`${origin}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ token: decodeURIComponent(token) }),
  });
  assert.equal(session.status, 200, await session.text());
  const page = await fetch(`${origin}/`);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
});

test("the link that signs in is printed, and written nowhere", () => {
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 0);
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    assert.ok(!readFileSync(path).includes("#token="), path);
  }
});

test("what it prints holds no token of a source and nothing that was sent", () => {
  assert.doesNotMatch(output, /\/in\/[0-9a-z]{32}/);
  assert.doesNotMatch(output, /ada@example\.com/);
});

test("Ctrl-C ends it, and nothing listens any more", async () => {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGINT");
  assert.equal(await ended, 0);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
});
