// The first three minutes: from the link that `npm start` prints to a WhatsApp message in the outbox, following only what
// is on the screen. Once from the page itself, once from outside, as a website's form would send.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled, violations } from "./browser.mjs";

let house;
before(async () => {
  house = await open();
});
after(() => house?.close());

test("a starting point, one click, and the message that it caused", async () => {
  const page = await house.page({ language: "it" });
  await page.getByRole("heading", { name: "Da dove vuoi cominciare?" }).waitFor();
  assert.equal(await violations(page), "");
  await page.getByRole("main").getByRole("button").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  // Behind an open dialog the page's own heading does not count.
  assert.equal((await violations(page)).replace(/^page-has-heading-one: .*\n.*$/m, "").trim(), "");
  await dialog.getByRole("button", { name: "Crea l'automazione" }).click();
  await page.waitForURL(/\/automations\/aut_/);
  await page.getByText("In attesa del primo evento").first().waitFor();
  await page.getByRole("button", { name: "Manda un evento di prova" }).first().click();
  await page.getByText("riuscita").first().waitFor();
  await page.getByRole("link", { name: "Messaggi simulati" }).first().click();
  await page.getByRole("heading", { name: "Messaggi simulati", level: 1 }).waitFor();
  await page.locator("main").getByText("WhatsApp").first().waitFor();
  await page.locator("main").getByText(/^Ciao /).first().waitFor();
  const { json } = await house.worker.api("GET", "/outbox");
  assert.ok(json.data.some(({ channel }) => channel === "whatsapp"));
  house.assertClean();
});

test("what a form posts shows up by itself as learned fields, and so does what it caused", async () => {
  const { json } = await house.worker.api("POST", "/automations", {
    name: "From a website",
    steps: [{ action: "send_whatsapp", params: { to: "{{telefono}}", text: "Ciao {{nome}}" } }],
  });
  const page = await house.page({ language: "en", path: `/automations/${json.id}` });
  await page.getByText("Waiting for the first event…").first().waitFor();
  const response = await house.worker.fetch(new URL(json.source.url).pathname, {
    method: "POST",
    headers: { accept: "text/html", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ nome: "Ada", telefono: "333 1234567" }).toString(),
  });
  assert.equal(response.status, 202);
  await page.locator("main").getByText("telefono", { exact: true }).first().waitFor();
  await page.locator("main").getByText("Ciao Ada").first().waitFor();
  house.assertClean();
});

test("the address is copied with one click", async () => {
  const { json } = await house.worker.api("GET", "/automations");
  const page = await house.page({ language: "en", path: `/automations/${json.data[0].id}` });
  await settled(page);
  await page.getByRole("button", { name: "Copy" }).first().click();
  await page.getByText("Copied").first().waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(new URL(copied).pathname, new URL(json.data[0].source.url).pathname);
  house.assertClean();
});
