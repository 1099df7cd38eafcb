// A limit as a person writes and reads it: digits, with or without what groups them; nothing for the default.

/** **Limit:** as the API's. */
const MOST = 4_294_967_295;

/** What one mark and three digits after it are taken for: `1.000`. */
const GROUPED = /^[1-9]\d{0,2}([.,]\d{3})+$/;

/** Null for the default, undefined for what is no limit. A unit's fraction is written with a full stop or a comma. */
export function readLimit(text: string, unit: number): number | null | undefined {
  const plain = text.replace(/[\s']/g, "");
  if (plain === "") return null;
  const number = GROUPED.test(plain) ? plain.replace(/[.,]/g, "") : plain.replace(",", ".");
  const limit = /^\d+(\.\d+)?$/.test(number) ? Number((Number(number) * unit).toFixed(3)) : 0;
  return Number.isInteger(limit) && limit >= 1 && limit <= MOST ? limit : undefined;
}

/** So that reading it gives the same limit again. */
export function writeLimit(limit: number | null, unit: number): string {
  const text = limit === null ? "" : String(limit / unit);
  return GROUPED.test(text) ? `${text}0` : text;
}
