// Words of the room of simulated messages.

export const outbox = {
  title: "Outbox",
  lead: "What simulated connections would have sent, as the person would have seen it. Nothing here has left.",
  none: "No simulated messages yet",
  noneText:
    "When an automation sends a WhatsApp message or an e-mail through a simulated connection, it appears here instead of reaching anybody.",
  ofRun: "Messages of one run",
  all: "Show all",
  to: "To",
  toRun: "See its run",
  channels: { whatsapp: "WhatsApp", email: "E-mail", http: "HTTP" },
  real: "To send for real, set up a connection",
};
