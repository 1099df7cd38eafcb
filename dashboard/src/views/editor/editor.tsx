// The room where an automation's steps are written: the trigger, the steps in their order, and beside them what they
// would do. It holds the draft; saving makes a revision. The page around it has the title, the tabs and the switch.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiProblem, type Automation, api, ask, type Event, type EventSummary } from "../../api/client.ts";
import { keys, useActions, useConnections, useFields } from "../../api/queries.ts";
import { useQuery } from "../../api/query.ts";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import { Note, ProblemNote, Skeleton } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import { iconOf } from "./action-icon.ts";
import { isOwn } from "./chip-menu.tsx";
import { changed, type DraftStep, freshId, inserted, moved, newStep, removed, stepPath } from "./draft.ts";
import style from "./editor.module.css";
import { useOffersFor } from "./fields-context.tsx";
import { LeaveGuard } from "./leave-guard.tsx";
import { Menu } from "./menu.tsx";
import { stateOf } from "./notices.ts";
import { PreviewPanel } from "./preview-panel.tsx";
import { imaginedPayload, samplePayload } from "./samples.ts";
import { SaveBar } from "./save-bar.tsx";
import { startingParams } from "./starting-params.ts";
import { headId, moveId, type StepActs } from "./step-card.tsx";
import { StepSlot } from "./step-slot.tsx";
import { fieldsIn } from "./template.ts";
import { TriggerCard } from "./trigger-card.tsx";
import { useEditing } from "./use-editing.ts";
import { type Sample, usePreview } from "./use-preview.ts";

/** **Limit:** what the API takes. */
const MOST_STEPS = 50;

export default function Editor({ automation }: { automation: Automation }) {
  const all = useWords();
  const { editor: words, common } = all;
  const { language } = useSpeech();
  const editing = useEditing(automation);
  const { draft, set, dirty } = editing;
  const actions = useActions();
  const connections = useConnections();
  const sourceId = automation.source.id;
  const learned = useFields(sourceId, { live_ms: 10_000 });
  const fields = learned.data?.data;
  const { events, chosen, choose, values } = useEventChoice(sourceId);
  const mentioned = fieldsIn(draft.steps.map(({ params }) => params))
    .flatMap(({ name }) => (isOwn(name) ? [] : [name]))
    .join("\n");
  const sample = useMemo<Sample | undefined>(() => {
    if (chosen === undefined || fields === undefined) return undefined;
    if (chosen !== "") return { event_id: chosen };
    return {
      payload: fields.length > 0 ? samplePayload(fields) : imaginedPayload(mentioned ? mentioned.split("\n") : []),
    };
  }, [chosen, fields, mentioned]);
  const preview = usePreview(automation.id, draft, sample);
  const [open, setOpen] = useState<string | null>(null);
  const [showing, setShowing] = useState<"steps" | "preview">("steps");
  const [said, setSaid] = useState("");
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const focusNext = useRef<string | null>(null);
  const spent = useRef(new Set<string>());
  const offers = useOffersFor(fields, values, []);

  // A card that moved, came or went takes the focus along.
  useEffect(() => {
    if (!focusNext.current) return;
    const element = document.getElementById(focusNext.current);
    focusNext.current = null;
    element?.focus();
    element?.scrollIntoView({ block: "nearest" });
  });

  const titleOf = (step: DraftStep) =>
    actions.data?.find(({ name }) => name === step.action)?.title[language] ?? step.action;
  const add = (step: DraftStep, at: number) => {
    spent.current.add(step.id);
    set((before) => inserted(before, at, step));
    setOpen(step.id);
    focusNext.current = headId(step.id);
    setSaid(words.said.added(titleOf(step), at + 1));
  };
  const acts: StepActs = {
    change: (id, change) => set((before) => changed(before, id, change)),
    toggle: (id) => setOpen((before) => (before === id ? null : id)),
    move: (id, by) => {
      const from = draft.steps.findIndex((step) => step.id === id);
      const step = draft.steps[from];
      if (!step || !draft.steps[from + by]) return;
      set((before) => moved(before, id, by));
      focusNext.current = moveId(id, by);
      setSaid(words.said.moved(titleOf(step), from + by + 1, draft.steps.length));
    },
    duplicate: (id) => {
      const at = draft.steps.findIndex((step) => step.id === id);
      const step = draft.steps[at];
      if (step) add({ ...structuredClone(step), id: freshId(draft.steps, spent.current) }, at + 1);
    },
    remove: (id) => {
      const at = draft.steps.findIndex((step) => step.id === id);
      const step = draft.steps[at];
      if (!step) return;
      spent.current.add(id);
      set((before) => removed(before, id));
      const next = draft.steps[at + 1] ?? draft.steps[at - 1];
      focusNext.current = next ? headId(next.id) : "add-step";
      toast(words.deleted(titleOf(step)), {
        label: common.undo,
        act: () => set((before) => inserted(before, Math.min(at, before.steps.length), step)),
      });
    },
  };

  const data = preview.data;
  const current = data && data.of === draft;
  const states = draft.steps.map((step, index) =>
    stateOf(
      {
        index: data ? data.of.steps.findIndex(({ id }) => id === step.id) : index,
        step,
        faults: data?.faults ?? [],
        warnings: data?.warnings ?? [],
        previewed: data?.steps.get(step.id),
        fields: fields ?? [],
        events: learned.data?.events ?? 0,
        connections: connections.data,
        needs: actions.data?.find(({ name }) => name === step.action)?.connection,
        known: offers.known,
        asked: data?.of.steps.some(({ id }) => id === step.id) ?? false,
      },
      all,
    ),
  );

  const showFault = (path: string): void => {
    const step = draft.steps[stepPath(path)?.[0] ?? -1];
    setShowing("steps");
    if (!step) {
      document.getElementById("trigger-title")?.scrollIntoView();
      return;
    }
    setOpen(step.id);
    focusNext.current = headId(step.id);
  };
  const save = async (): Promise<boolean> => {
    const broken = document.querySelector<HTMLElement>("[data-broken]");
    if (!broken && !dirty) return true;
    setProblem(undefined);
    if (broken) {
      toast(words.completeFirst);
      setShowing("steps");
      broken.focus();
      return false;
    }
    const known = current ? data.faults[0] : undefined;
    if (known) {
      setSaid(words.completeFirst);
      toast(words.completeFirst);
      showFault(known.path);
      return false;
    }
    setSaving(true);
    try {
      const saved = await editing.save();
      if (!saved) {
        setShowing("steps");
        scrollTo({ top: 0, behavior: "smooth" });
        return false;
      }
      const doubts = saved.warnings.filter(({ code }) => code !== "no_steps").length;
      toast(doubts > 0 ? words.savedWithDoubts(doubts) : common.saved);
      return true;
    } catch (error) {
      if (error instanceof ApiProblem && error.faults[0]) showFault(error.faults[0].path);
      setProblem(error);
      return false;
    } finally {
      setSaving(false);
    }
  };
  const saveNow = useRef(save);
  saveNow.current = save;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      void saveNow.current();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);

  if (actions.error) return <ProblemNote error={actions.error} again={() => void actions.again()} />;
  if (!actions.data) return <Skeleton lines={4} height="3.75rem" />;
  return (
    <div class={style.editor} data-showing={showing}>
      <p class="sr-only" aria-live="polite">
        {said}
      </p>
      <div class={style.steps}>
        {editing.moved && (
          <Note tone="wait">
            <div class={style.moved}>
              <p>{words.moved.text(editing.moved.revision)}</p>
              <Button size="s" onClick={editing.reset}>
                {words.moved.take}
              </Button>
              <Button size="s" onClick={editing.keep}>
                {words.moved.keep}
              </Button>
            </div>
          </Note>
        )}
        <TriggerCard
          automation={automation}
          draft={draft}
          fields={fields}
          faults={data?.faults ?? []}
          offers={offers}
          onChange={(condition) => set((before) => ({ ...before, condition }))}
        />
        <ol class={style.list} aria-label={words.steps}>
          {draft.steps.map((step, index) => (
            <StepSlot
              key={step.id}
              step={step}
              index={index}
              earlier={draft.steps.slice(0, index)}
              count={draft.steps.length}
              open={open === step.id}
              action={actions.data?.find(({ name }) => name === step.action)}
              state={states[index] ?? stateOfNothing}
              fields={fields}
              values={values}
              acts={acts}
            />
          ))}
        </ol>
        {draft.steps.length === 0 && <p class={style.empty}>{words.noSteps}</p>}
        {draft.steps.length < MOST_STEPS ? (
          <div>
            <Menu
              id="add-step"
              label={words.addStep}
              labelled
              kind="plain"
              align="start"
              icon={icons.Add}
              items={actions.data.map((action) => ({
                key: action.name,
                label: action.title[language],
                about: action.about[language],
                icon: iconOf(action.name),
                act: () =>
                  add(
                    newStep(
                      action.name,
                      freshId(draft.steps, spent.current),
                      startingParams(action.name, fields ?? []),
                    ),
                    draft.steps.length,
                  ),
              }))}
            />
          </div>
        ) : (
          <p class={style.empty}>{words.mostSteps(MOST_STEPS)}</p>
        )}
        {problem !== undefined && <ProblemNote error={problem} />}
      </div>
      <div class={style.preview}>
        {preview.error && !data ? (
          <ProblemNote error={preview.error} again={() => void preview.again()} />
        ) : (
          <PreviewPanel
            draft={draft}
            preview={data}
            stale={!current || preview.fetching}
            actions={actions.data}
            connections={connections.data ?? []}
            events={events}
            fields={fields ?? []}
            chosen={chosen ?? ""}
            onChoose={choose}
            active={open}
          />
        )}
      </div>
      <SaveBar
        dirty={dirty}
        saving={saving}
        revision={automation.revision}
        showing={showing}
        onShow={setShowing}
        onSave={() => void save()}
        onReset={() => {
          const before = draft;
          editing.reset();
          toast(words.discarded, { label: common.undo, act: () => set(() => before) });
        }}
      />
      <LeaveGuard dirty={dirty} onSave={save} />
    </div>
  );
}

const stateOfNothing = { notices: [], at: () => undefined, badge: "unknown" as const };

/** How many recent events can be chosen. */
const RECENT = 15;

/** The event with which everything is shown: the newest one, until another is chosen; sample values when none came. */
function useEventChoice(sourceId: string) {
  const filter = { source_id: sourceId, limit: RECENT };
  const recent = useQuery<EventSummary[]>({
    key: [...keys.events(filter), "editor"],
    read: async () => (await ask(api.GET("/events", { params: { query: filter } }))).data,
    // Until the first one comes it is waited for; after that nothing changes under the eyes of whoever writes.
    every_ms: (events) => (events?.length ? false : 3_000),
    fresh_ms: 15_000,
  });
  const [picked, setPicked] = useState<string>();
  const [first, setFirst] = useState<string>();
  const newest = recent.data?.[0]?.id;
  useEffect(() => setFirst((before) => before ?? newest), [newest]);
  const chosen = recent.data || recent.error ? (picked ?? first ?? newest ?? "") : undefined;
  const event = useQuery<Event>({
    key: keys.event(chosen ?? ""),
    read: () => ask(api.GET("/events/{id}", { params: { path: { id: chosen ?? "" } } })),
    enabled: Boolean(chosen),
    fresh_ms: 60_000,
  });
  const values = chosen ? (event.data?.fields as Record<string, unknown> | undefined) : undefined;
  return { events: recent.data, chosen, choose: setPicked, values };
}
