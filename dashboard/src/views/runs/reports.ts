// What a step reports beside its status: how a message fared after it was sent, and what was changed on the way.

const DELIVERIES = ["sent", "delivered", "read", "failed"] as const;

interface Delivery {
  status: (typeof DELIVERIES)[number];
  at: string;
}

/** What the provider reported of a message, from the output of its step; undefined for anything else. */
export function readDelivery(value: unknown): Delivery | undefined {
  const { status, at } = (value ?? {}) as { status?: unknown; at?: unknown };
  const known = DELIVERIES.find((one) => one === status);
  return known && typeof at === "string" && !Number.isNaN(Date.parse(at)) ? { status: known, at } : undefined;
}

/**
 * A note in the page's language: notes have no code, but each is made by one sentence of the system.
 *
 * @param patterns from what the whole note looks like to how it is said; without one it stays English
 */
export function noteText(note: string, patterns: Record<string, string>): string {
  for (const [pattern, words] of Object.entries(patterns)) {
    const whole = new RegExp(`^${pattern}$`, "s");
    // A function: what a stranger sent is no pattern of ours.
    const match = whole.exec(note);
    if (match) return words.replace(/\$(\d)/g, (_, n) => match[Number(n)] ?? "");
  }
  return note;
}
