// What a person may ask of an operator: their data, and that they be erased. And what the operator sees of a message: that
// it was held back, that it was read.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startReceiver } from "../worker/receiver.mjs";
import { open, settled, violations } from "./browser.mjs";
import { send } from "./house.mjs";

const APP_SECRET = "the-secret-of-the-app";

let house;
let automation;
let connection;
let receiver;
before(async () => {
  receiver = await startReceiver();
  house = await open({ vars: { SENDS_PER_RECIPIENT_HOUR: "1", WHATSAPP_API_URL: `${receiver.url}/wa` } });
  ({ json: connection } = await house.worker.api("POST", "/connections", {
    kind: "whatsapp",
    name: "Negozio",
    simulated: false,
    default: true,
    settings: { phone_number_id: "1" },
    secrets: { access_token: "token", app_secret: APP_SECRET },
  }));
  receiver.script("*", { body: { messages: [{ id: "wamid.1" }] } });
  const steps = [
    { action: "save_contact", params: { phone: "{{telefono}}", name: "{{nome}}" } },
    { id: "wa", action: "send_whatsapp", params: { to: "{{telefono}}", text: "Ciao {{nome}}" } },
  ];
  ({ json: automation } = await house.worker.api("POST", "/automations", { name: "Benvenuto", steps }));
});
after(async () => {
  await house?.close();
  await receiver?.stop();
});

const runOf = (eventId, status) =>
  house.worker.until(`a run of ${eventId} is ${status}`, async () => {
    const { json } = await house.worker.api("GET", `/runs?event_id=${eventId}`);
    return json.data.find((run) => run.status === status);
  });

test("a message that a limit holds back says why and what to do, and goes when a person says so", async () => {
  const first = await send(house.worker, automation, { nome: "Ada", telefono: "333 1234567" });
  await runOf(first.id, "succeeded");
  const second = await send(house.worker, automation, { nome: "Ada", telefono: "333 1234567" });
  const held = await runOf(second.id, "held");
  const page = await house.page({ language: "it", path: `/runs/${held.id}` });
  await page.getByText("Limite di invio raggiunto").first().waitFor();
  assert.equal(await violations(page), "");
  // The notes of a step are said in the page's language.
  await page.getByText("«333 1234567» è stato letto come +393331234567").first().waitFor();
  await page.getByRole("button", { name: "Riprendi da qui" }).click();
  await page.getByRole("dialog").getByText("oltre il limite", { exact: false }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Riprendi da qui" }).click();
  await runOf(second.id, "succeeded");
  house.assertClean();
});

test("what the provider reported of a message stands on its step", async () => {
  const { id } = await send(house.worker, automation, { nome: "Bea", telefono: "333 7654321" });
  const run = await runOf(id, "succeeded");
  const report = { status: "read", timestamp: String(Math.floor(Date.now() / 1_000)), biz_opaque_callback_data: `${run.id}/wa` };
  const body = JSON.stringify({ entry: [{ changes: [{ value: { statuses: [report] } }] }] });
  const signature = createHmac("sha256", APP_SECRET).update(body).digest("hex");
  const headers = { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` };
  const answer = await house.worker.fetch(new URL(connection.webhook_url).pathname, { method: "POST", headers, body });
  assert.equal(answer.status, 200);
  const page = await house.page({ language: "en", path: `/runs/${run.id}` });
  await settled(page);
  const step = page.locator("main li").filter({ hasText: "Message:" });
  await step.getByText("read", { exact: true }).waitFor();
  assert.equal(await violations(page), "");
  house.assertClean();
});

test("a person's data is handed over as a file, then erased with a receipt that can be saved", async () => {
  const page = await house.page({ language: "it", path: "/privacy" });
  await page.getByRole("button", { name: "Scarica i suoi dati" }).click();
  await page.getByText("Scrivi un numero di telefono intero").waitFor();
  await page.getByLabel("Telefono o e-mail").fill("333 123 4567");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Scarica i suoi dati" }).click(),
  ]);
  const data = JSON.parse(readFileSync(await file.path(), "utf8"));
  assert.equal(data.events.length, 2);
  assert.equal(data.contacts[0].phone, "+393331234567");
  await page.getByText("Il file con tutti i dati").waitFor();

  await page.getByRole("button", { name: "Cancella tutto" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Cancellare tutto di «333 123 4567»?").waitFor();
  await dialog.getByRole("button", { name: "Indietro" }).click();
  assert.equal((await house.worker.api("GET", "/contacts?q=Ada")).json.data.length, 1);
  await page.getByRole("button", { name: "Cancella tutto" }).click();
  await dialog.getByRole("button", { name: "Cancella per sempre" }).click();
  const receipts = page.getByRole("table", { name: "Ricevute" });
  await receipts.getByText(/eventi: 2/).waitFor();
  assert.equal((await house.worker.api("GET", "/contacts?q=Ada")).json.data.length, 0);
  const [receipt] = await Promise.all([
    page.waitForEvent("download"),
    receipts.getByRole("button", { name: "Salva" }).first().click(),
  ]);
  const saved = JSON.parse(readFileSync(await receipt.path(), "utf8"));
  assert.equal(saved.complete, true);
  assert.equal(saved.found.contacts.count, 1);
  assert.ok(!JSON.stringify(saved).includes("3331234567"), "a receipt names nobody");
  assert.equal(await violations(page), "");
  house.assertClean();
});

test("an erasure that goes on is looked at until it is complete", async () => {
  const page = await house.page({ language: "en" });
  let asked = 0;
  await page.route("**/api/v1/privacy/erasures*", async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    asked += 1;
    if (asked < 3) json.data[0] = { ...json.data[0], complete: false, finished_at: null };
    await route.fulfill({ response, json });
  });
  await page.goto(`${house.origin}/privacy`);
  await page.getByText("under way").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save" }).first().isDisabled(), true);
  await page.getByText("under way").waitFor({ state: "detached" });
  house.assertClean();
});

test("the address for WhatsApp's reports stands with its connection, and says what is lacking", async () => {
  const page = await house.page({ language: "en", path: "/connections" });
  await page.getByText("Delivery reports of WhatsApp").first().click();
  const item = page.locator("li").filter({ hasText: "Delivery reports of WhatsApp" }).first();
  assert.match(await item.getByRole("textbox", { name: "Delivery reports of WhatsApp" }).inputValue(), /\/in\/whatsapp\/con_/);
  await item.getByText(/this is missing: Verify token/).waitFor();
  assert.equal(await violations(page), "");
  house.assertClean();
});
