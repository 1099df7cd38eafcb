// JSON whose numbers keep the text that they came with: `89.90` and long ids are the sender's, and a browser's number
// would change them. Needs the browser to show a number's source (JSON.parse source text access, ECMAScript 2026);
// one that does not gives plain numbers.

interface RawJson {
  rawJSON: string;
}

interface SourceAware {
  parse(text: string, reviver: (key: string, value: unknown, context?: { source?: string }) => unknown): unknown;
  rawJSON?: (text: string) => RawJson;
  isRawJSON?: (value: unknown) => value is RawJson;
}

const json = JSON as unknown as SourceAware;

/** Parses; a number that JavaScript would write differently becomes a raw one, which `JSON.stringify` writes as it was. */
export function parse(text: string): unknown {
  const { rawJSON } = json;
  if (!rawJSON) return JSON.parse(text);
  return json.parse(text, (_key, value, context) =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? rawJSON(context.source)
      : value,
  );
}

/** The text of a raw number; undefined for everything else. */
export const rawText = (value: unknown): string | undefined => (json.isRawJSON?.(value) ? value.rawJSON : undefined);
