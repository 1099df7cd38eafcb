// Words of the room: events.

export const events = {
  title: "",
};
