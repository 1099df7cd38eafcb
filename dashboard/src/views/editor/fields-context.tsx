// What a template of this step can mention: the fields that were learned, Uncino's own values, what earlier steps gave.
// Kept in one context, because every field of every form offers them.

import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { Field } from "../../api/client.ts";
import { useWords, type Words } from "../../i18n/index.tsx";
import { valueText, visible } from "../../ui/stranger.tsx";
import type { DraftStep } from "./draft.ts";
import { canBeNamed, fieldLabel } from "./template.ts";

export interface Offer {
  /** As a template names it. */
  name: string;
  label: string;
  sample: string;
  group: "payload" | "system" | "steps";
  field?: Field;
}

export interface Offers {
  all: Offer[];
  /** Whether the source has sent a field of this name. */
  known: (name: string) => boolean;
  find: (name: string) => Offer | undefined;
  /** Whether anything was learned yet: before that, no name can be wrong. */
  learned: boolean;
}

const Context = createContext<Offers>({ all: [], known: () => false, find: () => undefined, learned: false });

export const FieldsProvider = Context.Provider;
export const useOffers = (): Offers => useContext(Context);

const SYSTEM = [
  "event.received_at",
  "event.id",
  "source.name",
  "contact.name",
  "contact.phone",
  "contact.email",
] as const;

/** What a step's own output holds, of what one would want to write somewhere. */
const OUTPUTS: Record<string, readonly ("status" | "body" | "message_id" | "contact_id" | "until")[]> = {
  http_request: ["status", "body"],
  send_whatsapp: ["message_id"],
  send_email: ["message_id"],
  save_contact: ["contact_id"],
  wait: ["until"],
};

export function offersOf(
  fields: Field[],
  values: Record<string, unknown> | undefined,
  earlier: DraftStep[],
  words: Words["editor"],
): Offers {
  const roots = new Set(fields.map(({ path }) => path.split(/[.[]/)[0] ?? ""));
  // What was sent wins over Uncino's own names; those then have another.
  const own = (name: string) => (roots.has(name.split(".")[0] ?? "") ? `uncino.${name}` : name);
  const payload = fields
    .filter(({ path }) => canBeNamed(path))
    .map(
      (field): Offer => ({
        name: field.path,
        label: visible(fieldLabel(field.path)),
        sample: visible(valueText(values?.[field.path] ?? field.samples[0] ?? "")).slice(0, 80),
        group: "payload",
        field,
      }),
    );
  const system = SYSTEM.map(
    (name): Offer => ({ name: own(name), label: words.system[name], sample: "", group: "system" }),
  );
  const outputs = earlier.flatMap((step, index) =>
    (OUTPUTS[step.action] ?? []).map(
      (key): Offer => ({
        name: own(`steps.${step.id}.${key}`),
        label: words.output(index + 1, words.outputs[key]),
        sample: "",
        group: "steps",
      }),
    ),
  );
  const all = [...payload, ...system, ...outputs];
  const byName = new Map(all.map((offer) => [offer.name, offer]));
  const find = (name: string) => byName.get(name) ?? byName.get(name.replace(/^payload\./, ""));
  const paths = new Set(fields.flatMap(({ path }) => [path, path.replace(/\\(.)/g, "$1")]));
  return {
    all,
    find,
    learned: fields.length > 0,
    known: (name) => {
      if (paths.has(name) || find(name)) return true;
      const plain = name.replace(/^payload\./, "").replace(/\[\d+\]/g, "[]");
      return (
        paths.has(plain) || [...paths].some((path) => path.startsWith(`${plain}.`) || path.startsWith(`${plain}[`))
      );
    },
  };
}

export function useOffersFor(
  fields: Field[] | undefined,
  values: Record<string, unknown> | undefined,
  earlier: DraftStep[],
): Offers {
  const { editor } = useWords();
  const key = earlier.map(({ id, action }) => `${id}:${action}`).join();
  // Of the earlier steps only their ids and actions count.
  return useMemo(() => offersOf(fields ?? [], values, earlier, editor), [fields, values, key, editor]);
}
