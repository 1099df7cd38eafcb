// Le parole per le consegne rifiutate.

export const refusals = {
  title: "Consegne rifiutate",
  text: "Non sono diventate eventi. Chi le ha inviate ha ricevuto lo stesso motivo che leggi qui.",
  lastDay: "Nelle ultime 24 ore, almeno:",
  why: "Perché",
  short: {
    invalid_signature: "prova di provenienza",
    origin_not_allowed: "sito non ammesso",
    wrong_verify_token: "token di verifica",
    invalid_challenge: "verifica non valida",
    invalid_json: "JSON non valido",
    incomplete_body: "invio interrotto",
    empty_body: "vuota",
    too_deep: "troppo annidata",
    invalid_item: "elenco non valido",
    too_many_items: "elenco troppo lungo",
    payload_too_large: "troppo grande",
    unsupported_media_type: "non sono dati",
    rate_limited: "troppe",
    storage_unavailable: "database occupato",
  } as Record<string, string>,
  codes: {
    origin_not_allowed: "Viene da un sito che non è tra quelli indicati nelle impostazioni. Se è tuo, aggiungilo.",
    invalid_signature:
      "Manca la prova di provenienza, o non torna. Se il servizio è il tuo, ricontrolla il segreto nelle impostazioni.",
    wrong_verify_token:
      "Il token di verifica non è quello delle impostazioni: scrivi lo stesso da tutte e due le parti.",
    invalid_challenge: "Sembrava la verifica dell'indirizzo da parte di Meta, ma non lo era.",
    invalid_json: "Dice di essere JSON, ma non si riesce a leggere.",
    incomplete_body: "L'invio si è interrotto a metà. Chi invia deve ripeterlo.",
    empty_body: "Non c'era niente dentro.",
    invalid_item: "Nell'elenco c'è qualcosa che non è un oggetto con dei campi.",
    too_many_items: "L'elenco ha più di 100 elementi: va inviato a pezzi.",
    unsupported_media_type: "È un'immagine o un altro file: qui si ricevono dati.",
    rate_limited:
      "Troppe consegne in poco tempo, o il limite di oggi è raggiunto: se sono vere, alza i limiti nelle impostazioni.",
  },
};
