// What a message says, read from the two places where the API shows one: a step's rendered `input` and an outbox
// message's `content`. Both are untyped there, so everything is looked at before it is believed.
// It shows nothing, and what it cannot read is left out.

export interface WhatsAppTemplate {
  name: string;
  language: string;
  header?: { text: string } | { media: "image" | "video" | "document"; link: string; filename?: string };
  /** What stands for `{{1}}` or `{{name}}`, in order. */
  values: { name: string; value: string }[];
  /** An entry for each button; null for one without a variable. */
  buttons: (string | null)[];
}

export interface WhatsAppContent {
  to?: string;
  text?: string;
  template?: WhatsAppTemplate;
}

export interface EmailContent {
  to?: string;
  subject?: string;
  text?: string;
  html?: string;
  replyTo?: string;
  cc: string[];
}

export interface HttpContent {
  method: string;
  url?: string;
  headers: [string, string][];
  /** As it would be written into the request. */
  body?: string;
}

type Entries = Record<string, unknown>;

export const entriesOf = (value: unknown): Entries =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Entries) : {};

const textOf = (value: unknown): string | undefined =>
  typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : undefined;

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value == null ? [] : [value]);

export function readWhatsApp(value: unknown): WhatsAppContent {
  const { to, text, template } = entriesOf(value);
  const content: WhatsAppContent = { to: textOf(to), text: textOf(text) };
  if (template != null) content.template = readTemplate(entriesOf(template));
  return content;
}

function readTemplate({ name, language, header, body, buttons }: Entries): WhatsAppTemplate {
  const values = Array.isArray(body)
    ? body.map((item, index) => ({ name: String(index + 1), value: textOf(item) ?? "" }))
    : Object.entries(entriesOf(body)).map(([name, item]) => ({ name, value: textOf(item) ?? "" }));
  return {
    name: textOf(name) ?? "",
    language: textOf(language) ?? "",
    header: readHeader(header),
    values,
    buttons: listOf(buttons).map((button) => textOf(button) ?? textOf(Object.values(entriesOf(button))[0]) ?? null),
  };
}

function readHeader(header: unknown): WhatsAppTemplate["header"] {
  const plain = textOf(header) ?? textOf(entriesOf(header).text);
  if (plain !== undefined) return plain === "" ? undefined : { text: plain };
  for (const media of ["image", "video", "document"] as const) {
    const file = entriesOf(header)[media];
    if (file === undefined) continue;
    const { link, filename } = entriesOf(file);
    return { media, link: textOf(link) ?? "", filename: textOf(filename) };
  }
  return undefined;
}

export function readEmail(value: unknown): EmailContent {
  const { to, subject, text, html, reply_to, cc } = entriesOf(value);
  return {
    to: textOf(to),
    subject: textOf(subject),
    text: textOf(text),
    html: textOf(html)?.trim() ? textOf(html) : undefined,
    replyTo: textOf(reply_to),
    cc: listOf(cc).flatMap((address) => textOf(address) ?? []),
  };
}

/** `url` stands in a step's input; of an outbox message it is what the message is addressed to. */
export function readHttp(value: unknown, to?: string): HttpContent {
  const { method, url, headers, json, form, body } = entriesOf(value);
  const content: HttpContent = {
    method: textOf(method) ?? "POST",
    url: textOf(url) ?? to,
    headers: Object.entries(entriesOf(headers)).map(([name, item]) => [name, textOf(item) ?? ""]),
  };
  if (json !== undefined) content.body = JSON.stringify(json, null, 2);
  else if (form !== undefined) {
    content.body = new URLSearchParams(
      Object.entries(entriesOf(form)).map(([name, item]) => [name, textOf(item) ?? ""]),
    ).toString();
  } else if (textOf(body) !== undefined) content.body = pretty(textOf(body) ?? "");
  return content;
}

/** A JSON body on lines of its own; whatever else it is stays as it is. Only the spaces change, never a number. */
function pretty(body: string): string {
  if (!/^\s*[[{]/.test(body)) return body;
  try {
    JSON.parse(body);
  } catch {
    return body;
  }
  return indented(body);
}

/** Breaks JSON into lines without reading its values, because `JSON.parse` would round long numbers. */
export function indented(json: string): string {
  let out = "";
  let depth = 0;
  let inText = false;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (let at = 0; at < json.length; at++) {
    const c = json[at] as string;
    if (inText) {
      out += c;
      if (c === "\\") out += json[++at] ?? "";
      else if (c === '"') inText = false;
    } else if (c === '"') {
      inText = true;
      out += c;
    } else if (c === "{" || c === "[") {
      const close = /^\s*[}\]]/.exec(json.slice(at + 1));
      if (close) {
        out += c + close[0].trim();
        at += close[0].length;
      } else {
        depth++;
        out += c + line();
      }
    } else if (c === "}" || c === "]") {
      depth--;
      out += line() + c;
    } else if (c === ",") out += c + line();
    else if (c === ":") out += ": ";
    else if (!/\s/.test(c)) out += c;
  }
  return out;
}
