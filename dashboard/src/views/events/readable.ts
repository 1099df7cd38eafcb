// A body as a person can read it. It changes white space only: every value stays as it came.

/** **Limit:** 32 levels, the depth that is accepted: text that only looks like JSON cannot grow without bound. */
const indent = (depth: number) => "  ".repeat(Math.min(Math.max(depth, 0), 32));

/** JSON on one line is indented; everything else stays as it came. A body of any size is shown as text only. */
export function readable(body: string): string {
  if (!/^\s*[[{]/.test(body) || body.includes("\n") || body.length > 100_000) return body;
  // Indented by hand of the text itself: parsing would round long numbers.
  let depth = 0;
  let quoted = false;
  let out = "";
  for (let at = 0; at < body.length; at++) {
    const c = body[at] ?? "";
    if (quoted) {
      out += c;
      if (c === "\\") out += body[++at] ?? "";
      else if (c === '"') quoted = false;
    } else if (c === '"') {
      quoted = true;
      out += c;
    } else if (c === "{" || c === "[") {
      depth += 1;
      out += `${c}\n${indent(depth)}`;
    } else if (c === "}" || c === "]") {
      depth -= 1;
      out += `\n${indent(depth)}${c}`;
    } else if (c === ",") {
      out += `,\n${indent(depth)}`;
    } else if (c === ":") {
      out += ": ";
    } else if (c.trim() !== "") {
      out += c;
    }
  }
  return out;
}
