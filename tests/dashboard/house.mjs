// What stands in the house that the view tests and the screenshots look at: two automations, events that went well, that
// failed, that nobody knows of, that wait, and one from somebody who means harm.

import { createServer } from "node:net";

/** Every view of the furnished house, by the ids that `furnish` returns. */
export const VIEWS = {
  overview: () => "/",
  automations: () => "/automations",
  connect: ({ welcome }) => `/automations/${welcome}`,
  steps: ({ welcome }) => `/automations/${welcome}/steps`,
  fields: ({ welcome }) => `/automations/${welcome}/fields`,
  activity: ({ welcome }) => `/automations/${welcome}/activity`,
  settings: ({ welcome }) => `/automations/${welcome}/settings`,
  events: () => "/events",
  event: ({ event }) => `/events/${event}`,
  runs: () => "/runs",
  run: ({ uncertain }) => `/runs/${uncertain}`,
  contacts: () => "/contacts",
  contact: ({ contact }) => `/contacts/${contact}`,
  connections: () => "/connections",
  outbox: () => "/outbox",
  privacy: () => "/privacy",
};

const TEXTS = {
  it: {
    welcome: "Benvenuto ai nuovi contatti",
    order: "Ordine: cliente e squadra",
    hello: "Ciao {{nome}}, grazie per averci scritto! Ti rispondiamo entro oggi.",
    subject: "Benvenuto, {{nome}}",
    letter: "Ciao {{nome}},\n\nabbiamo ricevuto il tuo messaggio.",
    thanks: "Grazie per l'ordine {{numero}} da {{totale | money}}!",
    ask: "Vorrei un preventivo",
  },
  en: {
    welcome: "Welcome new contacts",
    order: "Order: customer and team",
    hello: "Hello {{nome}}, thank you for writing! You will hear from us today.",
    subject: "Welcome, {{nome}}",
    letter: "Hello {{nome}},\n\nwe have received your message.",
    thanks: "Thank you for order {{numero}} of {{totale | money}}!",
    ask: "I would like a quote",
  },
};

const PEOPLE = ["Ada Lovelace", "Giulia Rossi", "Marco Bianchi", "Chiara Ferrari", "Luca Esposito", "Sara Romano"];

/** Furnishes a fresh worker; returns the ids that views need. */
export async function furnish(worker, language = "it", { hostile: alsoHostile = true } = {}) {
  const t = TEXTS[language];
  const hangUp = await hangingUp();
  try {
    const welcome = await make(worker, t.welcome, [
      { action: "save_contact", params: { name: "{{nome}}", phone: "{{telefono}}", email: "{{email}}", tags: ["sito"], properties: { messaggio: "{{messaggio}}" } } },
      { action: "send_whatsapp", params: { to: "{{telefono}}", text: t.hello } },
      { action: "send_email", params: { to: "{{email}}", subject: t.subject, text: t.letter } },
    ]);
    const order = await make(worker, t.order, [
      { action: "filter", params: { condition: { field: "totale", op: "greater_than", value: 20 } } },
      { action: "send_whatsapp", params: { to: "{{cliente.telefono}}", text: t.thanks } },
      { action: "http_request", params: { method: "POST", url: `${hangUp.url}/ordini`, json: { numero: "{{numero}}", totale: "{{totale}}" } }, when: { field: "numero", op: "equals", value: "A-105" } },
      { action: "wait", params: { seconds: 86_400 } },
      { action: "send_email", params: { to: "{{cliente.email}}", subject: "{{numero}}", text: "{{numero}}" } },
    ]);
    for (const [index, name] of PEOPLE.entries()) {
      await send(worker, welcome, {
        nome: name,
        telefono: `+39 333 12345${60 + index}`,
        email: `${name.toLowerCase().replace(" ", ".")}@example.com`,
        messaggio: index % 3 ? t.ask : "",
      });
      await send(worker, order, {
        numero: `A-10${index}`,
        totale: 15 + index * 21.9,
        cliente: { nome: name, telefono: index === 2 ? "non lo do" : `+39 347 765432${index}`, email: "cliente@example.com" },
        prodotti: [{ nome: "Tazza", quantita: 2 }],
      });
    }
    const hostile = alsoHostile ? await send(worker, welcome, HOSTILE) : undefined;
    const runs = await worker.until(
      "everything has run",
      async () => {
        const { json } = await worker.api("GET", "/runs?limit=200");
        return json.data.length === (hostile ? 13 : 12) && json.data.every((run) => !["queued", "running"].includes(run.status)) && json.data;
      },
      20_000,
    );
    await worker.until("everything is counted", async () => {
      const { json } = await worker.api("GET", `/sources/${welcome.source.id}/fields`);
      return json.events === (hostile ? 7 : 6);
    });
    // What cannot be read is refused, and shown with how it began.
    await worker.fetch(new URL(welcome.source.url).pathname, { method: "POST", headers: { "content-type": "application/json" }, body: BROKEN });
    await worker.api("POST", "/privacy/erase", { email: "nobody@example.com" });
    const one = (status) => runs.find((run) => run.status === status)?.id;
    const { json: contacts } = await worker.api("GET", "/contacts?q=Giulia");
    return {
      welcome: welcome.id,
      order: order.id,
      source: welcome.source,
      hostile: hostile?.id,
      uncertain: one("uncertain"),
      failed: one("failed"),
      waiting: one("waiting"),
      event: runs.find((run) => run.status === "uncertain")?.event_id,
      contact: contacts.data[0].id,
    };
  } finally {
    hangUp.close();
  }
}

/** What a stranger might send who hopes that somebody's browser reads it as more than text. */
export const HOSTILE = {
  nome: "<img src=x onerror=alert(1)>",
  telefono: "+39 333 0000000",
  email: "mallory@example.com",
  messaggio: `\u202egnirts lausunu \u0000\u200b ${"x".repeat(10_000)}`,
  link: "javascript:alert(1)",
  "<b onmouseover=alert(1)>chiave</b>": "\"><script>alert(1)</script>",
  "{{nome}}": "{{ 7 * 7 }}",
};

/** The same in a body that cannot be read. */
export const BROKEN = '{"nome": "<img src=x onerror=alert(1)>\u202e", ';

async function make(worker, name, steps) {
  const { status, json } = await worker.api("POST", "/automations", { name, steps });
  if (status !== 201) throw new Error(JSON.stringify(json));
  return json;
}

export async function send(worker, automation, body, headers = {}) {
  const response = await worker.fetch(new URL(automation.source.url).pathname, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** A server that takes a request and hangs up: nobody then knows whether it happened. */
function hangingUp() {
  return new Promise((done) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.destroy());
    });
    server.listen(0, "127.0.0.1", () =>
      done({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }),
    );
  });
}
