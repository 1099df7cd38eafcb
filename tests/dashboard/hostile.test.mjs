// What a stranger sends is text wherever it appears: never an element, never a link, never run, and where it could fool a
// reader (a changed direction, an invisible character) it shows itself.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled } from "./browser.mjs";
import { furnish, HOSTILE, send } from "./house.mjs";

let house;
let ids;
before(async () => {
  house = await open();
  ids = await furnish(house.worker);
  // A body as long as that one shows nothing of itself in a list: a short one does.
  await send(house.worker, { source: ids.source }, { ...HOSTILE, messaggio: "\u202egnirts" });
  const { json: event } = await house.worker.api("GET", `/events/${ids.hostile}`);
  ids.hostileRun = event.runs[0].id;
  const { json: contacts } = await house.worker.api("GET", "/contacts?q=mallory");
  ids.hostileContact = contacts.data[0].id;
});
after(() => house?.close());

/** Every place where something of a payload can appear. */
const PLACES = {
  "the list of events": () => "/events",
  "the event": () => `/events/${ids.hostile}`,
  "the list of runs": () => "/runs",
  "the run": () => `/runs/${ids.hostileRun}`,
  "the contacts": () => "/contacts",
  "the contact": () => `/contacts/${ids.hostileContact}`,
  "the outbox": () => "/outbox",
  "the learned fields": () => `/automations/${ids.welcome}/fields`,
  "the page of the automation": () => `/automations/${ids.welcome}`,
  "the editor": () => `/automations/${ids.welcome}/steps`,
  "the activity": () => `/automations/${ids.welcome}/activity`,
};


test("nothing of a hostile payload becomes markup, a link or a script", async (t) => {
  const page = await house.page({ path: "/" });
  for (const [place, path] of Object.entries(PLACES)) {
    await t.test(place, async () => {
      await page.goto(house.origin + path());
      await settled(page);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      await page.waitForTimeout(300);
      const found = await page.evaluate(() => {
        const attributes = [...document.querySelectorAll("*")].flatMap((element) =>
          [...element.attributes].filter(({ name }) => name.startsWith("on")).map(({ name }) => `${element.tagName} ${name}`),
        );
        return {
          images: document.querySelectorAll("img").length,
          bold: [...document.querySelectorAll("b")].map((element) => element.outerHTML),
          scripts: [...document.scripts].filter((script) => !script.src).length,
          links: [...document.links].map((link) => link.href).filter((href) => !href.startsWith(location.origin)),
          attributes,
          overrides: /[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText),
          tooWide: document.documentElement.scrollWidth > innerWidth,
        };
      });
      const external = found.links.filter((href) => !/^https:\/\//.test(href));
      assert.deepEqual({ ...found, links: external }, { images: 0, bold: [], scripts: 0, links: [], attributes: [], overrides: false, tooWide: false });
      house.assertClean();
    });
  }
});

test("a list shows how it begins, letter by letter", async () => {
  const page = await house.page({ path: "/events" });
  await page.getByRole("link", { name: `${HOSTILE.nome} · ` }).first().waitFor();
  await page.getByText("\\u202egnirts").first().waitFor();
  house.assertClean();
});

test("the event shows it letter by letter, cut until somebody asks for the rest", async () => {
  const page = await house.page({ path: `/events/${ids.hostile}` });
  await settled(page);
  await page.getByText(HOSTILE.nome, { exact: true }).first().waitFor();
  await page.getByText("\\u202egnirts lausunu").first().waitFor();
  await page.getByRole("button", { name: /Mostra tutto \(10\.\d+ caratteri\)/ }).first().click();
  assert.ok((await page.getByText("x".repeat(9_000)).count()) > 0);
  house.assertClean();
});
