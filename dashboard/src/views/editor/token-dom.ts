// The document side of the token field: a template drawn as text and chips, read back, and the caret between the two.
// Positions are counted in characters of the template, so they survive any redrawing. It handles no event.

import type { FieldPiece, Piece } from "./template.ts";

/** Stands where a caret must be able to stand beside a chip, because browsers put none where there is no text. */
const GUARD = "\uFEFF";

export interface ChipLook {
  label: string;
  /** What it is, for those who hear it: `field`. */
  kind: string;
  /** A sample, or why there is none. */
  hint: string;
  tone: "field" | "system" | "unknown";
  /** Whether something is done with it: a filter, a text to fall back on. */
  dressed: boolean;
}

export interface ChipClasses {
  chip: string;
  kind: string;
  tones: Record<ChipLook["tone"], string>;
  dressed: string;
}

export function draw(
  root: HTMLElement,
  pieces: Piece[],
  look: (field: FieldPiece) => ChipLook,
  classes: ChipClasses,
): void {
  const nodes: Node[] = [];
  for (const piece of pieces) {
    const before = nodes.at(-1);
    if (piece.kind === "text") {
      // A caret at the start of a line that a chip ends or begins needs a character too.
      const lead = before && piece.source.startsWith("\n") ? GUARD : "";
      nodes.push(document.createTextNode(lead + piece.source));
    } else {
      if (!before || isChip(before)) nodes.push(document.createTextNode(GUARD));
      else if (before.textContent?.endsWith("\n")) before.textContent += GUARD;
      nodes.push(chipFor(piece, look(piece), classes));
    }
  }
  const last = nodes.at(-1);
  if (last && isChip(last)) nodes.push(document.createTextNode(GUARD));
  else if (last?.textContent?.endsWith("\n")) {
    // A line break at the very end is not shown without something behind it.
    const end = document.createElement("br");
    end.dataset.end = "";
    nodes.push(end);
  }
  root.replaceChildren(...nodes);
}

function chipFor(piece: FieldPiece, look: ChipLook, classes: ChipClasses): HTMLElement {
  const chip = document.createElement("span");
  chip.className = [classes.chip, classes.tones[look.tone], look.dressed && classes.dressed].filter(Boolean).join(" ");
  chip.contentEditable = "false";
  chip.tabIndex = 0;
  chip.setAttribute("role", "button");
  chip.setAttribute("aria-haspopup", "dialog");
  chip.dataset.source = piece.source;
  chip.dataset.hint = look.hint;
  const kind = document.createElement("span");
  kind.className = classes.kind;
  kind.textContent = `${look.kind} `;
  chip.append(kind, look.label);
  return chip;
}

export const isChip = (node: Node | null | undefined): node is HTMLElement =>
  node instanceof HTMLElement && node.dataset.source !== undefined;

/** The template that is drawn. */
export function read(node: Node): string {
  let text = "";
  for (const child of node.childNodes) {
    if (isChip(child)) text += child.dataset.source;
    else if (child.nodeType === Node.TEXT_NODE) text += (child.nodeValue ?? "").replaceAll(GUARD, "");
    else if (child instanceof HTMLElement) {
      // At the very end it is ours, or what a browser puts into a field that was emptied: no line of anybody's.
      if (child.tagName === "BR") text += child === node.lastChild ? "" : "\n";
      else text += (text && /^(DIV|P)$/.test(child.tagName) ? "\n" : "") + read(child);
    }
  }
  return text;
}

/** Whether a browser's own editing has left something that must be drawn anew. */
export function isSound(root: HTMLElement): boolean {
  let before: Node | undefined;
  for (const child of root.childNodes) {
    if (isChip(child)) {
      if (!before || isChip(before)) return false;
    } else if (child.nodeType !== Node.TEXT_NODE && !(child instanceof HTMLElement && "end" in child.dataset))
      return false;
    before = child;
  }
  return !isChip(before);
}

function positionOf(root: HTMLElement, node: Node, offset: number): number {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  const holder = document.createElement("div");
  holder.append(range.cloneContents());
  return read(holder).length;
}

/** What is selected, from its first to its last character; undefined when the caret is elsewhere. */
export function selected(root: HTMLElement): { start: number; end: number } | undefined {
  const selection = getSelection();
  if (!selection || selection.rangeCount === 0) return undefined;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.startContainer) || !root.contains(range.endContainer)) return undefined;
  return {
    start: positionOf(root, range.startContainer, range.startOffset),
    end: positionOf(root, range.endContainer, range.endOffset),
  };
}

export function place(root: HTMLElement, position: number, extend = false): void {
  const selection = getSelection();
  const [node, offset] = pointOf(root, position);
  if (extend) selection?.extend(node, offset);
  else selection?.collapse(node, offset);
}

function pointOf(root: HTMLElement, position: number): [Node, number] {
  let left = position;
  for (const child of root.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      const text = child.nodeValue ?? "";
      const length = text.replaceAll(GUARD, "").length;
      if (left <= length) {
        let at = 0;
        for (let seen = 0; at < text.length && (seen < left || text[at] === GUARD); at++)
          if (text[at] !== GUARD) seen++;
        return [child, at];
      }
      left -= length;
    } else if (isChip(child)) {
      const length = child.dataset.source?.length ?? 0;
      if (left < length) return [root, [...root.childNodes].indexOf(child)];
      left -= length;
    }
  }
  return [root, root.childNodes.length];
}

/** The chip that ends or begins at a position. */
export function chipAt(
  pieces: Piece[],
  position: number,
  side: "before" | "after",
): { start: number; end: number } | undefined {
  let at = 0;
  for (const piece of pieces) {
    const end = at + piece.source.length;
    if (piece.kind === "field" && (side === "before" ? end : at) === position) return { start: at, end };
    at = end;
  }
  return undefined;
}
