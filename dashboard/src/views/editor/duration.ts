// Seconds as people say them: a number and a unit.

export const UNITS = { minutes: 60, hours: 3_600, days: 86_400, weeks: 604_800 } as const;
export type Unit = keyof typeof UNITS;

/** The largest unit of which it is a whole number; seconds that are not even minutes stay seconds. */
export function spoken(seconds: number): { amount: number; unit: Unit } | undefined {
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined;
  for (const unit of ["weeks", "days", "hours", "minutes"] as const) {
    if (seconds % UNITS[unit] === 0) return { amount: seconds / UNITS[unit], unit };
  }
  return undefined;
}
