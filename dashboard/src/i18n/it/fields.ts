// Le parole della stanza: i campi.

import { pluralFor } from "../plural.ts";

const plural = pluralFor("it");

export const fields = {
  title: "Campi",
  lead: (n: number) =>
    plural(n, {
      one: "Imparati da soli da {n} evento. Un campo nuovo compare qui appena arriva; nessun evento viene mai rifiutato per i suoi campi.",
      other:
        "Imparati da soli da {n} eventi. Un campo nuovo compare qui appena arriva; nessun evento viene mai rifiutato per i suoi campi.",
    }),
  empty: {
    title: "Ancora nessun campo",
    text: "I campi si imparano da soli: bastano i primi dati che arrivano all'indirizzo, anche con un evento di prova.",
    act: "Collega o fai una prova",
  },
  columns: {
    path: "Campo",
    meaning: "Significato",
    samples: "Esempi",
    present: "Presenza",
    storage: "Conservazione",
    acts: "Azioni",
  },
  kinds: { text: "testo", number: "numero", boolean: "sì o no", null: "vuoto", list: "elenco" },
  meanings: {
    email: "e-mail",
    phone: "telefono",
    name: "nome",
    date: "data",
    datetime: "data e ora",
    money: "importo",
    url: "indirizzo web",
    country: "paese",
    id: "codice",
  },
  noMeaning: "nessuno",
  meaningOf: (name: string) => `Significato di ${name}`,
  testOnly: "solo prove",
  noSample: "nessun esempio",
  present: (n: number, all: number) => `in ${n} su ${all}`,
  emptyIn: (n: number) => plural(n, { one: "vuoto in {n}", other: "vuoto in {n}" }),
  seen: "visto",
  forget: (name: string) => `Dimentica ${name}`,
  storageOf: (name: string) => `Che cosa si conserva di ${name}`,
  stored: "Vale dalla prossima consegna",
  storedBefore:
    "Quello che è già stato salvato resta com'è: per toglierlo elimina gli eventi, o usa la pagina Privacy.",
  storage: {
    show: {
      name: "in chiaro",
      short: "",
      ask: (name: string) => `Conservare «${name}» in chiaro?`,
      text: "Dalla prossima consegna i valori si salvano e si vedono come arrivano.",
      act: "Conserva in chiaro",
    },
    mask: {
      name: "nascosto",
      short: "valori nascosti",
      ask: (name: string) => `Nascondere «${name}» a chi guarda?`,
      text: "I valori si salvano interi e nei messaggi funzionano come prima, ma tra gli eventi e gli esempi si vede solo l'inizio. Nelle esecuzioni, nei messaggi simulati e nei contatti si vedono ancora. Puoi tornare indietro quando vuoi.",
      act: "Nascondi",
    },
    hash: {
      name: "solo impronta",
      short: "si conserva solo un'impronta",
      ask: (name: string) => `Conservare di «${name}» solo un'impronta?`,
      text: "Si salva un codice al posto del valore: valori uguali danno lo stesso codice, ma nessuno può risalire al valore, nemmeno tu. È irreversibile. I messaggi che usano il campo ricevono il codice.",
      act: "Conserva solo l'impronta",
    },
    none: {
      name: "non conservato",
      short: "non si conserva",
      ask: (name: string) => `Non conservare «${name}»?`,
      text: "Il valore viene scartato appena arriva, prima di salvare qualunque cosa, e non si può più recuperare. I messaggi che usano il campo lo trovano vuoto.",
      act: "Non conservarlo",
    },
  },
  forgetting: {
    title: (name: string) => `Dimenticare «${name}»?`,
    text: "Sparisce da questo elenco con i suoi esempi e i suoi conteggi. Se arriva di nuovo, si impara da capo. Gli eventi già salvati non cambiano.",
    act: "Dimentica il campo",
  },
};
