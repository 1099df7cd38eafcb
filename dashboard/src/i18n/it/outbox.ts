// Le parole della stanza dei messaggi simulati.

export const outbox = {
  title: "Messaggi simulati",
  lead: "Quello che i collegamenti simulati avrebbero inviato, come l'avrebbe visto la persona. Da qui non è uscito nulla.",
  none: "Ancora nessun messaggio simulato",
  noneText:
    "Quando un'automazione invia un WhatsApp o un'e-mail con un collegamento simulato, il messaggio compare qui invece di arrivare a qualcuno.",
  ofRun: "Messaggi di una sola esecuzione",
  all: "Mostra tutti",
  to: "A",
  toRun: "Vedi l'esecuzione",
  channels: { whatsapp: "WhatsApp", email: "E-mail", http: "HTTP" },
  real: "Per inviare davvero, configura un collegamento",
};
