// Words of the room: overview.

export const overview = {
  title: "",
};
