// The list from which a field is chosen: what was received first, then Uncino's own values, then what earlier steps gave.
// It is moved through from where one types; it takes the focus only when it was opened by its button.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useWords } from "../../i18n/index.tsx";
import { type Offer, useOffers } from "./fields-context.tsx";
import style from "./picker.module.css";
import { canBeNamed } from "./template.ts";

const GROUPS = ["payload", "system", "steps"] as const;

/** **Limit:** more are not drawn at once; typing narrows them down. */
const MOST_SHOWN = 60;

export interface PickerHandle {
  /** Takes a key from the field in which one types; true when it was for the list. */
  key: (event: KeyboardEvent) => boolean;
}

interface PickerProps {
  /** What was typed so far, or null when the list has a search of its own. */
  query: string | null;
  onPick: (name: string) => void;
  onClose: () => void;
  handle: { current: PickerHandle | null };
  id: string;
  onActive?: (id: string | undefined) => void;
}

export function Picker({ query, onPick, onClose, handle, id, onActive }: PickerProps) {
  const { editor: words } = useWords();
  const offers = useOffers();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const searchId = useId();
  const panel = useRef<HTMLDivElement>(null);
  const sought = (query ?? typed).trim();
  const shown = matching(offers.all, sought);
  const custom = sought !== "" && canBeNamed(sought) && !shown.some(({ name }) => name === sought) ? sought : undefined;
  const count = shown.length + (custom === undefined ? 0 : 1);
  const at = Math.min(active, Math.max(count - 1, 0));
  const optionId = (index: number) => `${id}-${index}`;
  const pick = (index: number) => {
    const name = shown[index]?.name ?? custom;
    if (name !== undefined) onPick(name);
  };
  useEffect(() => setActive(0), [sought]);
  useEffect(() => onActive?.(count > 0 ? optionId(at) : undefined));
  useEffect(() => {
    panel.current?.querySelector(`[id="${CSS.escape(optionId(at))}"]`)?.scrollIntoView({ block: "nearest" });
  });
  const key = (event: KeyboardEvent): boolean => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (count > 0) setActive((at + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (
      (event.key === "Enter" || event.key === "Tab") &&
      count > 0 &&
      (event.key === "Enter" || query !== null)
    ) {
      pick(at);
    } else if (event.key === "Escape") onClose();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  handle.current = { key };
  useEffect(() => panel.current?.scrollIntoView({ block: "nearest" }), []);
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      const frame = panel.current?.parentElement;
      if (frame && event.target instanceof Node && !frame.contains(event.target)) onClose();
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  });
  return (
    <div ref={panel} class={style.panel}>
      {query === null && (
        <input
          class={style.search}
          id={searchId}
          ref={focused}
          role="combobox"
          aria-label={words.searchFields}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={count > 0 ? optionId(at) : undefined}
          autocomplete="off"
          spellcheck={false}
          placeholder={words.searchFields}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={key}
        />
      )}
      <div class={style.list} id={id} role="listbox" aria-label={words.fields}>
        {!offers.learned && <p class={style.empty}>{words.noFieldsYet}</p>}
        {GROUPS.filter((group) => shown.some((offer) => offer.group === group)).map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options, not of form controls
          <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
            <div id={`${id}-${group}`} class={style.group} aria-hidden="true">
              {words.groups[group]}
            </div>
            {shown.map((offer, index) =>
              offer.group === group ? (
                <Option
                  key={offer.name}
                  id={optionId(index)}
                  active={index === at}
                  label={offer.label}
                  sample={offer.sample}
                  onPick={() => pick(index)}
                />
              ) : null,
            )}
          </div>
        ))}
        {custom !== undefined && (
          <Option
            id={optionId(shown.length)}
            active={at === shown.length}
            label={words.useAsField(custom)}
            sample={offers.learned ? words.neverSentShort : ""}
            onPick={() => pick(shown.length)}
          />
        )}
        {count === 0 && <p class={style.empty}>{words.noMatch}</p>}
      </div>
    </div>
  );
}

const focused = (element: HTMLInputElement | null) => element?.focus({ preventScroll: true });

interface OptionProps {
  id: string;
  active: boolean;
  label: string;
  sample: string;
  onPick: () => void;
}

function Option({ id, active, label, sample, onPick }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard's way through the list is with the field in which one types
    <div
      id={id}
      class={style.option}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onPick}
    >
      <span class={style.label}>
        <bdi>{label}</bdi>
      </span>
      {sample && (
        <span class={style.sample}>
          <bdi>{sample}</bdi>
        </span>
      )}
    </div>
  );
}

/** What begins with the query stands before what only holds it, within each group. */
export function matching(offers: Offer[], query: string): Offer[] {
  const sought = query.toLocaleLowerCase();
  const rank = ({ name, label }: Offer) => {
    const texts = [name.toLocaleLowerCase(), label.toLocaleLowerCase()];
    return texts.some((text) => text.startsWith(sought)) ? 0 : texts.some((text) => text.includes(sought)) ? 1 : 2;
  };
  const found = offers.map((offer) => ({ offer, rank: rank(offer) })).filter((entry) => entry.rank < 2);
  return GROUPS.flatMap((group) => found.filter(({ offer }) => offer.group === group).sort((a, b) => a.rank - b.rank))
    .map(({ offer }) => offer)
    .slice(0, MOST_SHOWN);
}
