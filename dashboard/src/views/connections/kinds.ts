// What a connection of each kind holds, as the API has it: a setting more is a line here and its words.

import type { Connection } from "../../api/client.ts";

export type Kind = Connection["kind"];
export type SettingName = "phone_number_id" | "business_account_id" | "from" | "headers" | "hosts";
export type SecretName = "access_token" | "app_secret" | "verify_token" | "headers" | "signing_secret";

interface Shape {
  settings: { name: SettingName; optional?: boolean }[];
  secrets: { name: SecretName; optional?: boolean }[];
}

export const KINDS: Record<Kind, Shape> = {
  whatsapp: {
    settings: [{ name: "phone_number_id" }, { name: "business_account_id", optional: true }],
    secrets: [
      { name: "access_token" },
      { name: "app_secret", optional: true },
      { name: "verify_token", optional: true },
    ],
  },
  email: { settings: [{ name: "from", optional: true }], secrets: [] },
  http: {
    settings: [
      { name: "headers", optional: true },
      { name: "hosts", optional: true },
    ],
    secrets: [
      { name: "headers", optional: true },
      { name: "signing_secret", optional: true },
    ],
  },
};

/** Whether a value is several, written one on each line. */
export const byLine = (name: SettingName | SecretName): boolean => name === "headers" || name === "hosts";
