// What a view shows when it has nothing to show: not yet (skeletons), never (an empty state), or not now (a problem).

import type { ComponentChildren } from "preact";
import { ApiProblem, type Fault } from "../api/client.ts";
import { useWords, type Words } from "../i18n/index.tsx";
import { Button } from "./button.tsx";
import * as icons from "./icon.ts";
import style from "./states.module.css";

/** The place that something will take, so that nothing jumps when it comes. */
export function Skeleton({ lines = 1, height }: { lines?: number; height?: string }) {
  return (
    <div class={style.skeletons} aria-hidden="true" data-skeleton>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class={style.skeleton} style={{ height, width: line % 3 === 2 ? "62%" : "100%" }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon?: icons.Icon;
  title: string;
  children?: ComponentChildren;
  /** What to do next: one button or link. */
  act?: ComponentChildren;
}

/** Nothing is there yet: what will be here, and how to get it here. */
export function Empty({ icon: Icon, title, children, act }: EmptyProps) {
  return (
    <div class={style.empty}>
      {Icon && (
        <span class={style.emblem}>
          <Icon size={24} />
        </span>
      )}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {act && <div class={style.act}>{act}</div>}
    </div>
  );
}

/** What a problem says to a person: by its code where the language has words for it, else as the API said it. */
export function problemText(error: unknown, problems: Words["problems"]): string {
  if (!(error instanceof ApiProblem)) return problems.internal;
  if (error.status === 429) return problems.tooMany(error.retryAfter_s ?? 30);
  const known = (problems as Record<string, unknown>)[error.code];
  return typeof known === "string" ? known : error.message;
}

/** What is wrong with one value, to a person: by its place or its code where the language has words, else as the API said it. */
export function valueFault({ path, code, message }: Fault, { faults }: Words["problems"]): string {
  const place = path.replace(/\[.*/, "");
  return (code.startsWith("invalid") && faults.at[place]) || (path && faults.of[code]) || message;
}

/** A problem within a view or a dialog. */
export function ProblemNote({ error, again }: { error: unknown; again?: () => void }) {
  const { problems, common } = useWords();
  return (
    <div class={style.problem} role="alert">
      <icons.Attention />
      <div>
        <strong>{problems.title}</strong>
        <p>{problemText(error, problems)}</p>
        {error instanceof ApiProblem && error.faults.length > 0 && (
          <ul>
            {error.faults.map((fault) => (
              <li key={fault.path + fault.code}>
                {fault.path && <code>{fault.path}</code>} {valueFault(fault, problems)}
              </li>
            ))}
          </ul>
        )}
      </div>
      {again && (
        <Button size="s" icon={icons.Again} onClick={again}>
          {common.tryAgain}
        </Button>
      )}
    </div>
  );
}

/** Something that a person should know, beside what they do. */
export function Note({
  tone = "calm",
  children,
}: {
  tone?: "calm" | "wait" | "ok" | "fail";
  children: ComponentChildren;
}) {
  return <div class={`${style.note} ${style[tone]}`}>{children}</div>;
}
