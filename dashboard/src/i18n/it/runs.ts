// Le parole della stanza: runs.

export const runs = {
  title: "",
};
