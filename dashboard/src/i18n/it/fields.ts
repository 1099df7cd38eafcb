// Le parole della stanza: fields.

export const fields = {
  title: "",
};
