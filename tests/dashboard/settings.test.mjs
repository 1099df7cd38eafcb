// What an operator sets for an address, and sees of it: the proof of origin found by example, the check of the address, the
// limits of a day, what is refused, what is stored of a field.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { open, settled, violations } from "./browser.mjs";
import { BROKEN, send } from "./house.mjs";

const SECRET = "a-long-and-random-secret";

let house;
before(async () => {
  house = await open();
});
after(() => house?.close());

/** An automation of its own for each test. */
async function make(name) {
  const { json } = await house.worker.api("POST", "/automations", { name, steps: [] });
  return json;
}

const sourceOf = async ({ source }) => (await house.worker.api("GET", `/sources/${source.id}`)).json;
const post = (automation, body, headers = {}) =>
  house.worker.fetch(new URL(automation.source.url).pathname, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
const signed = (body) => ({ "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}` });

/** Behind an open dialog the page's own heading does not count. */
const faultsOf = async (page) => (await violations(page)).replace(/^page-has-heading-one: .*\n.*$/m, "").trim();

test("a proof is found by one delivery, adopted with one click, and demanded from then on", async () => {
  const automation = await make("By example");
  const page = await house.page({ language: "en", path: `/automations/${automation.id}/settings` });
  await page.getByRole("button", { name: "Find it by example" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Secret").fill(SECRET);
  await dialog.getByRole("button", { name: "Begin" }).click();
  await dialog.getByText("Now let the service send something").waitFor();
  assert.equal(await faultsOf(page), "");
  // Something else that looks like a proof does not fit.
  await post(automation, '{"a":1}', { "x-odd-signature": "<b>no</b>" });
  await dialog.getByText(/1 delivery has arrived, but this secret does not fit it/).waitFor();
  await post(automation, '{"zen":"Keep it logically awesome."}', signed('{"zen":"Keep it logically awesome."}'));
  await dialog.getByText("GitHub", { exact: true }).waitFor();
  assert.equal(await faultsOf(page), "");
  const match = dialog.locator("div").filter({ has: page.getByText("GitHub", { exact: true }) }).last().locator("..");
  await match.getByRole("button", { name: "Demand this proof" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal((await sourceOf(automation)).verification.scheme, "github");
  assert.equal((await post(automation, "{}")).status, 401);
  assert.equal((await post(automation, '{"a":2}', signed('{"a":2}'))).status, 202);
  // The form shows what was adopted.
  assert.equal(await page.getByLabel("How senders prove who they are").inputValue(), "github");
  await page.getByText("1 secret is set, and is never shown again.").waitFor();
  house.assertClean();
});

test("a scheme of its own is put together from its parts, with a second secret for a rotation", async () => {
  const automation = await make("Custom");
  const page = await house.page({ language: "it", path: `/automations/${automation.id}/settings` });
  const proof = page.locator("#proof");
  await proof.getByLabel("Come si fa riconoscere chi invia").selectOption("hmac");
  await proof.getByLabel("Intestazione", { exact: true }).fill("X-Firma");
  await proof.getByLabel("Prefisso").fill("v1=");
  await proof.getByLabel("Che cosa è firmato").selectOption("timestamp.body");
  await proof.getByLabel("Intestazione dell'ora").fill("X-Ora");
  await proof.getByLabel("Segreto", { exact: true }).fill(SECRET);
  await proof.getByRole("button", { name: "Aggiungi un segreto" }).click();
  await proof.getByLabel("Altro segreto").fill("the-next-one-after-a-rotation");
  await proof.getByRole("button", { name: "Salva" }).click();
  await page.getByText("Ci sono 2 segreti impostati").waitFor();
  const { verification } = await sourceOf(automation);
  assert.deepEqual(
    { header: verification.header, prefix: verification.prefix, signed: verification.signed, timestamp_header: verification.timestamp_header, secrets: verification.secrets },
    { header: "X-Firma", prefix: "v1=", signed: "timestamp.body", timestamp_header: "X-Ora", secrets: 2 },
  );
  house.assertClean();
});

test("Meta's check is answered only with the word that stands in the form", async () => {
  const automation = await make("Meta");
  const page = await house.page({ language: "en", path: `/automations/${automation.id}/settings` });
  await page.getByLabel("Meta's verify token").fill("lemon");
  const form = page.locator("form").filter({ has: page.getByLabel("Meta's verify token") });
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("It is set and never shown again.").waitFor();
  const ask = (token) =>
    house.worker.fetch(`${new URL(automation.source.url).pathname}?hub.mode=subscribe&hub.challenge=42&hub.verify_token=${token}`);
  assert.equal((await ask("melon")).status, 403);
  assert.equal(await (await ask("lemon")).text(), "42");
  // The word is never shown, so nothing beside it can be changed without writing it once more.
  await form.getByLabel("Parameter to send back").fill("challenge");
  assert.equal(await form.getByRole("button", { name: "Save" }).getAttribute("aria-disabled"), "true");
  await form.getByLabel("Parameter to send back").fill("");
  // It is taken back only by saying so.
  await form.getByRole("button", { name: "Remove" }).click();
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByRole("button", { name: "Keep it" }).waitFor({ state: "detached" });
  assert.equal((await sourceOf(automation)).challenge, null);
  house.assertClean();
});

test("a limit is set in the form, warns when it is near, and what goes beyond is listed with its reason", async () => {
  const automation = await make("Limited");
  const page = await house.page({ language: "it", path: `/automations/${automation.id}/settings` });
  const form = page.locator("#limits");
  await form.getByLabel("Eventi al giorno", { exact: true }).fill("zero");
  await form.getByText("Serve un numero maggiore di zero.").waitFor();
  await form.getByLabel("Eventi al giorno", { exact: true }).fill("5");
  await form.getByRole("button", { name: "Salva" }).click();
  await form.getByText("oggi 0 di 5").waitFor();
  assert.deepEqual((await sourceOf(automation)).limits, { events_per_day: 5, bytes_per_day: null });
  for (let n = 0; n < 4; n++) assert.equal((await post(automation, `{"n":${n}}`)).status, 202);
  await house.worker.until("they are counted", async () => (await sourceOf(automation)).today.events === 4);
  await page.reload();
  await form.getByText("oggi 4 di 5").waitFor();
  await form.getByText("Oggi il limite è vicino.").waitFor();
  assert.equal((await post(automation, '{"n":4}')).status, 202);
  await house.worker.until("it is refused", async () => (await post(automation, '{"n":5}')).status === 429);
  await page.goto(`${house.origin}/automations/${automation.id}/activity`);
  await page.getByRole("table", { name: "Consegne rifiutate" }).getByText("il limite di oggi è raggiunto").first().waitFor();
  house.assertClean();
});

test("a body that could not be read is shown with how it began, letter by letter", async () => {
  const automation = await make("Broken");
  await send(house.worker, automation, { nome: "Ada" });
  assert.equal((await post(automation, BROKEN)).status, 400);
  const page = await house.page({ language: "en", path: `/automations/${automation.id}/activity` });
  const table = page.getByRole("table", { name: "Refused deliveries" });
  await table.getByText("It claims to be JSON and cannot be read.").waitFor();
  await table.getByText("<img src=x onerror=alert(1)>", { exact: false }).waitFor();
  assert.equal(await page.locator("main img").count(), 0);
  assert.ok(!/[\u202a-\u202e]/.test(await table.innerText()));
  await page.getByText(/1 × invalid JSON/).waitFor();
  house.assertClean();
});

test("what is stored of a field changes only after it was said what cannot be undone", async () => {
  const automation = await make("Stored");
  await send(house.worker, automation, { iban: "IT60X0542811101000000123456" });
  const page = await house.page({ language: "en", path: `/automations/${automation.id}/fields` });
  const choice = page.getByLabel("What is stored of iban");
  await choice.selectOption({ label: "fingerprint" });
  const dialog = page.getByRole("dialog");
  await dialog.getByText("It cannot be undone.", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Back" }).click();
  assert.equal(await choice.inputValue(), "show");
  await choice.selectOption({ label: "fingerprint" });
  await dialog.getByRole("button", { name: "Store the fingerprint only" }).click();
  await page.getByText("only a fingerprint is stored").first().waitFor();
  const { id } = await send(house.worker, automation, { iban: "IT60X0542811101000000123456" });
  const { json } = await house.worker.api("GET", `/events/${id}`);
  assert.match(json.fields.iban, /^hmac:/);
  house.assertClean();
});

test("finding by example says why it may not, where fields are not stored in clear", async () => {
  const automation = await make("Hidden");
  await send(house.worker, automation, { iban: "1" });
  await house.worker.api("PATCH", `/sources/${automation.source.id}/fields?path=iban`, { storage: "none" });
  const page = await house.page({ language: "it", path: `/automations/${automation.id}/settings` });
  await page.getByRole("button", { name: "Trovalo con un esempio" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Segreto").fill(SECRET);
  await dialog.getByRole("button", { name: "Comincia" }).click();
  await dialog.getByText("campi che non si conservano in chiaro", { exact: false }).waitFor();
  house.assertClean();
});
