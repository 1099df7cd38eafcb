// A step in one line: what it does, to whom, with the beginning of what it says. Fields stand in it as chips.

import type { Action } from "../../api/client.ts";
import { useFormat, useSpeech, useWords, type Words } from "../../i18n/index.tsx";
import { visible } from "../../ui/stranger.tsx";
import { conditionText } from "./condition.ts";
import type { DraftStep } from "./draft.ts";
import { spoken } from "./duration.ts";
import { useOffers } from "./fields-context.tsx";
import style from "./summary.module.css";
import { fieldLabel, piecesOf } from "./template.ts";

/** **Limit:** more of a text would be cut off by the line anyway. */
const LONGEST = 110;

export function StepSummary({ step, action }: { step: DraftStep; action: Action | undefined }) {
  const { language } = useSpeech();
  const { editor: words } = useWords();
  const parts = partsOf(step, words, useFormat().number);
  return (
    <span class={style.summary}>
      <strong>{action?.title[language] ?? step.action}</strong>
      {parts.length > 0 && (
        <span class={style.rest}>
          {parts.map((part, index) =>
            "word" in part ? <span key={index}>{part.word}</span> : <Chips key={index} template={part.template} />,
          )}
        </span>
      )}
    </span>
  );
}

type Part = { word: string } | { template: string };

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function partsOf({ action, params }: DraftStep, words: Words["editor"], number: (n: number) => string): Part[] {
  const to = textOf(params.to);
  const recipient: Part[] = to ? [{ word: `${words.summary.to} ` }, { template: to }] : [];
  const behind = (text: string): Part[] =>
    text.trim() ? [...(recipient.length > 0 ? [{ word: ": " }] : []), { template: text.trim() }] : [];
  switch (action) {
    case "send_whatsapp": {
      const template = params.template as { name?: unknown } | undefined;
      return [...recipient, ...behind(template ? words.summary.template(textOf(template.name)) : textOf(params.text))];
    }
    case "send_email":
      return [...recipient, ...behind(textOf(params.subject))];
    case "save_contact":
      return [params.name, params.phone, params.email]
        .map(textOf)
        .filter(Boolean)
        .flatMap((template, index): Part[] => (index > 0 ? [{ word: ", " }, { template }] : [{ template }]));
    case "http_request":
      return textOf(params.url) ? [{ template: `${textOf(params.method) || "POST"} ${textOf(params.url)}` }] : [];
    case "wait": {
      if (textOf(params.until)) return [{ word: `${words.summary.until} ` }, { template: textOf(params.until) }];
      const said = spoken(Number(params.seconds));
      if (said) return [{ word: words.summary.length(number(said.amount), said.amount === 1, said.unit) }];
      return params.seconds === undefined
        ? []
        : [{ template: String(params.seconds) }, { word: ` ${words.summary.seconds}` }];
    }
    case "filter":
      return [{ word: visible(conditionText(params.condition, words)) }].filter(({ word }) => word !== "");
    case "stop":
      return textOf(params.reason) ? [{ template: textOf(params.reason) }] : [];
    default:
      return [];
  }
}

/** A template whose fields can be seen as such, and not be changed. */
function Chips({ template }: { template: string }) {
  const offers = useOffers();
  let left = LONGEST;
  return (
    <>
      {piecesOf(template, offers.known).map((piece, index) => {
        if (left <= 0) return null;
        const text = visible(
          piece.kind === "field"
            ? (offers.find(piece.name)?.label ?? fieldLabel(piece.name))
            : piece.source.replace(/\s+/g, " "),
        );
        left -= text.length;
        return piece.kind === "field" ? (
          <bdi key={index} class={style.chip}>
            {text}
          </bdi>
        ) : (
          <bdi key={index}>{text}</bdi>
        );
      })}
    </>
  );
}
