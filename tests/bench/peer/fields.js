// The fields of a payload for the peer: nested objects become paths, an array of objects one path with `[]`.
// It keeps no order of kinds and guesses no meaning.

/** A map from path to the first value found there. */
export function flatten(value, prefix = "", found = new Map()) {
  for (const [key, item] of Object.entries(value)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (Array.isArray(item)) {
      found.set(path, item);
      for (const entry of item) if (entry && typeof entry === "object") flatten(entry, `${path}[]`, found);
    } else if (item && typeof item === "object") {
      flatten(item, path, found);
    } else if (!found.has(path)) {
      found.set(path, item);
    }
  }
  return found;
}

/** What a value is, in the words of the field picker. */
export function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value;
}

/** The text at a path of a payload, empty when there is none. */
export function extract(payload, path) {
  const value = path.split(".").reduce((inner, key) => inner?.[key], payload);
  return value === undefined || value === null ? "" : String(value);
}
