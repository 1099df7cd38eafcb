// One step: a line that says what it does, and under it, when it is open, its form.

import type { Action } from "../../api/client.ts";
import { useWords } from "../../i18n/index.tsx";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { IconButton } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import { iconOf } from "./action-icon.ts";
import type { DraftStep } from "./draft.ts";
import { FieldsProvider, type Offers } from "./fields-context.tsx";
import { Menu } from "./menu.tsx";
import { NoticeList } from "./notice-list.tsx";
import type { StepState } from "./notices.ts";
import style from "./step-card.module.css";
import { StepForm } from "./step-form.tsx";
import { StepSummary } from "./summary.tsx";
import { changeFields, fieldSource } from "./template.ts";

export interface StepActs {
  change: (id: string, change: Partial<DraftStep>) => void;
  move: (id: string, by: -1 | 1) => void;
  duplicate: (id: string) => void;
  remove: (id: string) => void;
  toggle: (id: string) => void;
}

interface StepCardProps {
  step: DraftStep;
  index: number;
  count: number;
  open: boolean;
  action: Action | undefined;
  state: StepState;
  offers: Offers;
  acts: StepActs;
}

const TONES: Record<StepState["badge"], Tone> = {
  off: "calm",
  incomplete: "wait",
  check: "wait",
  valid: "ok",
  unknown: "calm",
};

export const headId = (id: string) => `step-${id}`;
export const moveId = (id: string, by: -1 | 1) => `step-${id}-${by < 0 ? "up" : "down"}`;

export function StepCard({ step, index, count, open, action, state, offers, acts }: StepCardProps) {
  const { editor: words } = useWords();
  const { id } = step;
  const Icon = iconOf(step.action);
  const rename = (from: string, to: string) => {
    const put = <T,>(value: T) => changeFields(value, from, ({ look }) => fieldSource(to, look));
    acts.change(id, {
      params: renamedConditions(put(step.params), from, to),
      when: renamedConditions(step.when, from, to),
    });
  };
  const giveFallback = (name: string) =>
    acts.change(id, {
      params: changeFields(step.params, name, (field) =>
        field.look.custom === undefined
          ? fieldSource(name, { ...field.look, fallback: field.look.fallback ?? words.fallbackExample })
          : field.source,
      ),
    });
  const missing = state.notices.find((notice) => notice.kind === "fault");
  return (
    <FieldsProvider value={offers}>
      <li class={style.card} data-off={!step.enabled || undefined} data-open={open || undefined}>
        <div class={style.head}>
          <button
            type="button"
            id={headId(id)}
            class={style.toggle}
            aria-expanded={open}
            aria-controls={`${headId(id)}-form`}
            onClick={() => acts.toggle(id)}
          >
            <span class={style.number}>
              <span class="sr-only">{words.step} </span>
              {index + 1}
            </span>
            <span class={style.icon}>
              <Icon />
            </span>
            <StepSummary step={step} action={action} />
          </button>
          <div class={style.side}>
            {state.badge !== "unknown" && <Badge tone={TONES[state.badge]}>{words.badges[state.badge]}</Badge>}
            <IconButton
              id={moveId(id, -1)}
              icon={icons.Up}
              size="s"
              label={words.moveUp(index + 1)}
              aria-disabled={index === 0 || undefined}
              onClick={() => acts.move(id, -1)}
            />
            <IconButton
              id={moveId(id, 1)}
              icon={icons.Down}
              size="s"
              label={words.moveDown(index + 1)}
              aria-disabled={index === count - 1 || undefined}
              onClick={() => acts.move(id, 1)}
            />
            <Menu
              label={words.stepActs(index + 1)}
              icon={icons.More}
              items={[
                {
                  key: "off",
                  label: step.enabled ? words.switchOff : words.switchOn,
                  icon: step.enabled ? icons.Stop : icons.Runs,
                  act: () => acts.change(id, { enabled: !step.enabled }),
                },
                { key: "copy", label: words.duplicate, icon: icons.Copy, act: () => acts.duplicate(id) },
                {
                  key: "delete",
                  label: words.deleteStep,
                  icon: icons.Delete,
                  danger: true,
                  act: () => acts.remove(id),
                },
              ]}
            />
          </div>
        </div>
        {!open && missing?.kind === "fault" && state.badge === "incomplete" && (
          <p class={style.missing}>{missing.text}</p>
        )}
        {open && action && (
          <div class={style.body} id={`${headId(id)}-form`}>
            <NoticeList notices={state.notices} onRename={rename} onFallback={giveFallback} />
            <StepForm step={step} action={action} state={state} onChange={(change) => acts.change(id, change)} />
          </div>
        )}
      </li>
    </FieldsProvider>
  );
}

/** Conditions name fields without braces. */
function renamedConditions<T>(value: T, from: string, to: string): T {
  if (Array.isArray(value)) return value.map((item) => renamedConditions(item, from, to)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    key === "field" && item === from && "op" in value ? to : renamedConditions(item, from, to),
  ]);
  return Object.fromEntries(entries) as T;
}
