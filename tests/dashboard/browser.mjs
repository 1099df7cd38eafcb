// A browser in front of the real worker: the built dashboard as a person gets it, with D1, KV and queues behind it.
// Every page is watched: a script error, a violation of the content security policy, or a request that leaves the origin
// fails the test that caused it, whatever that test looked at.
//
//   const house = await open();
//   const page = await house.page({ language: "it", theme: "dark" });   // signed in, by the link that npm start prints
//   await house.close();

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { chromium as findChromium } from "../../scripts/chromium.mjs";
import { ADMIN_TOKEN, start } from "../worker/harness.mjs";

const LOCALES = { it: "it-IT", en: "en-GB" };
const PATIENCE_MS = 15_000;
/** How long whatever a page changes stays under way: a test that does not wait for the answer fails always, not sometimes. */
const WRITE_MS = 100;
/** Playwright tells of a request also when the policy stops it. */
const BLOCKED = "a request left the origin: https://example.com/x.png";

/** Starts worker and browser. `vars` as the worker's harness takes them. */
export async function open({ vars } = {}) {
  const worker = await start({ vars });
  // The page's own name: the cookie of a session is kept for `localhost` without TLS.
  const origin = worker.url.replace("127.0.0.1", "localhost");
  const browser = await chromium.launch({ executablePath: await pathOf(findChromium()), args: ["--no-sandbox"] });
  const faults = [];

  return {
    worker,
    origin,
    /** A page in a context of its own. `signedIn: false` leaves it before the door. */
    async page({ language = "it", theme = "light", width = 1280, height = 900, signedIn = true, path = "/" } = {}) {
      const context = await browser.newContext({
        locale: LOCALES[language],
        colorScheme: theme,
        viewport: { width, height },
        // As on a phone where it is as narrow as one.
        hasTouch: width < 600,
        reducedMotion: "reduce",
        permissions: ["clipboard-read", "clipboard-write"],
      });
      context.setDefaultTimeout(PATIENCE_MS);
      await context.route("**/api/**", delayed);
      const page = await context.newPage();
      watch(page, origin, faults);
      if (signedIn) {
        await page.goto(`${origin}/#token=${ADMIN_TOKEN}`);
        await page.locator("#rooms").waitFor({ state: "attached" });
        if (path !== "/") await page.goto(origin + path);
      } else {
        await page.goto(origin + path);
      }
      return page;
    },
    /** Fails when a page has done what no page may. */
    assertClean() {
      const found = faults.splice(0);
      assert.deepEqual(found, []);
    },
    /** The same, where the policy is meant to have stopped something: it may have said so. */
    assertNothingRan() {
      const found = faults.splice(0).filter((fault) => !fault.startsWith("policy: ") && !fault.startsWith(BLOCKED));
      assert.deepEqual(found, []);
    },
    async close() {
      await browser.close();
      await worker.stop();
    },
  };
}

/** Playwright wants a path, not a command. */
async function pathOf(command) {
  if (command.includes("/") || command.includes("\\")) return command;
  const { execFileSync } = await import("node:child_process");
  return execFileSync("which", [command], { encoding: "utf8" }).trim();
}

async function delayed(route) {
  if (route.request().method() !== "GET") await setTimeout(WRITE_MS);
  await route.continue();
}

function watch(page, origin, faults) {
  page.on("pageerror", (error) => faults.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(`policy: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    if (dialog.type() !== "beforeunload") faults.push(`a dialog of a script: ${dialog.message()}`);
    void dialog.accept();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (/^https?:/.test(url) && !url.startsWith(`${origin}/`)) faults.push(`a request left the origin: ${url}`);
  });
}

/** Waits until a view shows what it has: its heading is there, and no skeleton is left. */
export async function settled(page) {
  await page.locator("main h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector('main [data-skeleton], main [aria-busy="true"]'));
}

/** What axe finds, as text; empty when it finds nothing. */
export async function violations(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `    ${node.html}`).join("\n")}`).join("\n");
}
