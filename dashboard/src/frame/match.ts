// Which room an address names. A pattern is a path whose parts are literal (`/events`), named (`:id`) or, at its end, named
// and not needed (`:tab?`).

/** What an address says beside the room. */
export interface Params {
  id: string;
  tab?: string;
}

const partsOf = (path: string): string[] => path.split("/").filter(Boolean);

/** The named parts of a path under a pattern; undefined when it does not fit. */
export function match(pattern: string, path: string): Params | undefined {
  const wanted = partsOf(pattern);
  const given = partsOf(path);
  const params: Record<string, string> = {};
  if (given.length > wanted.length) return undefined;
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    const [, name, optional] = /^:(\w+)(\??)$/.exec(part) ?? [];
    if (!name) {
      if (value !== part) return undefined;
    } else if (value !== undefined) {
      const text = decoded(value);
      if (text === undefined) return undefined;
      params[name] = text;
    } else if (!optional) return undefined;
  }
  return params as unknown as Params;
}

/** Undefined when it is no encoded text. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
