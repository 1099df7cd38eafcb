// The starters as cards, and the empty automation beside them. Choosing makes nothing yet.

import { useSpeech } from "../../../i18n/index.tsx";
import * as icons from "../../../ui/icon.ts";
import { STARTERS } from "../starters/index.ts";
import type { Starter } from "../starters/starter.ts";
import style from "./first-run.module.css";
import type { Chosen } from "./making.tsx";

const ICONS: Record<Starter["id"], icons.Icon> = {
  welcome: icons.SaveContact,
  order: icons.Order,
  booking: icons.Booking,
  status: icons.Status,
};

export function Choices({ onChoose }: { onChoose: (chosen: Chosen) => void }) {
  const { words, language } = useSpeech();
  const { scratch } = words.automations.firstRun;
  return (
    <ul class={style.choices}>
      {STARTERS.map((starter) => {
        const { title, summary } = starter.in[language];
        return (
          <li key={starter.id}>
            <Choice icon={ICONS[starter.id]} title={title} text={summary} onClick={() => onChoose(starter)} />
          </li>
        );
      })}
      <li>
        <Choice icon={icons.Add} title={scratch.title} text={scratch.text} onClick={() => onChoose("scratch")} plain />
      </li>
    </ul>
  );
}

interface ChoiceProps {
  icon: icons.Icon;
  title: string;
  text: string;
  onClick: () => void;
  plain?: boolean;
}

function Choice({ icon: Icon, title, text, onClick, plain }: ChoiceProps) {
  return (
    <button type="button" class={`${style.choice} ${plain ? style.plain : ""}`} onClick={onClick}>
      <span class={style.emblem}>
        <Icon size={20} />
      </span>
      <strong>{title}</strong>
      <span class={style.text}>{text}</span>
    </button>
  );
}
