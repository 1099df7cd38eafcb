// Words of the room: editor.

export const editor = {
  title: "",
};
