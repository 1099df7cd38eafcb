// Le parole della stanza: connections.

export const connections = {
  title: "",
};
