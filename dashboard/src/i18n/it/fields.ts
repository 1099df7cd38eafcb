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
    seen: "Visto",
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
  hidden: "valori nascosti",
  noSample: "nessun esempio",
  present: (n: number, all: number) => `in ${n} su ${all}`,
  emptyIn: (n: number) => plural(n, { one: "vuoto in {n}", other: "vuoto in {n}" }),
  since: "dal primo:",
  hide: (name: string) => `Nascondi i valori di ${name}`,
  show: (name: string) => `Mostra di nuovo i valori di ${name}`,
  forget: (name: string) => `Dimentica ${name}`,
  shownAgain: "I prossimi valori si vedranno di nuovo.",
  mask: {
    title: (name: string) => `Nascondere i valori di «${name}»?`,
    text: "Gli esempi salvati vengono dimenticati subito e non se ne raccolgono altri. Nei messaggi il campo continua a funzionare.",
    act: "Nascondi i valori",
  },
  forgetting: {
    title: (name: string) => `Dimenticare «${name}»?`,
    text: "Sparisce da questo elenco con i suoi esempi e i suoi conteggi. Se arriva di nuovo, si impara da capo. Gli eventi già salvati non cambiano.",
    act: "Dimentica il campo",
  },
};
