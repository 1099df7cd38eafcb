// Words of the room: contacts.

export const contacts = {
  title: "",
};
