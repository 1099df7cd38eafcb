// Words of the room: automations.

import { pluralFor } from "../plural.ts";

const plural = pluralFor("en");

export const automations = {
  title: "Automations",
  lead: "Each has an address of its own: when something arrives there, it does what you told it.",
  create: "New automation",
  columns: { name: "Name", enabled: "On", last: "Last event", failures: "Recent trouble" },
  noEvent: "none yet",
  noFailures: "none",
  failures: (n: number) => plural(n, { one: "{n} went wrong", other: "{n} went wrong" }),
  warnings: (n: number) => plural(n, { one: "{n} doubt", other: "{n} doubts" }),
  warningTexts: {
    unknownField: (name: string, near?: string) =>
      near
        ? `“${name}” has never been sent. Did you mean “${near}”?`
        : `“${name}” has never been sent to this address.`,
    unknownStep: (name: string, near?: string) =>
      near ? `No earlier step is called “${name}”. Did you mean “${near}”?` : `No earlier step is called “${name}”.`,
    hidden: (name: string) => `“${name}” is not stored in clear: steps do not see what was sent.`,
    noSteps: "There is no step yet that does anything.",
  },
  switch: (name: string) => `${name}: on`,
  on: "On",
  off: "Off",
  enabled: (name: string) => `“${name}” is on.`,
  disabled: (name: string) => `“${name}” is off: events still arrive, and its runs are held.`,
  held: {
    title: "What about the held runs?",
    text: (n: number, more: boolean) =>
      more
        ? `While it was off, ${n} runs or more were held.`
        : plural(n, { one: "While it was off, {n} run was held.", other: "While it was off, {n} runs were held." }),
    release: "Run them now",
    releaseText: "Turns it on and catches up: messages go out now, for old events too.",
    drop: "Drop them",
    dropText: "Turns it on and forgets the held runs. Their events stay stored.",
    keep: "Keep them held",
    keepText: "Turns it on for new events. You decide about the others later.",
  },
  tabsLabel: "Parts of the automation",
  tabs: { connect: "Connect", steps: "Steps", fields: "Fields", activity: "Activity", settings: "Settings" },
  name: "Name of the automation",
  rename: "Rename",
  renamed: "Name saved",
  firstRun: {
    title: "Where would you like to begin?",
    text: "Choose the automation that comes closest to what you need: its steps and texts are ready, and you can change all of it at any time.",
    path: ["Choose a starting point", "Send a test event", "See the message that goes out"],
    scratch: {
      title: "From scratch",
      text: "An empty address: first look at what arrives, then decide what happens.",
      what: "Makes the address and no steps. When the first event arrives you see its fields, and choose from there what is to happen.",
      name: "New automation",
    },
  },
  making: {
    name: "Name",
    steps: "What it will do when an event arrives",
    team: "Your team's address",
    teamHint: "Who gets the internal note. You can leave the example and change it in the steps later.",
    note: "While connections are simulated nothing leaves: you find the messages in the outbox. With a real WhatsApp number, Meta delivers only approved templates to people who have not written to you in the last 24 hours: you choose one in the steps.",
    act: "Create the automation",
  },
  sentence: {
    saveContact: "Saves the contact with",
    whatsapp: "Writes on WhatsApp to",
    email: "Sends an e-mail to",
    filter: "Goes on only if",
    filled: "is filled in",
    when: "but only if",
  },
  deletion: {
    title: "Delete the automation",
    text: "If you only want to pause it, turn it off: events keep arriving and their runs are held.",
    act: "Delete the automation",
    ask: (name: string) => `Delete “${name}”?`,
    runs: "Its queued, held and waiting runs are cancelled. This cannot be undone.",
    gone: "Its address stops working too: whoever sends to it is answered 410, and new events are lost.",
    kept: "The address stays: events keep arriving and are stored, but start nothing.",
    shared: "The address stays, because another automation uses it too.",
    stays: "Events, finished runs and saved contacts stay.",
    keep: "Keep the address",
    keepHint: "Useful if you want to use it for another automation.",
    done: (name: string) => `“${name}” was deleted.`,
  },
};
