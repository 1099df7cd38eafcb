// Le parole della stanza: contacts.

export const contacts = {
  title: "",
};
