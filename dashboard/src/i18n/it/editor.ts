// Le parole della stanza: editor.

export const editor = {
  title: "",
};
