// Le parole della stanza: le automazioni.

import { pluralFor } from "../plural.ts";

const plural = pluralFor("it");

export const automations = {
  title: "Automazioni",
  lead: "Ognuna ha il suo indirizzo: quando arriva qualcosa, fa quello che le hai detto.",
  create: "Nuova automazione",
  columns: { name: "Nome", enabled: "Attiva", last: "Ultimo evento", failures: "Problemi di recente" },
  noEvent: "ancora nessuno",
  noFailures: "nessuno",
  failures: (n: number) => plural(n, { one: "{n} non riuscita", other: "{n} non riuscite" }),
  warnings: (n: number) => plural(n, { one: "{n} dubbio", other: "{n} dubbi" }),
  warningTexts: {
    unknownField: (name: string, near?: string) =>
      near
        ? `«${name}» non è mai arrivato. Forse intendevi «${near}»?`
        : `«${name}» non è mai arrivato a questo indirizzo.`,
    unknownStep: (name: string, near?: string) =>
      near
        ? `Nessun passo precedente si chiama «${name}». Forse intendevi «${near}»?`
        : `Nessun passo precedente si chiama «${name}».`,
    hidden: (name: string) => `«${name}» non si conserva in chiaro: i passi non vedono il valore inviato.`,
    noSteps: "Non c'è ancora nessun passo attivo.",
  },
  switch: (name: string) => `${name}: attiva`,
  on: "Attiva",
  off: "Disattivata",
  enabled: (name: string) => `«${name}» è attiva.`,
  disabled: (name: string) => `«${name}» è disattivata: gli eventi arrivano ancora, le esecuzioni restano in sospeso.`,
  held: {
    title: "Che cosa fare delle esecuzioni in sospeso?",
    text: (n: number, more: boolean) =>
      more
        ? `Mentre era disattivata sono rimaste in sospeso ${n} esecuzioni o più.`
        : plural(n, {
            one: "Mentre era disattivata è rimasta in sospeso {n} esecuzione.",
            other: "Mentre era disattivata sono rimaste in sospeso {n} esecuzioni.",
          }),
    release: "Eseguile adesso",
    releaseText: "Si attiva e recupera tutto: i messaggi partono adesso, anche per gli eventi vecchi.",
    drop: "Scartale",
    dropText: "Si attiva e annulla quelle in sospeso. Gli eventi restano salvati.",
    keep: "Lasciale in sospeso",
    keepText: "Si attiva per gli eventi nuovi. Delle altre decidi più tardi.",
  },
  tabsLabel: "Parti dell'automazione",
  tabs: { connect: "Collega", steps: "Passi", fields: "Campi", activity: "Attività", settings: "Impostazioni" },
  name: "Nome dell'automazione",
  rename: "Rinomina",
  renamed: "Nome salvato",
  firstRun: {
    title: "Da dove vuoi cominciare?",
    text: "Scegli l'automazione che più somiglia a quello che ti serve: è già completa di passi e testi, e si cambia tutto quando vuoi.",
    path: ["Scegli un punto di partenza", "Manda un evento di prova", "Guarda il messaggio che parte"],
    scratch: {
      title: "Partire da zero",
      text: "Un indirizzo vuoto: prima guardi che cosa arriva, poi decidi che cosa succede.",
      what: "Crea l'indirizzo e nessun passo. Quando arriva il primo evento vedi i suoi campi, e da lì scegli che cosa deve succedere.",
      name: "Nuova automazione",
    },
  },
  making: {
    name: "Nome",
    steps: "Che cosa farà, quando arriva un evento",
    team: "Indirizzo della squadra",
    teamHint: "Chi riceve l'avviso interno. Puoi lasciare l'esempio e cambiarlo più tardi nei passi.",
    note: "Finché i collegamenti sono simulati non parte nulla: i messaggi li trovi in «Messaggi simulati». Con un numero WhatsApp vero, a chi non ti ha scritto nelle ultime 24 ore Meta consegna solo modelli approvati: lo scegli nei passi.",
    act: "Crea l'automazione",
  },
  sentence: {
    saveContact: "Salva il contatto con",
    whatsapp: "Scrive su WhatsApp a",
    email: "Manda un'e-mail a",
    filter: "Continua solo se",
    filled: "è compilato",
    when: "ma solo se",
  },
  deletion: {
    title: "Elimina l'automazione",
    text: "Se vuoi solo fermarla per un po', disattivala: gli eventi continuano ad arrivare e restano in sospeso.",
    act: "Elimina l'automazione",
    ask: (name: string) => `Eliminare «${name}»?`,
    runs: "Le esecuzioni in coda, in sospeso o in attesa vengono annullate. Non si può tornare indietro.",
    gone: "Anche il suo indirizzo smette di funzionare: chi ci invia riceve la risposta 410 e gli eventi nuovi vanno persi.",
    kept: "L'indirizzo resta: gli eventi continuano ad arrivare e vengono salvati, ma non fanno partire nulla.",
    shared: "L'indirizzo resta, perché lo usa anche un'altra automazione.",
    stays: "Gli eventi, le esecuzioni già concluse e i contatti salvati restano.",
    keep: "Tieni l'indirizzo",
    keepHint: "Utile se vuoi usarlo per un'altra automazione.",
    done: (name: string) => `«${name}» è stata eliminata.`,
  },
};
