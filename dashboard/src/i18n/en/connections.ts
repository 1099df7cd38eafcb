// Words of the room: connections.

export const connections = {
  title: "",
};
