// The editor by keyboard: steps are moved, fields become chips, the preview follows, and nothing unsaved is lost unasked.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled } from "./browser.mjs";
import { send } from "./house.mjs";

let house;
let automation;
before(async () => {
  house = await open();
  const { json } = await house.worker.api("POST", "/automations", {
    name: "Edited",
    steps: [
      { id: "s1", action: "save_contact", params: { phone: "{{telefono}}" } },
      { id: "s2", action: "send_whatsapp", params: { to: "{{telefono}}", text: "Ciao {{nome}}" } },
    ],
  });
  automation = json;
  await send(house.worker, automation, { nome: "Ada", telefono: "+39 333 1234567", "Nome e cognome": "Ada Rossi" });
  await house.worker.until("it is learned", async () => {
    const { json } = await house.worker.api("GET", `/sources/${automation.source.id}/fields`);
    return json.events === 1;
  });
});
after(() => house?.close());

const stepsOf = async () => (await house.worker.api("GET", `/automations/${automation.id}`)).json.steps.map(({ id }) => id);

test("a step is moved by keyboard, its focus goes along, and saving makes a revision", async () => {
  const page = await house.page({ language: "en", path: `/automations/${automation.id}/steps` });
  await settled(page);
  const up = page.getByRole("button", { name: "Move step 2 up" });
  await up.focus();
  await page.keyboard.press("Enter");
  await page.getByText("is now step 1 of 2").first().waitFor({ state: "attached" });
  await page.keyboard.press("Control+s");
  await house.worker.until("the order is stored", async () => (await stepsOf()).join() === "s2,s1");
  const { json } = await house.worker.api("GET", `/automations/${automation.id}`);
  assert.equal(json.revision, automation.revision + 1);
  house.assertClean();
});

test("the message is previewed as its recipient will see it, with what really came", async () => {
  const page = await house.page({ language: "en", path: `/automations/${automation.id}/steps`, width: 1600 });
  await settled(page);
  await page.getByText("Ciao Ada").first().waitFor();
  house.assertClean();
});

test("leaving with unsaved changes asks, by link and by the way back", async () => {
  const page = await house.page({ language: "en", path: "/automations" });
  await settled(page);
  await page.getByRole("link", { name: "Edited" }).first().click();
  await page.getByRole("link", { name: "Steps" }).click();
  await settled(page);
  await page.getByRole("button", { name: "Move step 2 up" }).click();
  await page.getByRole("link", { name: "Contacts" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await dialog.getByRole("button", { name: /stay/i }).click();
  await page.goBack();
  await dialog.waitFor();
  assert.match(page.url(), /\/steps$/);
  await dialog.getByRole("button", { name: /discard/i }).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/steps"));
  house.assertClean();
});

test("an HTML e-mail is shown as a page of its own, in which nothing runs and nothing is loaded", async () => {
  const { json } = await house.worker.api("POST", "/automations", {
    name: "Letter",
    steps: [
      {
        action: "send_email",
        params: {
          to: "ada@example.com",
          subject: "Letter",
          text: "Dear {{nome}}",
          html: '<h1>Dear {{nome}}</h1><img src="https://example.com/x.png" onerror="alert(1)"><script>alert(2)</script>',
        },
      },
    ],
  });
  await send(house.worker, json, { nome: "<b>Ada</b>" });
  await house.worker.until("it is in the outbox", async () =>
    (await house.worker.api("GET", "/outbox")).json.data.some(({ channel }) => channel === "email"),
  );
  const page = await house.page({ language: "en", path: "/outbox" });
  await settled(page);
  const frame = page.frameLocator("iframe").first();
  await frame.getByRole("heading", { name: "Dear <b>Ada</b>" }).waitFor();
  assert.equal(await page.locator("iframe").first().getAttribute("sandbox"), "allow-scripts");
  house.assertNothingRan();
});

test("what is wrong within written JSON is said, and what does not parse is not saved over", async () => {
  const { json: made } = await house.worker.api("POST", "/automations", {
    name: "Written",
    steps: [{ id: "call", action: "http_request", params: { url: "https://api.example.com", json: { a: { b: "{{nome}}" } } } }],
  });
  const page = await house.page({ language: "it", path: `/automations/${made.id}/steps` });
  await settled(page);
  await page.getByRole("button", { name: "Chiama un altro sistema" }).click();
  const json = page.getByLabel("JSON", { exact: true });
  await json.fill('{"a": {"b": "{{ nome"}}');
  await page.getByText("mai chiuso", { exact: false }).first().waitFor();
  await json.fill('{"a": ');
  await page.keyboard.press("Control+s");
  await page.getByText("Completa il passo segnato, poi salva.").first().waitFor();
  const { json: kept } = await house.worker.api("GET", `/automations/${made.id}`);
  assert.equal(kept.revision, made.revision);
  house.assertClean();
});
