// What is to be said about one step, gathered from everything that knows something about it: the server's faults and
// doubts, how the previewed step turned out, and how often its fields were empty before.
// It decides what is said and where; the words are the dictionaries'.

import type { Connection, Fault, Field, PreviewStep, Warning } from "../../api/client.ts";
import type { Words } from "../../i18n/index.tsx";
import { valueFault } from "../../ui/states.tsx";
import { warningText } from "../automations/warnings.ts";
import { reasonText } from "../runs/failure.tsx";
import { type DraftStep, stepPath } from "./draft.ts";
import { fieldLabel, fieldsIn } from "./template.ts";

export type Notice =
  /** It cannot be saved so. */
  | { kind: "fault"; place: string; text: string }
  /** A field that was never sent; `nearest` is the one that was probably meant. */
  | { kind: "unknown"; name: string; nearest?: string }
  | { kind: "doubt"; text: string }
  /** A field that was empty or missing in some events. */
  | { kind: "sometimesEmpty"; name: string; times: number; of: number }
  /** The previewed event lacks it. */
  | { kind: "missing"; names: string[] }
  /** With the previewed event the step would fail. */
  | { kind: "failure"; text: string }
  | { kind: "noConnection"; of: NonNullable<Connection["kind"]> };

export interface StepState {
  notices: Notice[];
  /** The faults of the form's fields, by their place under `params`, and of `when`. */
  at: (place: string) => string | undefined;
  badge: "off" | "incomplete" | "check" | "valid" | "unknown";
}

/** Backticked words of a message, in order. */
const quotedIn = (message: string): string[] =>
  [...message.matchAll(/`((?:\\.|[^`])+)`/g)].map((match) => match[1] ?? "");

export function faultText(fault: Fault, { editor, problems }: Words): string {
  return fault.code === "invalid_template" ? templateFault(fault.message, editor) : valueFault(fault, problems);
}

function templateFault(message: string, words: Words["editor"]): string {
  const { template } = words;
  if (/never closed/.test(message)) return template.unclosed;
  if (/names no field/.test(message)) return template.noField;
  if (/no filter|knows no/.test(message)) return template.filter(quotedIn(message).at(-1) ?? "");
  return template.unreadable;
}

interface Known {
  index: number;
  step: DraftStep;
  faults: Fault[];
  warnings: Warning[];
  previewed: PreviewStep | undefined;
  fields: Field[];
  events: number;
  connections: Connection[] | undefined;
  /** The kind of connection that the action needs to send at all. */
  needs: Connection["kind"] | null | undefined;
  known: (name: string) => boolean;
  asked: boolean;
}

export function stateOf(known: Known, words: Words): StepState {
  const { index, step, previewed } = known;
  const places = new Map<string, string>();
  const notices: Notice[] = [];
  for (const fault of known.faults) {
    const at = stepPath(fault.path);
    if (at?.[0] !== index) continue;
    const place = at[1].replace(/^params\.?/, "");
    const text = faultText(fault, words);
    if (!places.has(place)) places.set(place, text);
    notices.push({ kind: "fault", place, text });
  }
  const unknown = new Set<string>();
  for (const warning of known.warnings) {
    if (stepPath(warning.path)?.[0] !== index) continue;
    const [name, nearest] = quotedIn(warning.message);
    if (warning.code === "unknown_field" && name !== undefined) {
      unknown.add(name);
      notices.push({ kind: "unknown", name, nearest });
    } else notices.push({ kind: "doubt", text: warningText(warning, words.automations.warningTexts) });
  }
  if (known.needs === "whatsapp" && known.connections && !hasConnection(known.connections, step, "whatsapp")) {
    notices.push({ kind: "noConnection", of: "whatsapp" });
  }
  const mentioned = fieldsIn(step.params, known.known);
  for (const { name, look } of mentioned) {
    const field = known.fields.find(({ path }) => path === name || fieldLabel(path) === name);
    // Of a list's items nobody counts in how many events they were.
    if (!field || look.fallback !== undefined || look.custom !== undefined || name.includes("[]")) continue;
    const times = known.events - field.present;
    if (times > 0 && known.events >= 3) notices.push({ kind: "sometimesEmpty", name, times, of: known.events });
  }
  if (previewed && step.enabled) {
    const missing = previewed.missing.filter((name) => !unknown.has(name));
    if (previewed.error) notices.push({ kind: "failure", text: reasonText(previewed.error, words.failures) });
    if (missing.length > 0) notices.push({ kind: "missing", names: missing.map(fieldLabel) });
  }
  return { notices, at: (place) => places.get(place), badge: badgeOf(known, notices) };
}

function hasConnection(connections: Connection[], step: DraftStep, kind: Connection["kind"]): boolean {
  const own = connections.filter((connection) => connection.kind === kind);
  const chosen = step.params.connection;
  return typeof chosen === "string" && chosen !== ""
    ? own.some(({ id }) => id === chosen)
    : own.some((connection) => connection.default);
}

function badgeOf({ step, asked }: Known, notices: Notice[]): StepState["badge"] {
  if (!step.enabled) return "off";
  if (!asked) return "unknown";
  if (notices.some(({ kind }) => kind === "fault")) return "incomplete";
  const doubtful = ["unknown", "doubt", "failure", "noConnection"];
  return notices.some(({ kind }) => doubtful.includes(kind)) ? "check" : "valid";
}
