// Words of the room: sources.

export const sources = {
  title: "",
};
