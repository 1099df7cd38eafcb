// Le parole della stanza: sources.

export const sources = {
  title: "",
};
