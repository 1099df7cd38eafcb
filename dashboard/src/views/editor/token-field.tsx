// A text in which fields stand as chips. Its value is always the plain template, as the API takes it.
//
// It is a `contenteditable` whose every structural change goes through the template and is drawn anew; only plain typing
// is left to the browser, so that input methods, autocorrection and phones work. It keeps its own undo, because drawing
// anew empties the browser's. Whatever is pasted is text.

import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../../i18n/index.tsx";
import { IconButton } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import { visible } from "../../ui/stranger.tsx";
import { ChipMenu, isOwn } from "./chip-menu.tsx";
import { useOffers } from "./fields-context.tsx";
import { Picker, type PickerHandle } from "./picker.tsx";
import { type FieldPiece, fieldLabel, fieldSource, type Piece, piecesOf } from "./template.ts";
import { type ChipLook, chipAt, draw, isChip, isSound, place, read, selected } from "./token-dom.ts";
import style from "./token-field.module.css";

interface TokenFieldProps {
  id: string;
  value: string;
  onInput: (value: string) => void;
  multiline?: boolean;
  /** A fixed-width face, for what is code. */
  code?: boolean;
  placeholder?: string;
  /** What it is called, where no label stands beside it. */
  label?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

interface Snapshot {
  value: string;
  caret: number;
}

/** How long a pause between two keys begins a new step of undo. */
const UNDO_PAUSE_MS = 600;
const MOST_UNDOS = 200;

const CLASSES = {
  chip: style.chip ?? "",
  kind: "sr-only",
  dressed: style.dressed ?? "",
  tones: { field: "", system: style.system ?? "", unknown: style.unknown ?? "" },
};

export function TokenField({ id, value, onInput, multiline, code, placeholder, label, ...aria }: TokenFieldProps) {
  const { editor: words } = useWords();
  const offers = useOffers();
  const root = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const current = useRef<string | null>(null);
  const undo = useRef<{ past: Snapshot[]; future: Snapshot[]; typedAt: number }>({ past: [], future: [], typedAt: 0 });
  const composing = useRef(false);
  const picker = useRef<PickerHandle | null>(null);
  const listId = useId();
  const [picking, setPicking] = useState<{ start: number; end: number; query: string | null } | null>(null);
  const [activeId, setActiveId] = useState<string>();
  const [menu, setMenu] = useState<{ start: number; left: number; top: number } | null>(null);

  const cut = (template: string): Piece[] => piecesOf(template, offers.known);
  const lookOf = ({ name, look }: FieldPiece): ChipLook => {
    const offer = offers.find(name);
    const known = !offers.learned || offers.known(name) || isOwn(name);
    return {
      label: offer?.label ?? visible(fieldLabel(name)),
      kind: words.field,
      hint: !known ? words.neverSent : offer?.sample ? `${words.forExample} ${offer.sample}` : "",
      tone: !known ? "unknown" : isOwn(name) && offer?.group !== "payload" ? "system" : "field",
      dressed: look.style !== "" || look.fallback !== undefined || look.custom !== undefined,
    };
  };
  const show = (template: string, caret?: number) => {
    if (!root.current) return;
    current.current = template;
    draw(root.current, cut(template), lookOf, CLASSES);
    root.current.dataset.empty = String(template === "");
    if (caret !== undefined) {
      root.current.focus({ preventScroll: true });
      place(root.current, Math.min(caret, template.length));
    }
  };
  // What comes from outside is drawn; what was typed here is on the page already. New samples and names redraw too.
  const drawnFor = useRef(offers);
  useLayoutEffect(() => {
    if (value === current.current && drawnFor.current === offers) return;
    const at = root.current && document.activeElement === root.current ? selected(root.current)?.end : undefined;
    if (composing.current && value === current.current) return;
    drawnFor.current = offers;
    show(value, at);
  });

  const remember = (caret: number, typing: boolean) => {
    const now = Date.now();
    const { past, typedAt } = undo.current;
    if (!typing || now - typedAt > UNDO_PAUSE_MS || past.length === 0) {
      past.push({ value: current.current ?? "", caret });
      if (past.length > MOST_UNDOS) past.shift();
    }
    undo.current.future = [];
    undo.current.typedAt = typing ? now : 0;
  };
  /** Replaces a part of the template, as one step of undo. */
  const edit = (start: number, end: number, text: string, caret = start + text.length) => {
    const before = current.current ?? "";
    const next = before.slice(0, start) + text + before.slice(end);
    remember(end, false);
    show(next, caret);
    onInput(next);
  };
  const travel = (from: Snapshot[], to: Snapshot[]) => {
    const there = from.pop();
    if (!there) return;
    to.push({ value: current.current ?? "", caret: (root.current && selected(root.current)?.end) ?? 0 });
    undo.current.typedAt = 0;
    show(there.value, there.caret);
    onInput(there.value);
  };
  const back = () => travel(undo.current.past, undo.current.future);
  const forth = () => travel(undo.current.future, undo.current.past);

  /** After the browser's own editing: what is there now, drawn anew where that left chips or lines in disorder. */
  const took = () => {
    if (!root.current || composing.current) return;
    let next = read(root.current);
    if (!multiline) next = next.replaceAll("\n", " ");
    const caret = selected(root.current)?.end ?? next.length;
    if (next === current.current && isSound(root.current)) return;
    remember(caret, true);
    const chips = cut(next).filter((piece) => piece.kind === "field").length;
    if (
      !isSound(root.current) ||
      chips !== root.current.querySelectorAll("[data-source]").length ||
      next.endsWith("\n")
    ) {
      show(next, caret);
    } else {
      current.current = next;
      root.current.dataset.empty = String(next === "");
    }
    onInput(next);
    suggest(next, caret);
  };
  /** Opens the list where `{{`, or a `/` at the beginning of a word, was typed. */
  const suggest = (text: string, caret: number) => {
    const before = text.slice(0, caret);
    const typed = /\{\{\s*([^{}|\n]{0,60})$/.exec(before) ?? /(?<=^|\s)\/([\p{L}\p{N}_.-]{0,40})$/u.exec(before);
    setPicking(typed ? { start: typed.index, end: caret, query: typed[1] ?? "" } : null);
  };
  const pick = (name: string) => {
    if (!picking) return;
    const text = current.current ?? "";
    // A tag that was begun and already has its end is replaced whole.
    const rest = /^\s*\}\}/.exec(text.slice(picking.end));
    const end =
      picking.query !== null && rest && text.startsWith("{{", picking.start)
        ? picking.end + rest[0].length
        : picking.end;
    setPicking(null);
    edit(picking.start, end, fieldSource(name));
  };

  const openPicker = () => {
    const at = root.current && selected(root.current);
    const end = current.current?.length ?? 0;
    setMenu(null);
    setPicking({ start: at?.start ?? end, end: at?.end ?? end, query: null });
  };
  const closePicker = () => {
    if (picking?.query === null) root.current?.focus();
    setPicking(null);
  };

  const startOf = (chip: HTMLElement): number => {
    let at = 0;
    for (const node of root.current?.childNodes ?? []) {
      if (node === chip) return at;
      const holder = document.createElement("div");
      holder.append(node.cloneNode(true));
      at += read(holder).length;
    }
    return at;
  };
  const openMenu = (chip: HTMLElement) => {
    if (!frame.current) return;
    const [outer, inner] = [frame.current.getBoundingClientRect(), chip.getBoundingClientRect()];
    // It must not leave the field's right edge when the chip stands there.
    const left = Math.max(0, Math.min(inner.left - outer.left, outer.width - 304));
    setPicking(null);
    setMenu({ start: startOf(chip), left, top: inner.bottom - outer.top + 4 });
  };
  const menuPiece = menu ? pieceAt(cut(value), menu.start) : undefined;
  const closeMenu = () => {
    setMenu(null);
    if (menu && menuPiece) {
      root.current?.focus();
      if (root.current) place(root.current, menu.start + menuPiece.source.length);
    }
  };

  const chipKey = (event: KeyboardEvent, chip: HTMLElement) => {
    const start = startOf(chip);
    const end = start + (chip.dataset.source?.length ?? 0);
    if (event.key === "Enter" || event.key === " ") openMenu(chip);
    else if (event.key === "Backspace" || event.key === "Delete") edit(start, end, "");
    else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && root.current) {
      root.current.focus();
      place(root.current, event.key === "ArrowLeft" ? start : end);
    } else return;
    event.preventDefault();
  };
  const key = (event: KeyboardEvent) => {
    if (isChip(event.target as Node)) return chipKey(event, event.target as HTMLElement);
    if (event.isComposing || !root.current) return;
    if (picking && picker.current?.key(event)) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z") {
      event.preventDefault();
      if (event.shiftKey) forth();
      else back();
    } else if (command && event.key.toLowerCase() === "y") {
      event.preventDefault();
      forth();
    } else if (!command && !event.altKey && /^(Arrow(Left|Right)|Backspace|Delete)$/.test(event.key)) besideChip(event);
  };
  const besideChip = (event: KeyboardEvent) => {
    const at = root.current && selected(root.current);
    if (!root.current || !at) return;
    const removes = event.key === "Backspace" || event.key === "Delete";
    if (at.start !== at.end && (removes || !event.shiftKey)) return;
    const leftward = event.key === "ArrowLeft" || event.key === "Backspace";
    const chip = chipAt(cut(current.current ?? ""), leftward ? at.start : at.end, leftward ? "before" : "after");
    if (!chip) return;
    event.preventDefault();
    if (removes) edit(chip.start, chip.end, "");
    else place(root.current, leftward ? chip.start : chip.end, event.shiftKey);
  };
  const beforeInput = (event: InputEvent) => {
    const at = root.current && selected(root.current);
    if (event.inputType === "historyUndo" || event.inputType === "historyRedo") {
      event.preventDefault();
      if (event.inputType === "historyUndo") back();
      else forth();
    } else if (event.inputType === "insertParagraph" || event.inputType === "insertLineBreak") {
      event.preventDefault();
      if (multiline && at) edit(at.start, at.end, "\n");
    } else if (event.inputType.startsWith("format")) event.preventDefault();
    else if (event.inputType === "deleteContentBackward" && at && at.start === at.end) {
      // A phone's keyboard sends no key that could be known before.
      const chip = chipAt(cut(current.current ?? ""), at.start, "before");
      if (!chip || !event.cancelable) return;
      event.preventDefault();
      edit(chip.start, chip.end, "");
    }
  };
  const insertText = (text: string) => {
    const at = root.current && selected(root.current);
    const clean = text.replace(/\r\n?/g, "\n").replaceAll("\uFEFF", "");
    const length = current.current?.length ?? 0;
    edit(at?.start ?? length, at?.end ?? length, multiline ? clean : clean.replace(/\s*\n\s*/g, " ").trim());
  };
  const copy = (event: ClipboardEvent, cutting: boolean) => {
    const at = root.current && selected(root.current);
    if (!at || at.start === at.end) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", (current.current ?? "").slice(at.start, at.end));
    if (cutting) edit(at.start, at.end, "");
  };
  // Uncino's handlers for what Preact has no types for.
  useEffect(() => {
    const element = root.current;
    const listen = (event: Event) => beforeInput(event as InputEvent);
    element?.addEventListener("beforeinput", listen);
    return () => element?.removeEventListener("beforeinput", listen);
  });

  return (
    <div ref={frame} class={style.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: no element of a form can hold chips */}
      <div
        {...aria}
        ref={root}
        id={id}
        class={`${style.field} ${multiline ? style.multiline : ""} ${code ? style.code : ""}`}
        contentEditable
        role="textbox"
        tabIndex={0}
        aria-multiline={multiline ?? false}
        aria-label={label}
        aria-labelledby={label ? undefined : `${id}-label`}
        aria-activedescendant={picking && picking.query !== null ? activeId : undefined}
        data-placeholder={placeholder}
        spellcheck={multiline && !code}
        autocapitalize={multiline ? "sentences" : "off"}
        onInput={took}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={() => {
          composing.current = false;
          took();
        }}
        onKeyDown={key}
        onClick={(event) => {
          const chip = (event.target as HTMLElement).closest<HTMLElement>("[data-source]");
          if (chip) openMenu(chip);
        }}
        onPaste={(event) => {
          event.preventDefault();
          insertText(event.clipboardData?.getData("text/plain") ?? "");
        }}
        onDrop={(event) => {
          event.preventDefault();
          insertText(event.dataTransfer?.getData("text/plain") ?? "");
        }}
        onCopy={(event) => copy(event, false)}
        onCut={(event) => copy(event, true)}
        onBlur={() => {
          if (picking && picking.query !== null) setPicking(null);
        }}
      />
      <span class={style.button}>
        <IconButton
          icon={icons.Field}
          size="s"
          label={words.insertField}
          aria-haspopup="listbox"
          aria-expanded={picking !== null}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => (picking?.query === null ? closePicker() : openPicker())}
        />
      </span>
      {picking && (
        <Picker
          id={listId}
          query={picking.query}
          handle={picker}
          onPick={pick}
          onClose={closePicker}
          onActive={setActiveId}
        />
      )}
      {menu && menuPiece && (
        <ChipMenu
          piece={menuPiece}
          left={menu.left}
          top={menu.top}
          onChange={(source) => {
            const before = current.current ?? "";
            const next = before.slice(0, menu.start) + source + before.slice(menu.start + menuPiece.source.length);
            remember(menu.start, true);
            show(next);
            onInput(next);
          }}
          onRemove={() => {
            setMenu(null);
            edit(menu.start, menu.start + menuPiece.source.length, "");
          }}
          onClose={closeMenu}
        />
      )}
    </div>
  );
}

function pieceAt(pieces: Piece[], start: number): FieldPiece | undefined {
  let at = 0;
  for (const piece of pieces) {
    if (at === start && piece.kind === "field") return piece;
    at += piece.source.length;
  }
  return undefined;
}
