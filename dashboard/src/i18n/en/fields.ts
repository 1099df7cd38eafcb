// Words of the room: fields.

export const fields = {
  title: "",
};
