// Words of the room: outbox.

export const outbox = {
  title: "",
};
