// Le parole della stanza: automations.

export const automations = {
  title: "",
};
