// What the bench sends: a flat form of 200 bytes and a nested order of 5 KB, each with an e-mail address of its own, so
// that every event makes a contact. Both are made of fixed parts and a number of fixed width: their length never changes.
// They imitate no provider.

const WIDTH = 12;
const MARK = "#".repeat(WIDTH);

const form = () => {
  const fields = `nome=Maria&cognome=Rossi&email=maria.${MARK}%40example.it&telefono=%2B39+333+1234567&privacy=on&messaggio=`;
  return fields + "Vorrei+un+preventivo+per+una+cucina+su+misura+grazie+".repeat(4).slice(0, 200 - fields.length);
};

const order = () => {
  const line = (index) => ({
    sku: `ART-${1000 + index}`,
    titolo: `Sedia impilabile in faggio, modello ${index}`,
    quantita: 1 + (index % 3),
    prezzo: "89.90",
    sconto: null,
    iva: 22,
    attributi: { colore: "naturale", finitura: "opaca", misura: `${40 + index} cm` },
  });
  const text = (righe, note) =>
    JSON.stringify({
      id: 820982911946154500,
      numero: `#${MARK}`,
      creato: "2026-11-20T10:15:00Z",
      valuta: "EUR",
      totale: "1798.00",
      spedizione: { metodo: "corriere", costo: "12.50", tracciabile: true },
      cliente: {
        nome: "Maria",
        cognome: "Rossi",
        email: `maria.${MARK}@example.it`,
        telefono: "+39 333 1234567",
        indirizzo: { via: "Via Garibaldi 12", cap: "20121", citta: "Milano", provincia: "MI", paese: "IT" },
      },
      righe: Array.from({ length: righe }, (_, index) => line(index)),
      note,
    });
  let lines = 1;
  while (text(lines + 1, "").length <= 5_000) lines += 1;
  return text(lines, "x".repeat(5_000 - text(lines, "").length));
};

/** By name: what it is, its type, its length in bytes, and the paths of what the contact is made of. */
export const PAYLOADS = {
  form: { title: "flat form, 200 bytes", type: "application/x-www-form-urlencoded", text: form(), email: "email", name: ["nome", "cognome"] },
  order: { title: "nested order, 5 KB", type: "application/json", text: order(), email: "cliente.email", name: ["cliente.nome", "cliente.cognome"] },
};

/** A body of this payload that differs from every other number's. */
export function body(name, number) {
  return PAYLOADS[name].text.replaceAll(MARK, String(number).padStart(WIDTH, "0"));
}
