// Le parole della panoramica.

import { pluralFor } from "../plural.ts";

const plural = pluralFor("it");

export const overview = {
  title: "Panoramica",
  range: "Periodo",
  ranges: { day: "Ultime 24 ore", week: "Ultimi 7 giorni" },
  events: "Eventi",
  succeeded: "Esecuzioni riuscite",
  failed: "Fallite o incerte",
  waiting: "In attesa, in coda o in sospeso",
  attention: "Serve il tuo intervento",
  attentionNone: "Tutto a posto",
  attentionNoneText: "Nessuna esecuzione è fallita o incerta. Quando succede, compare qui per prima.",
  allFailed: "Tutte quelle fallite",
  late: "L'esecuzione in ritardo da più tempo aspetta da",
  warnings: {
    daily_limit_near:
      "Oggi un indirizzo è vicino al suo limite: quello che va oltre viene rifiutato fino a mezzanotte UTC.",
    database_filling:
      "Il database si sta riempiendo: abbassa RETENTION_DAYS, oppure i limiti degli indirizzi che ricevono di più.",
    retention_shortened:
      "Il database era quasi pieno, quindi gli eventi si conservano per meno giorni di quelli impostati.",
  } as Record<string, string>,
  perHour: "Ora per ora",
  perHourTable: "Le cifre in tabella",
  hour: "Ora",
  other: "Altre esecuzioni",
  barLabel: (hour: string, events: number, failed: number) =>
    `${hour}: ${plural(events, { one: "{n} evento", other: "{n} eventi" })}, ${failed} fallite o incerte`,
  quiet: "In questo periodo non è arrivato nulla",
  quietText: "Appena arriva un evento, qui vedi quanti ne sono arrivati e com'è andata.",
};
