// Che cosa non ha funzionato, detto a una persona: per i codici stabili dell'API.

export const problems = {
  title: "Non ha funzionato",
  unreachable: "Uncino non risponde. Controlla la connessione; non è cambiato nulla.",
  tooMany: (seconds: number) => `Troppe richieste, o il limite di oggi è raggiunto. Riprova tra ${seconds} secondi.`,
  storage_unavailable: "Il database non risponde in questo momento. Riprova tra poco.",
  internal: "Qualcosa è andato storto sul server. Riprova; se succede di nuovo, guarda il log del worker.",
  not_found: "Questo elemento non esiste più.",
  run_is_over: "L'esecuzione è già finita: non si può più annullare.",
  not_resumable: "Questa esecuzione non si può riprendere: esegui di nuovo il suo evento.",
  nothing_to_run: "Nessuna automazione ascolta l'indirizzo di questo evento.",
  body_not_kept: "Il contenuto di questo evento non è stato conservato: non si può eseguire di nuovo.",
  changed_meanwhile:
    "Qualcun altro ha modificato o eliminato questo nello stesso momento. Ricarica e ripeti la modifica.",
  unauthorized: "Non hai più effettuato l'accesso.",
  grace_running:
    "L'indirizzo di prima funziona ancora. Aspetta che scada, oppure scegli «Smette subito» per chiuderli entrambi.",
  invalid_input: "C'è ancora qualcosa da sistemare:",
  origin_not_allowed: "Questo sito non può inviare qui: non è tra quelli indicati nelle impostazioni.",
  invalid_signature: "La consegna non ha la prova di provenienza che questo indirizzo pretende.",
  unknown_source: "Questo indirizzo non esiste. Copialo di nuovo.",
  source_deleted: "Questo indirizzo è stato eliminato.",
  payload_too_large: "È troppo grande: al massimo 1 MB.",
  empty_body: "Non c'è niente dentro: aggiungi un campo.",
  too_deep: "I dati sono annidati troppo in profondità.",
  hidden_fields:
    "Questo indirizzo ha campi che non si conservano in chiaro, quindi non si può tenere nulla da confrontare: scegli la prova dall'elenco, oppure mostra quei campi finché cerchi.",
  no_secret_key: "Non si possono ancora conservare segreti: chi ha pubblicato questo Uncino deve impostare SECRET_KEY.",
  faults: {
    /** Per il posto: che cosa va scritto lì. */
    at: {
      phone: "Questo numero non si riesce a leggere: scrivilo con il prefisso, come +39 333 1234567.",
      email: "Questo non è un indirizzo e-mail: scrivilo come nome@example.com.",
      "settings.phone_number_id": "Servono solo le cifre che mostra Meta: non è il numero di telefono.",
      "settings.hosts": "Scrivi solo l'host, senza https:// e senza percorso; al massimo 20.",
      "secrets.access_token": "Copialo per intero, senza spazi.",
    } as Record<string, string>,
    /** Per il codice. */
    of: {
      required: "Questo manca ancora.",
      conflict: "Non può stare insieme al resto: togli uno dei due.",
      invalid: "Non ha la forma giusta.",
      invalid_type: "Non ha la forma giusta.",
      invalid_value: "Questo valore non va bene.",
      invalid_url: "Scrivi un indirizzo che inizi con https://. I campi possono stare solo dopo il nome del server.",
      invalid_header: "Questa intestazione non si può impostare qui.",
      unknown_key: "Questa impostazione non esiste.",
      unknown_action: "Questo tipo di passo non esiste.",
      unknown_connection: "Questo collegamento non c'è o è di un altro tipo: scegline un altro.",
      duplicate: "Lo stesso nome c'è due volte.",
      taken: "Ce l'ha già un altro contatto.",
      too_long: "È troppo lungo.",
      too_many: "Sono troppi.",
      too_large: "È troppo grande.",
    } as Record<string, string>,
  },
};
