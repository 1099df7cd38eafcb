// Perché un passo o un'esecuzione non ha funzionato, per il codice stabile. La frase del sistema, in inglese, nomina il
// campo e l'evento e resta leggibile sotto.

export const failures: Record<string, string> = {
  // Prima di chiamare qualcuno
  invalid_template: "Un testo del passo non si può compilare: controlla i segnaposto.",
  unknown_connection: "Il collegamento scelto in questo passo non esiste più: scegline un altro.",
  connection_sealed: "I segreti del collegamento non si aprono con la chiave attuale: inseriscili di nuovo.",
  no_connection: "Non c'è un collegamento per questo tipo di messaggio: creane uno.",
  invalid_connection: "Al collegamento manca qualcosa: completalo nella pagina Collegamenti.",
  not_sent: "Non è partito nulla: il destinatario tecnico non esiste o non è raggiungibile.",
  no_recipient: "Manca il destinatario: il campo che lo contiene è vuoto o non è arrivato.",
  invalid_recipient: "Il numero o l'indirizzo del destinatario non è valido.",
  too_many_recipients: "Ci sono troppi destinatari in copia.",
  empty_message: "Il messaggio sarebbe vuoto.",
  empty_subject: "L'oggetto dell'e-mail sarebbe vuoto.",
  empty_parameter:
    "Un valore del modello WhatsApp sarebbe vuoto, e WhatsApp non lo accetta: indica un testo di riserva.",
  too_long: "Il contenuto è troppo lungo.",
  invalid_link: "Un link del messaggio non è valido.",
  required: "Al passo manca qualcosa di necessario.",
  no_sender: "Manca il mittente: indicalo nel collegamento e-mail o nell'impostazione EMAIL_FROM.",
  invalid_sender: "L'indirizzo del mittente non è valido: correggilo nel collegamento.",
  no_phone_or_email: "Un contatto si riconosce dal telefono o dall'e-mail, e qui mancano entrambi o non si leggono.",
  contact_not_saved: "Il contatto non è stato salvato.",
  no_time: "Non è indicato quanto aspettare.",
  invalid_time: "Il tempo di attesa non si legge: usa un numero di secondi oppure una data.",
  invalid_condition: "La condizione non si può leggere.",
  host_not_allowed: "Quell'indirizzo non è tra quelli che le chiamate possono raggiungere.",
  send_limit: "Limite di invio raggiunto: il prossimo messaggio aspetta.",
  unknown_action: "Questo passo usa un'azione che non esiste più: modificalo e salva di nuovo.",
  invalid_url: "L'indirizzo da chiamare non è valido.",
  invalid_method: "Il metodo della richiesta non è valido.",
  invalid_header: "Un'intestazione della richiesta non è valida.",
  empty_path_value: "Una parte dell'indirizzo da chiamare sarebbe vuota.",
  blocked_address: "Quell'indirizzo è in una rete privata, che le chiamate non possono raggiungere.",
  loop: "L'evento è già passato da cinque automazioni che si chiamano a vicenda: interrompi il giro.",
  event_deleted: "L'evento di questa esecuzione è stato eliminato: non c'è più nulla con cui eseguirla.",
  body_not_kept: "Il contenuto dell'evento non c'è più: il suo indirizzo non ne conserva, o è stato cancellato.",
  revision_unreadable: "I passi di allora non si leggono più: salva di nuovo l'automazione e riesegui l'evento.",
  not_executed: "L'esecuzione non è mai potuta partire. Puoi riprenderla.",
  automation_deleted: "L'automazione è stata eliminata.",
  // Quando non si sa
  timeout: "L'altro sistema non ha risposto in tempo: forse è successo, forse no.",
  connection_lost: "La connessione è caduta prima della risposta: forse è successo, forse no.",
  unreadable_answer: "La risposta non si è potuta leggere: forse è successo, forse no.",
  interrupted: "L'esecuzione si è interrotta durante la chiamata: forse è successo, forse no.",
  cancelled_meanwhile: "L'esecuzione è stata annullata durante la chiamata: forse è successo, forse no.",
  // Altri sistemi
  http: "L'altro sistema ha risposto con un errore.",
  http_400: "L'altro sistema ha rifiutato la richiesta: qualcosa di ciò che è stato inviato non gli va bene.",
  http_401: "L'altro sistema non accetta le credenziali: controlla il collegamento.",
  http_403: "L'altro sistema non permette questa operazione: controlla il collegamento.",
  http_404: "L'altro sistema non conosce questo indirizzo: controlla l'URL.",
  http_410: "L'altro sistema non conosce più questo indirizzo: controlla l'URL.",
  http_429: "L'altro sistema chiede di rallentare: si riprova tra poco.",
  // E-mail
  email_E_RATE_LIMIT_EXCEEDED: "Il servizio e-mail chiede di rallentare: si riprova tra poco.",
  email_E_DAILY_LIMIT_EXCEEDED: "Il limite giornaliero di e-mail è raggiunto: si riprova più tardi.",
  email_E_RECIPIENT_SUPPRESSED:
    "Il servizio e-mail non consegna più a questo indirizzo, dopo un rimbalzo o un reclamo.",
  email_E_RECIPIENT_NOT_ALLOWED: "A questo indirizzo non è permesso scrivere: controlla le regole del servizio e-mail.",
  email_RCPT_NOT_ALLOWED: "A questo indirizzo non è permesso scrivere: controlla le regole del servizio e-mail.",
  email_E_SENDER_NOT_VERIFIED: "L'indirizzo del mittente non è verificato: verificalo in Cloudflare.",
  email_E_SENDER_DOMAIN_NOT_AVAILABLE: "Il dominio del mittente non è abilitato all'invio: abilitalo in Cloudflare.",
  email_E_SENDER_NOT_ALLOWED: "Da questo mittente non è permesso inviare: controlla il collegamento.",
  email_E_VALIDATION_ERROR: "Il servizio e-mail non accetta il messaggio: il dettaglio dice perché.",
  email_failed: "Il servizio e-mail ha risposto con un errore: forse è partita, forse no.",
  // WhatsApp
  whatsapp_0: "WhatsApp non accetta il token di accesso: è scaduto o revocato. Inseriscine uno nuovo nel collegamento.",
  whatsapp_190:
    "WhatsApp non accetta il token di accesso: è scaduto o revocato. Inseriscine uno nuovo nel collegamento.",
  whatsapp_3: "Il token di accesso non può inviare da questo numero: serve il permesso whatsapp_business_messaging.",
  whatsapp_10: "Il token di accesso non può inviare da questo numero: serve il permesso whatsapp_business_messaging.",
  whatsapp_131005:
    "Il token di accesso non può inviare da questo numero: serve il permesso whatsapp_business_messaging.",
  whatsapp_4: "L'account WhatsApp ha fatto troppe chiamate; si riprova tra poco.",
  whatsapp_80007: "L'account WhatsApp ha fatto troppe chiamate; si riprova tra poco.",
  whatsapp_130429: "Troppi messaggi al secondo da questo numero; si riprova tra poco.",
  whatsapp_131000: "WhatsApp non è riuscito a inviare e non ha detto perché; si riprova più tardi.",
  whatsapp_131016: "WhatsApp non è disponibile in questo momento; si riprova tra poco.",
  whatsapp_131056: "Troppi messaggi a questa persona in poco tempo; si riprova tra poco.",
  whatsapp_131057: "Meta sta aggiornando questo numero; si riprova tra poco.",
  whatsapp_33: "Meta non trova questo numero: controlla il phone_number_id del collegamento.",
  whatsapp_100: "WhatsApp non ha capito la richiesta: il dettaglio dice quale parte.",
  whatsapp_368: "Meta ha bloccato l'account per una violazione delle regole: guarda l'Assistenza aziendale di Meta.",
  whatsapp_131031: "Meta ha bloccato l'account: guarda l'Assistenza aziendale di Meta.",
  whatsapp_131042: "Meta non riesce ad addebitare i costi: controlla il metodo di pagamento in WhatsApp Manager.",
  whatsapp_131048:
    "Meta limita questo numero perché troppe persone hanno segnalato i messaggi: controlla la qualità in WhatsApp Manager.",
  whatsapp_131037: "Il numero non ha ancora un nome visualizzato approvato: completalo in WhatsApp Manager.",
  whatsapp_131045: "Il numero non è registrato per l'API: registralo in WhatsApp Manager.",
  whatsapp_133010: "Il numero non è registrato per l'API: registralo in WhatsApp Manager.",
  whatsapp_130472: "Meta tiene questa persona in un esperimento e non le consegna messaggi promozionali.",
  whatsapp_130497: "Da questo account non si può scrivere a persone di quel Paese.",
  whatsapp_131008: "Manca un valore che il modello richiede: il dettaglio dice quale.",
  whatsapp_131009: "WhatsApp non accetta uno dei valori: il dettaglio dice quale.",
  whatsapp_131021: "Il numero del destinatario è lo stesso da cui parte il messaggio.",
  whatsapp_131026:
    "Il messaggio non si può consegnare: il numero non è su WhatsApp, l'app è troppo vecchia o la persona non ha accettato i termini.",
  whatsapp_131030:
    "L'account è di prova e questo numero non è nella sua lista: aggiungilo nella dashboard dell'app di Meta.",
  whatsapp_131047:
    "Sono passate più di 24 ore dall'ultimo messaggio di questa persona: usa un modello approvato al posto del testo.",
  whatsapp_131049:
    "Meta non consegna questo messaggio promozionale, perché la persona ne ha ricevuti molti: aspetta un giorno.",
  whatsapp_131050: "Questa persona ha scelto di non ricevere messaggi promozionali da te.",
  whatsapp_131051: "WhatsApp non conosce questo tipo di messaggio.",
  whatsapp_131052: "WhatsApp non riesce a scaricare il file dell'intestazione: controlla che il link sia pubblico.",
  whatsapp_131053: "WhatsApp non riesce a scaricare il file dell'intestazione: controlla che il link sia pubblico.",
  whatsapp_132000:
    "Il numero dei valori non corrisponde al modello: danne quanti sono i suoi segnaposto, nello stesso ordine.",
  whatsapp_132001:
    "Non c'è un modello approvato con questo nome in questa lingua: controlla entrambi in WhatsApp Manager (it non è it_IT).",
  whatsapp_132005: "Con questi valori il testo del modello è troppo lungo: accorciane uno.",
  whatsapp_132007: "Un valore viola le regole di WhatsApp sui contenuti: guarda che cosa è stato compilato.",
  whatsapp_132012: "I valori non hanno la forma che il modello si aspetta: confrontali con WhatsApp Manager.",
  whatsapp_132015: "Meta ha sospeso il modello per la bassa qualità: modificalo in WhatsApp Manager.",
  whatsapp_132016: "Meta ha disattivato il modello per sempre per la bassa qualità: creane uno nuovo.",
  whatsapp_132018: "Un valore contiene qualcosa che un modello non può contenere.",
};

/** Le annotazioni dei passi, come le scrive il sistema (in inglese) e come si dicono qui. */
export const notes: Record<string, string> = {
  "(\\w+): `(.*)` was read as (.*)": "$1: «$2» è stato letto come $3",
  "`?([\\w]+)`?: .*; it was left out": "$1: non si può leggere, quindi è stato lasciato fuori",
  "until: waits until (.*)": "Aspetta fino a $1",
  "until: (.*) has passed, so there is no wait": "$1 è già passato, quindi non aspetta",
  "subject: line breaks were replaced by spaces": "Oggetto: gli a capo sono diventati spazi",
  "([\\w.[\\]]+): .*(?:replaced|shortened|removed).*":
    "$1: tolti gli a capo, gli spazi di troppo o i caratteri invisibili, che WhatsApp non accetta",
};
