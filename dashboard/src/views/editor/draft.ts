// The automation as it is being edited, apart from what the server holds.
// It calls nobody: the editor saves it, and asks for its preview.

import type { Automation, Condition, Step, StepInput } from "../../api/client.ts";

export interface DraftStep {
  id: string;
  action: string;
  params: Record<string, unknown>;
  when: Condition | null;
  on_error: "stop" | "continue";
  enabled: boolean;
}

export interface Draft {
  condition: Condition | null;
  steps: DraftStep[];
}

export const draftOf = (automation: Pick<Automation, "condition" | "steps">): Draft => ({
  condition: automation.condition ?? null,
  steps: automation.steps.map((step: Step) => ({
    id: step.id,
    action: step.action,
    params: step.params as Record<string, unknown>,
    when: step.when ?? null,
    on_error: step.on_error,
    enabled: step.enabled,
  })),
});

export const sameDraft = (a: Draft, b: Draft): boolean => JSON.stringify(a) === JSON.stringify(b);

/** An id that no step has; templates name steps by it, so it is never given twice in one sitting. */
export function freshId(steps: { id: string }[], spent: ReadonlySet<string> = new Set()): string {
  let n = steps.length + 1;
  while (spent.has(`s${n}`) || steps.some(({ id }) => id === `s${n}`)) n++;
  return `s${n}`;
}

export const newStep = (action: string, id: string, params: Record<string, unknown> = {}): DraftStep => ({
  id,
  action,
  params,
  when: null,
  on_error: "stop",
  enabled: true,
});

export const inserted = (draft: Draft, at: number, step: DraftStep): Draft => ({
  ...draft,
  steps: [...draft.steps.slice(0, at), step, ...draft.steps.slice(at)],
});

export const removed = (draft: Draft, id: string): Draft => ({
  ...draft,
  steps: draft.steps.filter((step) => step.id !== id),
});

export const changed = (draft: Draft, id: string, change: Partial<DraftStep>): Draft => ({
  ...draft,
  steps: draft.steps.map((step) => (step.id === id ? { ...step, ...change } : step)),
});

/** One place up (-1) or down (1); at the edge nothing happens. */
export function moved(draft: Draft, id: string, by: -1 | 1): Draft {
  const from = draft.steps.findIndex((step) => step.id === id);
  const to = from + by;
  const [step, other] = [draft.steps[from], draft.steps[to]];
  if (!step || !other) return draft;
  const steps = [...draft.steps];
  steps[from] = other;
  steps[to] = step;
  return { ...draft, steps };
}

/** A parameter set, or taken away by `undefined`. */
export function withParam(params: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  const { [name]: _, ...rest } = params;
  return value === undefined ? rest : { ...params, [name]: value };
}

/** What an empty form leaves behind is not sent: a blank text, rows without a name, a list of nothing. */
export function tidy(value: unknown): unknown {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0) return undefined;
  return value ?? undefined;
}

export const stepInput = (step: DraftStep): StepInput => ({
  id: step.id,
  action: step.action,
  params: Object.fromEntries(
    Object.entries(step.params)
      .map(([name, value]) => [name, tidy(value)])
      .filter(([, value]) => value !== undefined),
  ) as StepInput["params"],
  when: step.when,
  on_error: step.on_error,
  enabled: step.enabled,
});

/** The step that a path is about, and the rest of the path: `steps[1].params.to` is `[1, "params.to"]`. */
export function stepPath(path: string): [number, string] | undefined {
  const match = /^steps\[(\d+)\]\.?(.*)$/.exec(path);
  return match ? [Number(match[1]), match[2] ?? ""] : undefined;
}
