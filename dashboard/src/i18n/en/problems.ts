// What went wrong, for a person: by the API's stable codes. What is not here is shown as the API said it.

export const problems = {
  title: "That did not work",
  unreachable: "Uncino does not answer. Check your connection; nothing was changed.",
  tooMany: (seconds: number) => `Too many attempts. Try again in ${seconds} seconds.`,
  storage_unavailable: "The database does not answer right now. Try again in a moment.",
  internal: "Something went wrong on the server. Try again; if it happens again, look at the worker's log.",
  not_found: "This no longer exists.",
  conflict: "Somebody changed this in the meantime. Reload to see it as it is now.",
  invalid_input: "Check what is marked, then try again.",
  changed_meanwhile: "Somebody else changed or deleted this in the same moment. Reload and repeat your change.",
  unauthorized: "You are signed out.",
} as const;
