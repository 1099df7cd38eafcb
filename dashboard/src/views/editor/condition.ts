// Conditions as the form works with them: always a group at the root, which becomes a single comparison again when that
// is all there is. It evaluates nothing.

import type { Condition } from "../../api/client.ts";
import type { Words } from "../../i18n/index.tsx";
import { fieldLabel } from "./template.ts";

export type Test = Extract<Condition, { field: string }>;
export type Group = Exclude<Condition, Test>;
export type Op = Test["op"];

export const OPS: readonly Op[] = [
  "equals",
  "not_equals",
  "contains",
  "not_contains",
  "starts_with",
  "ends_with",
  "greater_than",
  "less_than",
  "in",
  "exists",
  "not_exists",
  "empty",
  "not_empty",
];

export const takesValue = (op: Op): boolean => !["exists", "not_exists", "empty", "not_empty"].includes(op);

export const emptyCondition: Condition = { field: "", op: "equals", value: "" };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const joinOf = (group: Group): "all" | "any" => ("any" in group ? "any" : "all");
export const childrenOf = (group: Group): Condition[] => ("any" in group ? group.any : group.all);
export const withChildren = (_: Group, join: "all" | "any", parts: Condition[]): Group =>
  join === "any" ? { any: parts } : { all: parts };

/** Whatever a step holds, as a group. */
export function asGroup(value: unknown): Group {
  if (!isObject(value)) return { all: [emptyCondition] };
  if (Array.isArray(value.any)) return value as Group;
  if (Array.isArray(value.all)) return value as Group;
  return { all: [value as Test] };
}

/** The group as it is kept: one comparison alone needs no group around it. */
export function emitted(group: Group): Condition {
  const [only, ...more] = childrenOf(group);
  return only !== undefined && more.length === 0 && "field" in only ? only : group;
}

/** A condition in a few words. */
export function conditionText(value: unknown, words: Words["editor"]): string {
  if (!isObject(value)) return "";
  if (Array.isArray(value.all) || Array.isArray(value.any)) {
    const parts = ((value.all ?? value.any) as unknown[]).map((part) => {
      const text = conditionText(part, words);
      return isObject(part) && !("field" in part) ? `(${text})` : text;
    });
    return parts.filter(Boolean).join(` ${value.any ? words.or : words.and} `);
  }
  const { field, op, value: wanted } = value as Test;
  if (!field) return "";
  const shown = Array.isArray(wanted) ? wanted.join(", ") : String(wanted ?? "");
  return [fieldLabel(field), words.ops[op] ?? op, takesValue(op) ? `“${shown}”` : ""].filter(Boolean).join(" ");
}
