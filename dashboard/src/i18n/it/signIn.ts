// La stanza in cui si accede.

export const signIn = {
  title: "Accedi a Uncino",
  token: "Token di amministrazione",
  tokenHint:
    "È quello mostrato da `npm start`, oppure l'`ADMIN_TOKEN` impostato quando questo Uncino è stato pubblicato.",
  enter: "Accedi",
  wrong: "Questo non è il token di amministrazione. Copialo di nuovo, per intero.",
  ended: "La sessione è finita. Accedi di nuovo per continuare.",
};
