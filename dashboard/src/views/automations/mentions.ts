// Which fields an automation's steps mention, as far as a page needs to know it: to make an example of what a source
// might send. What a template really means only the worker says (`warnings`, `preview`).

import type { Automation, Condition, StepInput } from "../../api/client.ts";

const SYSTEM = new Set(["event", "source", "contact", "steps", "uncino"]);

type Plan = { condition?: Automation["condition"]; steps: StepInput[] };

/** The payload's fields that a text mentions: what stands before the first filter. */
export function mentionedIn(text: string): string[] {
  return [...text.matchAll(/\{\{-?\s*([^|}]+?)\s*-?(?:\|[^}]*)?\}\}/g)].flatMap(([, name = ""]) => {
    const field = name.replace(/^payload\./, "");
    return SYSTEM.has(field.split(/[.[]/)[0] ?? "") ? [] : [field];
  });
}

function inCondition(condition: Condition | null | undefined): string[] {
  if (!condition) return [];
  if ("all" in condition) return condition.all.flatMap(inCondition);
  if ("any" in condition) return condition.any.flatMap(inCondition);
  return [condition.field];
}

function inValue(value: unknown): string[] {
  if (typeof value === "string") return mentionedIn(value);
  if (Array.isArray(value)) return value.flatMap(inValue);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(inValue);
  return [];
}

/** Every field that a plan mentions, in order, once. */
export function mentions({ condition, steps }: Plan): string[] {
  const found = steps.flatMap((step) => [
    ...inCondition(step.when),
    ...(step.action === "filter" ? inCondition(step.params?.condition as Condition | undefined) : []),
    ...inValue(step.params),
  ]);
  return [...new Set([...inCondition(condition), ...found])];
}
