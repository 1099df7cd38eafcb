// What an operator does with events and runs: settles a doubt, runs a period again and stops it, cancels, deletes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled } from "./browser.mjs";
import { furnish, send } from "./house.mjs";

let house;
let ids;
before(async () => {
  house = await open();
  ids = await furnish(house.worker, "en");
});
after(() => house?.close());

const statusOf = async (id) => (await house.worker.api("GET", `/runs/${id}`)).json.status;

test("an uncertain step is settled by a person, and the run goes on behind it", async () => {
  const page = await house.page({ language: "en", path: `/runs/${ids.uncertain}` });
  await page.getByRole("heading", { name: "Did it happen?" }).waitFor();
  await page.getByRole("button", { name: "Yes, it happened: go on" }).click();
  await page.getByRole("heading", { name: "Did it happen?" }).waitFor({ state: "detached" });
  await house.worker.until("it waits in its next step", async () => (await statusOf(ids.uncertain)) === "waiting");
  await page.locator("main header").getByText("waiting").waitFor();
  house.assertClean();
});

test("a waiting run is cancelled only after it was asked, and says so at once", async () => {
  const page = await house.page({ language: "en", path: `/runs/${ids.waiting}` });
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Back", exact: true }).click();
  assert.equal(await statusOf(ids.waiting), "waiting");
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
  await page.locator("main header").getByText("cancelled").waitFor();
  assert.equal(await statusOf(ids.waiting), "cancelled");
  house.assertClean();
});

test("a period is run again, with its progress shown to the end", async () => {
  const before = (await house.worker.api("GET", "/runs?limit=200")).json.data.length;
  const page = await house.page({ language: "en", path: "/events" });
  await page.getByRole("button", { name: "Run a period again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("From", { exact: true }).first().selectOption({ label: "Welcome new contacts" });
  await dialog.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("progressbar").waitFor();
  // A replay is advanced by the sweep, too.
  await house.worker.scheduled();
  await page.getByText(/^Done: 7 new runs$/).waitFor();
  const after = (await house.worker.api("GET", "/runs?limit=200")).json.data.length;
  assert.equal(after - before, 7);
  house.assertClean();
});

test("the list of events lives, and is searched and filtered by its address", async () => {
  const page = await house.page({ language: "en", path: "/events" });
  await settled(page);
  await send(house.worker, { source: ids.source }, { nome: "Just Arrived", telefono: "+39 333 9999999" });
  await page.getByText("Just Arrived").first().waitFor();
  await page.getByLabel("Search what arrived").fill("Giulia");
  await page.waitForURL(/q=Giulia/);
  await page.getByText("Just Arrived").waitFor({ state: "detached" });
  await page.getByText("Giulia Rossi").first().waitFor();
  house.assertClean();
});

test("an event is deleted only after it was asked", async () => {
  const page = await house.page({ language: "en", path: `/events/${ids.hostile}` });
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.waitForURL(/\/events$/);
  assert.equal((await house.worker.api("GET", `/events/${ids.hostile}`)).status, 404);
  house.assertClean();
});

test("a run that was left on hold is released from its own page", async () => {
  const at = `/automations/${ids.order}`;
  await house.worker.api("POST", `${at}/disable`);
  const { json: automation } = await house.worker.api("GET", at);
  const event = await send(house.worker, automation, { numero: "A-900", totale: 1 });
  const held = await house.worker.until("it is held", async () => {
    const { json } = await house.worker.api("GET", `/runs?automation_id=${ids.order}&status=held`);
    return json.data.find((run) => run.event_id === event.id);
  });
  const page = await house.page({ language: "en", path: `/runs/${held.id}` });
  await page.getByText("The automation is switched off.", { exact: false }).waitFor();
  await house.worker.api("POST", `${at}/enable`);
  await page.reload();
  await page.getByText("It was left on hold", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Run them now" }).click();
  await house.worker.until("it has run", async () => (await statusOf(held.id)) === "skipped");
  await page.locator("main header").getByText("skipped").waitFor();
  house.assertClean();
});
