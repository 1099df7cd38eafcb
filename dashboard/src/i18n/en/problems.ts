// What went wrong, for a person: by the API's stable codes. What is not here is shown as the API said it.

export const problems = {
  title: "That did not work",
  unreachable: "Uncino does not answer. Check your connection; nothing was changed.",
  tooMany: (seconds: number) => `Too many requests, or today's limit is reached. Try again in ${seconds} seconds.`,
  storage_unavailable: "The database does not answer right now. Try again in a moment.",
  internal: "Something went wrong on the server. Try again; if it happens again, look at the worker's log.",
  not_found: "This no longer exists.",
  run_is_over: "The run is over: it cannot be cancelled any more.",
  not_resumable: "This run cannot go on: run its event again instead.",
  nothing_to_run: "No automation listens to this event's address.",
  body_not_kept: "The content of this event was not kept: it cannot be run again.",
  changed_meanwhile: "Somebody else changed or deleted this in the same moment. Reload and repeat your change.",
  unauthorized: "You are signed out.",
  grace_running: "The address before this one still works. Wait until it ends, or choose “Stops at once” to end both.",
  invalid_input: "Something is not right yet:",
  origin_not_allowed: "This website may not send here: it is not among the sites in the settings.",
  invalid_signature: "The delivery does not carry the proof of origin that this address demands.",
  unknown_source: "This address does not exist. Copy it once more.",
  source_deleted: "This address was deleted.",
  payload_too_large: "This is too large: at most 1 MB.",
  empty_body: "There is nothing in it: add a field.",
  too_deep: "This is nested too deeply.",
  hidden_fields:
    "This address has fields that are not stored in clear, so nothing may be kept to compare with: choose the proof from the list, or show those fields for as long as you look.",
  no_secret_key: "Secrets cannot be stored yet: whoever deployed this Uncino must set SECRET_KEY.",
  /** The API says it in English. */
  faults: {
    at: {} as Record<string, string>,
    of: { required: "This is still missing." } as Record<string, string>,
  },
} as const;
