// Che cosa non ha funzionato, detto a una persona: per i codici stabili dell'API.

export const problems = {
  title: "Non ha funzionato",
  unreachable: "Uncino non risponde. Controlla la connessione; non è cambiato nulla.",
  tooMany: (seconds: number) => `Troppi tentativi. Riprova tra ${seconds} secondi.`,
  storage_unavailable: "Il database non risponde in questo momento. Riprova tra poco.",
  internal: "Qualcosa è andato storto sul server. Riprova; se succede di nuovo, guarda il log del worker.",
  not_found: "Questo elemento non esiste più.",
  conflict: "Nel frattempo qualcuno ha fatto una modifica. Ricarica per vedere com'è adesso.",
  invalid_input: "Controlla quello che è segnato, poi riprova.",
  changed_meanwhile:
    "Qualcun altro ha modificato o eliminato questo nello stesso momento. Ricarica e ripeti la modifica.",
  unauthorized: "Non hai più effettuato l'accesso.",
};
