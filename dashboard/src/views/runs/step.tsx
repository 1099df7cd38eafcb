// One step of a run, on the timeline: what it was given, what came of it, and why it stopped.

import type { Action, RunStep } from "../../api/client.ts";
import { useSpeech } from "../../i18n/index.tsx";
import { Badge, StepBadge } from "../../ui/badge.tsx";
import { Message } from "../../ui/message/message.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import { Time } from "../../ui/time.tsx";
import { Values } from "../../ui/values.tsx";
import { Reason } from "./failure.tsx";
import { noteText, readDelivery } from "./reports.ts";
import style from "./runs.module.css";

interface StepRowProps {
  step: RunStep;
  /** Undefined until the registry is there, and for an action that is gone. */
  action: Action | undefined;
  runId: string;
  /** Whether the run is over: what is pending then will not be done. */
  over: boolean;
}

export function StepRow({ step, action, runId, over }: StepRowProps) {
  const { words, language, format } = useSpeech();
  const { runs: t } = words;
  const { simulated, delivery, ...output } = step.output ?? {};
  const delivered = readDelivery(delivery);
  const took =
    step.started_at && step.finished_at ? Date.parse(step.finished_at) - Date.parse(step.started_at) : undefined;
  return (
    <li class={style.step} data-status={step.status}>
      <div class={style.stepHead}>
        <h3>{action?.title[language] ?? step.action}</h3>
        <StepBadge status={step.status} />
        <span class={style.soft}>
          {[step.attempts > 1 && t.attempts(step.attempts), took !== undefined && took >= 1 && format.duration(took)]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </div>
      {step.status === "pending" && over && <p class={style.soft}>{t.notReached}</p>}
      {step.status === "skipped" && !step.error && <p class={style.soft}>{t.skippedStep}</p>}
      {step.action === "filter" && step.output?.passed === false && <p class={style.soft}>{t.ended}</p>}
      {step.waits_until && step.status === "waiting" && (
        <p>
          {step.error ? t.nextAttempt : t.waitsUntil} <Time at={step.waits_until} />
        </p>
      )}
      {step.error && <Reason reason={step.error} />}
      {step.missing.length > 0 && (
        <p class={style.soft}>
          {t.missing} <Stranger value={step.missing.join(", ")} />
        </p>
      )}
      {delivered && (
        <p>
          {t.delivery}{" "}
          <Badge tone={delivered.status === "failed" ? "fail" : delivered.status === "sent" ? "wait" : "ok"}>
            {t.deliveries[delivered.status]}
          </Badge>{" "}
          <Time at={delivered.at} />
        </p>
      )}
      {simulated === true && (
        <p class={style.soft}>
          <a href={`/outbox?run=${runId}`}>{t.outbox}</a>
        </p>
      )}
      {step.input && Object.keys(step.input).length > 0 && (
        <details open={step.status === "failed" || step.status === "uncertain"}>
          <summary>{t.input}</summary>
          <Input step={step} action={action} />
        </details>
      )}
      {Object.keys(output).length > 0 && (
        <details>
          <summary>{t.output}</summary>
          <Values of={output} />
        </details>
      )}
      {step.notes.length > 0 && (
        <ul class={style.notes}>
          {step.notes.map((note) => {
            const said = noteText(note, words.notes);
            return (
              <li key={note} lang={said === note ? "en" : undefined}>
                <Stranger value={said} cut={300} />
              </li>
            );
          })}
        </ul>
      )}
    </li>
  );
}

/** A message as its recipient sees it, anything else name by name. */
function Input({ step, action }: Pick<StepRowProps, "step" | "action">) {
  const { language } = useSpeech();
  const channel = action?.connection;
  if (channel && channel !== "http") return <Message channel={channel} content={step.input} />;
  const titleOf = (name: string) => action?.params.find((param) => param.name === name)?.title[language];
  return <Values of={step.input ?? {}} titleOf={titleOf} />;
}
