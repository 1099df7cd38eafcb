// WhatsApp's own formatting: *bold*, _italic_, ~struck~, ```fixed``` and `code`, as its apps read it.
// It makes a tree and no markup; what is not a complete pair stays as it was written.

export type WhatsAppNode = string | { style: "bold" | "italic" | "struck" | "code"; children: WhatsAppNode[] };

const STYLES = { "*": "bold", _: "italic", "~": "struck" } as const;

/** **Limit:** pairs nest at most this deep, which is once each way; deeper signs stay signs. */
const DEEPEST = 3;

export function whatsAppText(text: string, depth = 0): WhatsAppNode[] {
  const nodes: WhatsAppNode[] = [];
  let plain = "";
  let at = 0;
  const add = (node: WhatsAppNode) => {
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(node);
  };
  while (at < text.length) {
    const code = codeAt(text, at);
    if (code) {
      add({ style: "code", children: [code.inner] });
      at = code.end;
      continue;
    }
    const sign = text[at] as string;
    const end = depth < DEEPEST && sign in STYLES ? closing(text, at) : -1;
    if (end > 0) {
      const style = STYLES[sign as keyof typeof STYLES];
      add({ style, children: whatsAppText(text.slice(at + 1, end), depth + 1) });
      at = end + 1;
      continue;
    }
    plain += sign;
    at++;
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function codeAt(text: string, at: number): { inner: string; end: number } | undefined {
  if (text[at] !== "`") return undefined;
  for (const fence of ["```", "`"]) {
    if (!text.startsWith(fence, at)) continue;
    const end = text.indexOf(fence, at + fence.length);
    const inner = text.slice(at + fence.length, end);
    if (end > at + fence.length && (fence.length === 3 || !inner.includes("\n")))
      return { inner, end: end + fence.length };
  }
  return undefined;
}

/** Where the pair that begins here ends: on the same line, with no space inside of its signs and no word outside. */
function closing(text: string, start: number): number {
  const sign = text[start];
  const word = /[\p{L}\p{N}]/u;
  if (start > 0 && word.test(text[start - 1] as string)) return -1;
  if (start + 1 >= text.length || /\s/.test(text[start + 1] as string)) return -1;
  for (let at = start + 2; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] !== sign || /\s/.test(text[at - 1] as string)) continue;
    if (at + 1 === text.length || !word.test(text[at + 1] as string)) return at;
  }
  return -1;
}
