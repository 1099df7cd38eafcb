// What can be said about one field in a text: what stands there when it is missing, and how it is written.
// In plain words; a combination of filters that has no words here is shown as it is, and left alone.

import { useEffect, useId, useRef } from "preact/hooks";
import { useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import { Field, Input, Select } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { Stranger, visible } from "../../ui/stranger.tsx";
import style from "./chip-menu.module.css";
import { type Offers, useOffers } from "./fields-context.tsx";
import { type FieldPiece, fieldLabel, fieldSource, type Look, STYLES, type StyleKey, styleKey } from "./template.ts";

interface ChipMenuProps {
  piece: FieldPiece;
  /** Where the chip stands, from the left of the frame. */
  left: number;
  top: number;
  onChange: (source: string) => void;
  onRemove: () => void;
  onClose: () => void;
}

export function ChipMenu({ piece, left, top, onChange, onRemove, onClose }: ChipMenuProps) {
  const { editor: words, common } = useWords();
  const offers = useOffers();
  const panel = useRef<HTMLDivElement>(null);
  const titleId = useId();
  const { name, look } = piece;
  useEffect(() => {
    panel.current?.querySelector<HTMLElement>("input, select, button")?.focus({ preventScroll: true });
    panel.current?.scrollIntoView({ block: "nearest" });
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !panel.current?.contains(event.target)) onClose();
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, []);
  const change = (part: Partial<Look>) => onChange(fieldSource(name, { ...look, ...part }));
  const offer = offers.find(name);
  return (
    <div
      ref={panel}
      class={style.menu}
      role="dialog"
      aria-labelledby={titleId}
      style={{ left: `${left}px`, top: `${top}px` }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" && !(event.key === "Enter" && event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <div class={style.head}>
        <strong id={titleId}>{offer?.label ?? visible(fieldLabel(name))}</strong>
        {offer?.sample && (
          <span class={style.sample}>
            {words.forExample} <Stranger value={offer.sample} cut={60} />
          </span>
        )}
        {offers.learned && !offers.known(name) && !isOwn(name) && <span class={style.never}>{words.neverSent}</span>}
      </div>
      {look.custom === undefined ? (
        <>
          <Field label={words.fallback} hint={words.fallbackHint}>
            {(wires) => (
              <Input
                {...wires}
                value={look.fallback ?? ""}
                placeholder={words.fallbackExample}
                onInput={(text) => change({ fallback: text || undefined })}
              />
            )}
          </Field>
          <Field label={words.writtenAs}>
            {(wires) => (
              <Select
                {...wires}
                value={look.style}
                onChange={(value) => change({ style: value })}
                options={stylesFor(name, look, offers).map((value) => ({
                  value,
                  label:
                    words.styles[styleKey(value) ?? "asSent"] && styleKey(value)
                      ? words.styles[styleKey(value) as StyleKey]
                      : value,
                }))}
              />
            )}
          </Field>
        </>
      ) : (
        <p class={style.custom}>
          {words.customFilters} <code>{visible(look.custom)}</code>
        </p>
      )}
      <div class={style.acts}>
        <Button size="s" kind="quiet" icon={icons.Delete} onClick={onRemove}>
          {words.removeField}
        </Button>
        <Button size="s" onClick={onClose}>
          {common.close}
        </Button>
      </div>
    </div>
  );
}

/** Whether a name is one of Uncino's own, which no source sends. */
export const isOwn = (name: string): boolean => /^(uncino\.)?(event|source|contact|steps)(\.|$)/.test(name);

/** The ways of writing that fit what the field is, the likely ones first; the one that it has is always there. */
function stylesFor(name: string, look: Look, offers: Offers): string[] {
  const field = offers.find(name)?.field;
  const dates: StyleKey[] = ["date", "dateTime", "weekday", "hour"];
  const texts: StyleKey[] = ["upper", "lower", "title", "capitalize"];
  const keys: StyleKey[] = field?.kinds.includes("list")
    ? ["join", "count", "first"]
    : field?.meaning === "date" || field?.meaning === "datetime" || name.endsWith("received_at")
      ? dates
      : field?.meaning === "money" || (field?.kinds.includes("number") && field.meaning !== "id")
        ? ["money"]
        : field?.meaning === "phone"
          ? ["phone"]
          : [...texts, ...dates, "money", "phone"];
  return [...new Set(["", ...keys.map((key) => STYLES[key] as string), look.style])];
}
