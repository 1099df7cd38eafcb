// The address and what it names: links, the browser's own ways back and forth, another tab, an address that is none.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled } from "./browser.mjs";

let house;
let automation;
before(async () => {
  house = await open();
  ({ json: automation } = await house.worker.api("POST", "/automations", { name: "By address", steps: [] }));
});
after(() => house?.close());

const heading = (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor();

test("a link changes the view without loading the page, and the way back and forth does too", async () => {
  const page = await house.page({ language: "en" });
  await settled(page);
  await page.evaluate(() => {
    window.sameDocument = true;
  });
  await page.getByRole("link", { name: "Automations", exact: true }).click();
  await heading(page, "Automations");
  await page.getByRole("link", { name: "By address" }).first().click();
  await heading(page, "By address");
  await page.goBack();
  await heading(page, "Automations");
  await page.goForward();
  await heading(page, "By address");
  // A screen reader begins at the heading of the view that was entered.
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  house.assertClean();
});

test("a link opened with the control key goes to a tab of its own, and this one stays", async () => {
  const page = await house.page({ language: "en" });
  await settled(page);
  const [tab] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByRole("link", { name: "Events", exact: true }).click({ modifiers: ["Control"] }),
  ]);
  await tab.waitForURL(/\/events$/);
  assert.equal(new URL(page.url()).pathname, "/");
  house.assertClean();
});

test("an address with a place within it scrolls there, also when it comes by a link", async () => {
  const page = await house.page({ language: "en", path: `/automations/${automation.id}/settings#limits` });
  await page.locator("#limits").waitFor();
  await page.waitForFunction(() => scrollY > 0);
  house.assertClean();
});

test("an address that names nothing says so, also when it cannot be read", async () => {
  const page = await house.page({ language: "en" });
  for (const path of ["/no/such/place", `/automations/${automation.id}/steps/more`, "/events/%E0%A4%A"]) {
    await page.goto(house.origin + path);
    await heading(page, "There is nothing here");
  }
  house.assertClean();
});
