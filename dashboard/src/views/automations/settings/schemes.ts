// What each scheme of proof wants to be told beside its secrets. Which schemes want nothing more the API's document says;
// one that does is a line here and its words in the dictionaries. Without words it is offered by its own name.

import type { Schemas } from "../../../api/client.ts";
import { verificationInputAnyOf0SchemeValues } from "../../../api/schema.ts";

export interface SchemeSetting {
  key: string;
  kind: "text" | "choice" | "seconds";
  options?: string[];
  optional?: boolean;
  /** Asked only when another setting has this value. */
  only?: [key: string, value: string];
}

const text = (key: string, more: Partial<SchemeSetting> = {}): SchemeSetting => ({ key, kind: "text", ...more });
const choice = (key: string, options: string[]): SchemeSetting => ({ key, kind: "choice", options });

const TIMED: Partial<SchemeSetting> = { only: ["signed", "timestamp.body"] };

const SETTINGS: Record<string, SchemeSetting[]> = {
  shared_token: [text("header")],
  basic: [text("username")],
  hmac: [
    text("header"),
    choice("algorithm", ["sha256", "sha1", "sha512"]),
    choice("encoding", ["hex", "base64"]),
    text("prefix", { optional: true }),
    choice("signed", ["body", "timestamp.body"]),
    text("timestamp_header", TIMED),
    text("tolerance_s", { ...TIMED, kind: "seconds", optional: true }),
  ],
};

export const OFFERED: readonly string[] = [...verificationInputAnyOf0SchemeValues, ...Object.keys(SETTINGS)];

/** What a scheme asks for, given what was said so far. */
export function settingsOf(scheme: string, values: Record<string, string>): SchemeSetting[] {
  return (SETTINGS[scheme] ?? []).filter(({ only }) => !only || chosenIn(scheme, only[0], values) === only[1]);
}

/** A choice that nobody made is its first option. */
export function chosenIn(scheme: string, key: string, values: Record<string, string>): string {
  return values[key] ?? SETTINGS[scheme]?.find((setting) => setting.key === key)?.options?.[0] ?? "";
}

/** What to send; undefined while something is missing. */
export function verificationOf(
  scheme: string,
  values: Record<string, string>,
  secrets: string[],
): Schemas["VerificationInput"] | undefined {
  const given = secrets.map((secret) => secret.trim()).filter(Boolean);
  const rule: Record<string, unknown> = { scheme, secrets: given };
  for (const { key, kind, optional } of settingsOf(scheme, values)) {
    const value = chosenIn(scheme, key, values).trim();
    if (value === "" && !optional) return undefined;
    if (value !== "") rule[key] = kind === "seconds" ? Number(value) : value;
  }
  // The document has a shape for each scheme; what belongs to this one stands above.
  return given.length > 0 ? (rule as Schemas["VerificationInput"]) : undefined;
}
