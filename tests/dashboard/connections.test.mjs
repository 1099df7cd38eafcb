// Connections as an operator makes, changes and tries them out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startReceiver } from "../worker/receiver.mjs";
import { open, violations } from "./browser.mjs";

let house;
let receiver;
before(async () => {
  receiver = await startReceiver();
  house = await open({ vars: { WHATSAPP_API_URL: `${receiver.url}/wa` } });
});
after(async () => {
  await house?.close();
  await receiver?.stop();
});

const named = async (name) => {
  const { json } = await house.worker.api("GET", "/connections");
  return json.data.find((connection) => connection.name === name);
};
const itemOf = (page, name) => page.locator("li").filter({ has: page.getByRole("heading", { name }) });

test("a connection for other systems keeps its hosts through a change of something else", async () => {
  const page = await house.page({ language: "it", path: "/connections" });
  await page.getByRole("button", { name: "Nuovo collegamento" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Che cosa invia").selectOption("http");
  await dialog.getByLabel("Nome").fill("Gestionale");
  await dialog.getByLabel("Intestazioni", { exact: true }).fill("X-Negozio: 7");
  await dialog.getByLabel("Solo per questi host").fill("http://gestionale.example/");
  await dialog.getByRole("button", { name: "Salva" }).click();
  await dialog.getByText("senza https:// e senza percorso", { exact: false }).waitFor();
  await dialog.getByLabel("Solo per questi host").fill("gestionale.example\n*.magazzino.example:8443");
  await dialog.getByRole("button", { name: "Salva" }).click();
  await dialog.waitFor({ state: "detached" });
  const settings = { headers: { "X-Negozio": "7" }, hosts: ["gestionale.example", "*.magazzino.example:8443"] };
  assert.deepEqual((await named("Gestionale")).settings, settings);
  await itemOf(page, "Gestionale").getByRole("button", { name: "Modifica" }).click();
  await dialog.getByLabel("Nome").fill("Gestionale nuovo");
  await dialog.getByRole("button", { name: "Salva" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual((await named("Gestionale nuovo")).settings, settings);
  house.assertClean();
});

test("trying one out says in the operator's language what came of it", async () => {
  const phone = { kind: "whatsapp", simulated: false, settings: { phone_number_id: "1" }, secrets: { access_token: "token" } };
  await house.worker.api("POST", "/connections", { ...phone, name: "Negozio" });
  receiver.script("*", { status: 401, body: { error: { message: "Session has expired" } } });
  const words = {
    it: ["Prova", "WhatsApp non accetta il token di accesso", "Nelle parole del sistema (in inglese)"],
    en: ["Test", "WhatsApp does not accept the access token"],
  };
  for (const [language, [act, said, original]] of Object.entries(words)) {
    const page = await house.page({ language, path: "/connections" });
    const item = itemOf(page, "Negozio");
    await item.getByRole("button", { name: act, exact: true }).click();
    await item.getByText(said, { exact: false }).first().waitFor();
    if (original) {
      await item.getByText(original).click();
      await item.getByText("Session has expired", { exact: false }).waitFor();
    }
    assert.equal(await violations(page), "");
  }
  house.assertClean();
});
