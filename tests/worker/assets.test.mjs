// The dashboard's files through the real binding: their types and tags are the asset server's, their headers ours, and
// nothing is served past the worker. Which address means which file is tried natively (tests/it/http_dashboard.rs); the
// files here are made up, so that this ring needs no dashboard.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";

const INDEX = "<!doctype html><title>a dashboard</title>";
const FONT = randomBytes(300_000);
const BROWSER = { accept: "text/html" };

let folder;
let worker;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "uncino-assets-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), INDEX);
  writeFileSync(join(folder, "mail.html"), "<!doctype html><title>an e-mail</title>");
  writeFileSync(join(folder, "icon.svg"), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, "notes.txt"), "not an address");
  writeFileSync(join(folder, "assets", "main-abc123.js"), "start()");
  writeFileSync(join(folder, "assets", "main-abc123.css"), "p{}");
  writeFileSync(join(folder, "assets", "font-abc123.woff2"), FONT);
  worker = await start({ assets: folder });
});

after(async () => {
  await worker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("on localhost every page address is the dashboard, with its headers", async () => {
  for (const path of ["/", "/automations/aut_1", "/index.html"]) {
    const page = await worker.fetch(path, { headers: BROWSER });
    assert.equal(page.status, 200, path);
    assert.equal(await page.text(), INDEX);
    assert.match(page.headers.get("content-type"), /^text\/html/);
    assert.equal(page.headers.get("cache-control"), "no-cache");
    assert.equal(page.headers.get("x-frame-options"), "DENY");
    assert.match(page.headers.get("content-security-policy"), /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
  }
});

test("hashed files have their types, and are kept for ever", async () => {
  for (const [name, type] of [["main-abc123.js", /javascript/], ["main-abc123.css", /^text\/css/], ["font-abc123.woff2", /^font\/woff2/]]) {
    const file = await worker.fetch(`/assets/${name}`);
    assert.equal(file.status, 200, name);
    assert.match(file.headers.get("content-type"), type);
    assert.equal(file.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.equal(file.headers.get("access-control-allow-origin"), "*");
    assert.equal(file.headers.get("x-content-type-options"), "nosniff");
    await file.arrayBuffer();
  }
});

test("a file arrives byte for byte", async () => {
  const file = await worker.fetch("/assets/font-abc123.woff2");
  assert.ok(FONT.equals(Buffer.from(await file.arrayBuffer())));
});

test("what the browser has is not sent again, and HEAD sends headers only", async () => {
  const tag = (await worker.fetch("/assets/main-abc123.js")).headers.get("etag");
  assert.ok(tag);
  const again = await worker.fetch("/assets/main-abc123.js", { headers: { "if-none-match": tag } });
  assert.equal(again.status, 304);
  assert.equal(again.headers.get("etag"), tag);
  assert.equal(again.headers.get("cache-control"), "public, max-age=31536000, immutable");
  assert.equal(await again.text(), "");
  const head = await worker.fetch("/", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.match(head.headers.get("content-type"), /^text\/html/);
  assert.equal(await head.text(), "");
});

test("an icon beside the pages is served as what it is", async () => {
  const icon = await worker.fetch("/icon.svg");
  assert.equal(icon.status, 200);
  assert.match(icon.headers.get("content-type"), /^image\/svg\+xml/);
  assert.equal(icon.headers.get("cache-control"), "no-cache");
});

test("the page of an e-mail is shut in", async () => {
  const page = await worker.fetch("/mail.html", { headers: BROWSER });
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /frame-ancestors 'self'; sandbox allow-scripts$/);
  assert.equal(page.headers.get("x-frame-options"), "SAMEORIGIN");
});

test("on a foreign host nothing of it is there, not even past the worker", async () => {
  for (const path of ["/", "/index.html", "/mail.html", "/assets/main-abc123.js", "/notes.txt", "/events"]) {
    const response = await worker.fetch(path, { host: "shop.example.com", headers: BROWSER });
    assert.equal(response.status, 404, path);
    assert.doesNotMatch(await response.text(), /a dashboard|an e-mail|start\(\)|not an address/);
  }
});

test("a file that no address means is not served on localhost either", async () => {
  const file = await worker.fetch("/notes.txt");
  assert.equal(file.status, 404);
  assert.doesNotMatch(await file.text(), /not an address/);
  assert.equal((await worker.fetch("/assets/main-old.js")).status, 404);
  assert.equal((await worker.fetch("/assets/..%2fnotes.txt")).status, 404);
});

test("receiving, the API and the timer are as they were", async () => {
  const made = await worker.api("POST", "/automations", { name: "Benvenuto", steps: [] });
  assert.equal(made.status, 201);
  const sent = await worker.fetch(`/shop/in/${made.json.source.token}`, { host: "shop.example.com", method: "POST", body: '{"nome":"Ada"}' });
  assert.equal(sent.status, 202);
  assert.equal((await worker.scheduled()).outcome, "ok");
});

test("a dashboard that was never built says what to run", async () => {
  const empty = mkdtempSync(join(tmpdir(), "uncino-assets-"));
  const other = await start({ assets: empty });
  try {
    const page = await other.fetch("/", { headers: { ...BROWSER, "accept-language": "it" } });
    assert.equal(page.status, 503);
    assert.match(await page.text(), /npm run build/);
    assert.equal((await other.fetch("/healthz")).status, 200);
  } finally {
    await other.stop();
    rmSync(empty, { recursive: true, force: true });
  }
});
