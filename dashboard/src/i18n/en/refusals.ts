// Words for refused deliveries.

export const refusals = {
  title: "Refused deliveries",
  text: "They became no events. Their sender was told the same reason that you read here.",
  lastDay: "In the last 24 hours, at least:",
  why: "Why",
  short: {
    invalid_signature: "proof of origin",
    origin_not_allowed: "site not allowed",
    wrong_verify_token: "verify token",
    invalid_challenge: "invalid check",
    invalid_json: "invalid JSON",
    incomplete_body: "broken off",
    empty_body: "empty",
    too_deep: "nested too deeply",
    invalid_item: "invalid list",
    too_many_items: "list too long",
    payload_too_large: "too large",
    unsupported_media_type: "not data",
    rate_limited: "too many",
    storage_unavailable: "database busy",
  } as Record<string, string>,
  codes: {
    origin_not_allowed: "It comes from a site that is not among those in the settings. If it is yours, add it.",
    invalid_signature:
      "The proof of origin is missing or does not fit. If the service is yours, check the secret in the settings.",
    wrong_verify_token: "The verify token is not the one of the settings: write the same one on both sides.",
    invalid_challenge: "It looked like Meta's check of the address, but it was none.",
    invalid_json: "It claims to be JSON and cannot be read.",
    incomplete_body: "It broke off half-way. The sender has to send it again.",
    empty_body: "There was nothing in it.",
    invalid_item: "Something in the list is not an object with fields.",
    too_many_items: "The list has more than 100 items: send it in parts.",
    unsupported_media_type: "It is an image or another file: this address takes data.",
    rate_limited:
      "Too many deliveries in a short time, or today's limit is reached: if they are real, raise the limits in the settings.",
  },
};
