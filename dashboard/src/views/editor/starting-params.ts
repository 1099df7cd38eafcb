// What a new step begins with: the fields that its parameters obviously mean, found by what the fields are about.

import type { Field } from "../../api/client.ts";
import { canBeNamed, fieldSource } from "./template.ts";

export function startingParams(action: string, fields: Pick<Field, "path" | "meaning">[]): Record<string, unknown> {
  const about = (meaning: Field["meaning"]) => {
    const field = fields.find(
      (field) => field.meaning === meaning && canBeNamed(field.path) && !field.path.includes("[]"),
    );
    return field ? fieldSource(field.path) : undefined;
  };
  const given: Record<string, unknown> =
    action === "save_contact"
      ? { phone: about("phone"), email: about("email"), name: about("name") }
      : action === "send_whatsapp"
        ? { to: about("phone") }
        : action === "send_email"
          ? { to: about("email") }
          : {};
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
