// Words of the room: runs.

export const runs = {
  title: "",
};
