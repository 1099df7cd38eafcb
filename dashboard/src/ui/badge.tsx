// Statuses as people see them: a word, a colour and a sign, so that the colour is never all.

import type { ComponentChildren } from "preact";
import type { RunStatus, StepStatus } from "../api/client.ts";
import { useWords } from "../i18n/index.tsx";
import style from "./badge.module.css";

export type Tone = "ok" | "wait" | "fail" | "doubt" | "calm" | "accent";

export function Badge({ tone = "calm", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`${style.badge} ${style[tone]}`}>{children}</span>;
}

const TONES: Record<RunStatus | StepStatus, Tone> = {
  queued: "wait",
  held: "calm",
  running: "wait",
  waiting: "wait",
  pending: "calm",
  succeeded: "ok",
  skipped: "calm",
  failed: "fail",
  uncertain: "doubt",
  cancelled: "calm",
};

const Dot = () => <span class={style.dot} aria-hidden="true" />;

export function RunBadge({ status, withErrors }: { status: RunStatus; withErrors?: boolean }) {
  const { common } = useWords();
  return (
    <Badge tone={withErrors && status === "succeeded" ? "wait" : TONES[status]}>
      <Dot />
      {common.runStatus[status]}
      {withErrors && status === "succeeded" && ` ${common.withErrors}`}
    </Badge>
  );
}

export function StepBadge({ status }: { status: StepStatus }) {
  const { common } = useWords();
  return (
    <Badge tone={TONES[status]}>
      <Dot />
      {common.stepStatus[status]}
    </Badge>
  );
}

/** What became of an event: the most telling status of its runs, or that it is only stored. */
export function EventBadge({ state, withErrors }: { state: string; withErrors?: boolean }) {
  const { common } = useWords();
  if (state in TONES && state in common.runStatus)
    return <RunBadge status={state as RunStatus} withErrors={withErrors} />;
  return (
    <Badge>
      <Dot />
      {common.eventStored}
    </Badge>
  );
}
