// Le parole della stanza: outbox.

export const outbox = {
  title: "",
};
