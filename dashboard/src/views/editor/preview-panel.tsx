// Beside the steps: what each of them would do with one event, as those would see it who get it.

import { useEffect, useRef } from "preact/hooks";
import type { Action, Connection, EventSummary, Field, PreviewStep } from "../../api/client.ts";
import { useFormat, useSpeech, useWords } from "../../i18n/index.tsx";
import { Select } from "../../ui/field.tsx";
import { Message } from "../../ui/message/message.tsx";
import { entriesOf } from "../../ui/message/shapes.ts";
import { Skeleton } from "../../ui/states.tsx";
import { Stranger, visible } from "../../ui/stranger.tsx";
import { reasonText } from "../runs/failure.tsx";
import { iconOf } from "./action-icon.ts";
import type { Draft, DraftStep } from "./draft.ts";
import style from "./preview-panel.module.css";
import { fieldLabel } from "./template.ts";
import type { DraftPreview } from "./use-preview.ts";

interface PreviewPanelProps {
  draft: Draft;
  preview: DraftPreview | undefined;
  stale: boolean;
  actions: Action[];
  connections: Connection[];
  events: EventSummary[] | undefined;
  fields: Field[];
  /** The id of the chosen event, or `""` for sample values. */
  chosen: string;
  onChoose: (id: string) => void;
  /** The step that is being edited. */
  active: string | null;
}

export function PreviewPanel(props: PreviewPanelProps) {
  const { draft, preview, stale, events, fields, chosen, onChoose, active } = props;
  const { editor: words } = useWords();
  const format = useFormat();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const list = panel.current;
    const item = active && list?.querySelector<HTMLElement>(`[data-step="${active}"]`);
    // Only the panel's own scroll: the page must not move under the form.
    if (list && item) list.scrollTo({ top: item.offsetTop - list.offsetTop - 16, behavior: "smooth" });
  }, [active]);
  const options = [
    ...(events ?? []).map((event) => ({
      value: event.id,
      label: `${words.preview.event(format.relative(event.received_at))}${event.test ? ` · ${words.preview.test}` : ""}`,
    })),
    { value: "", label: fields.length > 0 ? words.preview.samples : words.preview.noEvent },
  ];
  let reached = preview?.starts !== false;
  return (
    <section class={style.panel} aria-labelledby="preview-title">
      <header class={style.head}>
        <h2 id="preview-title">{words.preview.title}</h2>
        <Select aria-label={words.preview.with} value={chosen} onChange={onChoose} options={options} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div ref={panel} class={style.steps} aria-busy={stale} tabIndex={0}>
        {preview?.starts === false && <p class={style.stop}>{words.preview.notStarted}</p>}
        {!preview && <Skeleton lines={5} height="2.5rem" />}
        {preview && draft.steps.length === 0 && <p class={style.remark}>{words.preview.noSteps}</p>}
        {preview &&
          draft.steps.map((step, index) => {
            const said = preview.steps.get(step.id);
            const isReached = reached;
            reached = reached && goesOn(step, said);
            return (
              <PreviewedStep
                key={step.id}
                step={step}
                index={index}
                said={said}
                reached={isReached}
                active={active === step.id}
                actions={props.actions}
                connections={props.connections}
              />
            );
          })}
      </div>
    </section>
  );
}

/** Whether the run would go on behind a step. */
function goesOn(step: DraftStep, said: PreviewStep | undefined): boolean {
  if (!said || said.skipped) return true;
  if (said.error) return step.on_error === "continue";
  return said.passes !== false && step.action !== "stop";
}

interface PreviewedStepProps {
  step: DraftStep;
  index: number;
  said: PreviewStep | undefined;
  reached: boolean;
  active: boolean;
  actions: Action[];
  connections: Connection[];
}

function PreviewedStep({ step, index, said, reached, active, actions, connections }: PreviewedStepProps) {
  const { language } = useSpeech();
  const { editor: words, failures } = useWords();
  const action = actions.find(({ name }) => name === step.action);
  const Icon = iconOf(step.action);
  return (
    <article
      class={style.step}
      data-step={step.id}
      data-active={active || undefined}
      aria-labelledby={`preview-${step.id}`}
    >
      {/* No heading: an e-mail's own headings stand between. */}
      <p class={style.title} id={`preview-${step.id}`}>
        <Icon size={16} />
        {index + 1}. {action?.title[language] ?? step.action}
      </p>
      {!said ? (
        <p class={style.remark}>{words.preview.incomplete}</p>
      ) : !step.enabled ? (
        <p class={style.remark}>{words.preview.off}</p>
      ) : (
        <>
          {!reached && <p class={style.remark}>{words.preview.notReached}</p>}
          {reached && said.skipped && <p class={style.remark}>{words.preview.skipped}</p>}
          <Content step={step} said={said} connections={connections} />
          {said.error && <p class={style.failure}>{visible(reasonText(said.error, failures))}</p>}
          <Notes notes={said.notes} />
        </>
      )}
    </article>
  );
}

function Content({ step, said, connections }: { step: DraftStep; said: PreviewStep; connections: Connection[] }) {
  const { editor: words } = useWords();
  const format = useFormat();
  const { input } = said;
  // What fails early is not rendered: an empty message would only puzzle.
  const told = (...names: string[]) => !said.error || names.some((name) => input[name] !== undefined);
  switch (step.action) {
    case "send_whatsapp":
      if (!told("text", "template")) return null;
      return <Message channel="whatsapp" content={input} hour={format.hour(new Date().toISOString())} />;
    case "send_email":
      if (!told("subject", "text")) return null;
      return <Message channel="email" content={input} from={senderOf(step, connections)} />;
    case "http_request":
      if (!told("url")) return null;
      return <Message channel="http" content={input} />;
    case "save_contact":
      if (!told("name", "phone", "email")) return null;
      return <ContactCard input={input} />;
    case "filter":
      return said.passes === undefined ? null : (
        <p class={said.passes ? style.pass : style.stop}>{said.passes ? words.preview.passes : words.preview.stops}</p>
      );
    case "stop":
      return <p class={style.stop}>{input.reason ? <Stranger value={input.reason} /> : words.preview.ends}</p>;
    case "wait":
      return typeof input.seconds === "number" ? (
        <p class={style.remark}>{words.preview.waits(format.duration(input.seconds * 1_000))}</p>
      ) : null;
    default:
      return null;
  }
}

function senderOf(step: DraftStep, connections: Connection[]): string | undefined {
  const own = connections.filter(({ kind }) => kind === "email");
  const used = own.find(({ id }) => id === step.params.connection) ?? own.find((connection) => connection.default);
  const from = used?.settings.from;
  return typeof from === "string" ? from : undefined;
}

function ContactCard({ input }: { input: Record<string, unknown> }) {
  const { editor: words } = useWords();
  const lines: [string, unknown][] = [
    [words.preview.contact.name, input.name],
    [words.preview.contact.phone, input.phone],
    [words.preview.contact.email, input.email],
    ...Object.entries(entriesOf(input.properties)).map(([name, value]): [string, unknown] => [fieldLabel(name), value]),
  ];
  const tags = Array.isArray(input.tags) ? input.tags : [];
  return (
    <div class={style.contact}>
      <dl>
        {lines
          .filter(([, value]) => value !== undefined && value !== "" && value !== null)
          .map(([label, value], index) => (
            <div key={index}>
              <dt>{visible(label)}</dt>
              <dd>
                <Stranger value={value} />
              </dd>
            </div>
          ))}
      </dl>
      {tags.length > 0 && (
        <ul class={style.tags} aria-label={words.preview.contact.tags}>
          {tags.map((tag, index) => (
            <li key={index}>
              <Stranger value={tag} cut={40} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What was changed on the way. The few sentences that are common are said in the page's language. */
function Notes({ notes }: { notes: string[] }) {
  const { editor: words } = useWords();
  const format = useFormat();
  if (notes.length === 0) return null;
  const said = (note: string) => {
    const phone = /: `([\s\S]*)` was read as (\+\d+)$/.exec(note);
    if (phone) return words.preview.phoneRead(phone[1] ?? "", phone[2] ?? "");
    const until = /^until: waits until (\S+)$/.exec(note);
    if (until && !Number.isNaN(Date.parse(until[1] ?? "")))
      return words.preview.waitsUntil(format.moment(until[1] ?? ""));
    if (/^until: .* has passed/.test(note)) return words.preview.noWait;
    return note;
  };
  return (
    <ul class={style.notes}>
      {notes.map((note) => (
        <li key={note}>{visible(said(note))}</li>
      ))}
    </ul>
  );
}
