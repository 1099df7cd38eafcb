// Coming in and going out: the link works once, a wrong token is told, and after signing out nothing is left to see.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_TOKEN } from "../worker/harness.mjs";
import { open, settled } from "./browser.mjs";

let house;
before(async () => {
  house = await open();
});
after(() => house?.close());

test("the link signs in and takes the token out of the address", async () => {
  const page = await house.page({ language: "en" });
  await settled(page);
  assert.equal(await page.evaluate(() => location.href.includes("token")), false);
  assert.equal(await page.evaluate(() => document.cookie), "");
  house.assertClean();
});

test("a wrong token is refused in words, the right one opens, and signing out closes", async () => {
  const page = await house.page({ language: "en", signedIn: false, path: "/events" });
  const field = page.getByLabel("Admin token");
  await field.fill("wrong-token-wrong-token-wrong-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("not the admin token").waitFor();
  await field.fill(ADMIN_TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Events", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Admin token").waitFor();
  await page.reload();
  await page.getByLabel("Admin token").waitFor();
});

test("a session that ends while somebody works asks for the token, and goes on where they were", async () => {
  const page = await house.page({ language: "en", path: "/contacts" });
  await settled(page);
  await page.context().clearCookies();
  await page.getByLabel("Admin token").fill(ADMIN_TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Contacts", level: 1 }).waitFor();
});

test("language and appearance are chosen once and kept", async () => {
  const page = await house.page({ language: "en" });
  await page.getByLabel("Language").selectOption("it");
  await page.getByLabel("Aspetto").selectOption("dark");
  await page.reload();
  await page.getByLabel("Lingua").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "it");
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  house.assertClean();
});
