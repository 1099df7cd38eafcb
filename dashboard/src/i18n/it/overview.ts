// Le parole della stanza: overview.

export const overview = {
  title: "",
};
