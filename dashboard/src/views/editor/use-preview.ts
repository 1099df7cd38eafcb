// What the server says of the draft: its faults, its doubts, and every step as it would be done.
// A step that cannot be read yet does not keep the others from being shown: they are asked for without it.

import { useEffect, useState } from "preact/hooks";
import { ApiProblem, api, ask, type Fault, type PreviewStep, type Schemas, type Warning } from "../../api/client.ts";
import { useQuery } from "../../api/query.ts";
import { type Draft, stepInput, stepPath } from "./draft.ts";

/** With what the draft is shown: a stored event, or a payload of samples. */
export type Sample = { event_id: string } | { payload: Record<string, unknown> };

export interface DraftPreview {
  /** For which draft this was said. */
  of: Draft;
  faults: Fault[];
  warnings: Warning[];
  /** Whether the automation's condition holds; undefined when it could not be asked. */
  starts: boolean | undefined;
  steps: Map<string, PreviewStep>;
}

/** How long nothing must have been typed before the server is asked. */
const PAUSE_MS = 350;

export function usePreview(automationId: string, draft: Draft, sample: Sample | undefined) {
  const settled = useSettled(draft, PAUSE_MS);
  return useQuery<DraftPreview>({
    key: ["preview", automationId, settled, sample],
    read: () => previewOf(automationId, settled, sample ?? { payload: {} }),
    enabled: sample !== undefined,
    keepBefore: true,
    fresh_ms: 30_000,
  });
}

function useSettled<T>(value: T, pause_ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause_ms);
    return () => clearTimeout(timer);
  }, [value, pause_ms]);
  return settled;
}

async function previewOf(id: string, draft: Draft, sample: Sample): Promise<DraftPreview> {
  const rendered = (condition: Draft["condition"], steps: Draft["steps"]) =>
    ask(
      api.POST("/automations/{id}/preview", {
        params: { path: { id } },
        body: { ...sample, condition, steps: steps.map(stepInput) } as Schemas["PreviewInput"],
      }),
    );
  try {
    const said = await rendered(draft.condition, draft.steps);
    return { of: draft, faults: [], warnings: said.warnings, starts: said.starts, steps: byId(said.steps) };
  } catch (problem) {
    if (!(problem instanceof ApiProblem) || problem.status !== 422 || problem.faults.length === 0) throw problem;
    const faults = problem.faults;
    // What is wrong with the event is not the draft's fault.
    if (faults.some(({ path }) => path === "event_id" || path === "payload")) throw problem;
    const faulty = new Set(faults.flatMap(({ path }) => stepPath(path)?.[0] ?? []));
    const whole = !faults.some(({ path }) => path.startsWith("condition"));
    const sound = draft.steps.map((step, index) => ({ step, index })).filter(({ index }) => !faulty.has(index));
    const leftOut = draft.steps.filter((_, index) => faulty.has(index)).map(({ id }) => `\`${id}\``);
    const said = await rendered(
      whole ? draft.condition : null,
      sound.map(({ step }) => step),
    ).catch(() => undefined);
    const warnings = (said?.warnings ?? []).flatMap((warning): Warning[] => {
      const at = stepPath(warning.path);
      if (!at) return warning.code === "no_steps" ? [] : [warning];
      // A step that was left out is there all the same.
      if (warning.code === "unknown_step" && leftOut.some((id) => warning.message.includes(id))) return [];
      const index = sound[at[0]]?.index;
      return index === undefined ? [] : [{ ...warning, path: `steps[${index}].${at[1]}` }];
    });
    return { of: draft, faults, warnings, starts: whole ? said?.starts : undefined, steps: byId(said?.steps ?? []) };
  }
}

const byId = (steps: PreviewStep[]) => new Map(steps.map((step) => [step.id, step]));
