// Le parole della stanza: events.

export const events = {
  title: "",
};
