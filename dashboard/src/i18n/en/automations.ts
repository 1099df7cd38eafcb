// Words of the room: automations.

export const automations = {
  title: "",
};
