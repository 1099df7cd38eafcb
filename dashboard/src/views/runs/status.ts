// What may be done with a run in which status, as the API has it.

import type { Run, RunStatus } from "../../api/client.ts";

export const RUN_STATUSES: RunStatus[] = [
  "failed",
  "uncertain",
  "running",
  "waiting",
  "queued",
  "held",
  "succeeded",
  "skipped",
  "cancelled",
];

const OVER: RunStatus[] = ["succeeded", "skipped", "failed", "uncertain", "cancelled"];

export const isOver = (status: RunStatus): boolean => OVER.includes(status);

/** From its first step that is not done; an uncertain one must be settled first. What a limit holds back may go now. */
export const canResume = (run: Run): boolean =>
  ["failed", "uncertain", "cancelled"].includes(run.status) || (run.status === "held" && run.error !== null);

export const isUncertain = (run: Run): boolean => run.steps.some((step) => step.status === "uncertain");
