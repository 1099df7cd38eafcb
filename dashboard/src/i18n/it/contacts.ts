// Le parole della stanza dei contatti.

import { pluralFor } from "../plural.ts";

const _plural = pluralFor("it");

export const contacts = {
  title: "Contatti",
  lead: "Le persone che le tue automazioni hanno salvato.",
  one: "Contatto",
  name: "Nome",
  phone: "Telefono",
  email: "E-mail",
  tags: "Etichette",
  tagsHint: "Separate da virgole.",
  properties: "Altre informazioni",
  property: "Nome",
  value: "Valore",
  addProperty: "Aggiungi un dato",
  removeProperty: (name: string) => `Togli ${name}`,
  created: "Salvato",
  updated: "Ultima modifica",
  search: "Cerca tra i contatti",
  searchHint: "Un nome, un numero, un indirizzo…",
  none: "Ancora nessun contatto",
  noneText: "Un'automazione con il passo «Salva il contatto» mette qui le persone man mano che arrivano i loro dati.",
  noMatch: "Nessuno corrisponde a questa ricerca",
  unnamed: "senza nome",
  saved: "Contatto salvato",
  deleteTitle: "Eliminare questo contatto?",
  deleteText:
    "Il contatto viene cancellato per sempre. Quello che è arrivato su questa persona resta negli eventi; il prossimo evento con questo numero o indirizzo crea un contatto nuovo.",
  deleted: "Contatto eliminato",
};
