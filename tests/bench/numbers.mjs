// Medians and percentiles. A value in between two is the upper one: nothing is made up.

export function percentile(values, part) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

export const median = (values) => percentile(values, 0.5);

/** The median of how many times `ours` is `theirs`, pair by pair: both of one pair were measured right after each other. */
export const ratio = (ours, theirs) => median(ours.map((value, index) => value / theirs[index]));
