// A WhatsApp message as it looks on the phone that gets it.
// The text of an approved template is Meta's to know: of a template only its name and what is filled in are shown.

import { useWords } from "../../i18n/index.tsx";
import * as icons from "../icon.ts";
import { Stranger, visible } from "../stranger.tsx";
import type { WhatsAppContent, WhatsAppTemplate } from "./shapes.ts";
import style from "./whatsapp.module.css";
import { type WhatsAppNode, whatsAppText } from "./whatsapp-text.ts";

interface WhatsAppProps extends WhatsAppContent {
  /** The hour beside the text, as the page's language writes it. */
  hour?: string;
}

export function WhatsAppMessage({ to, text, template, hour }: WhatsAppProps) {
  const { message: words } = useWords().common;
  return (
    <figure class={style.phone} aria-label={words.whatsapp}>
      <figcaption class={style.bar}>
        <span class={style.avatar} aria-hidden="true">
          <icons.WhatsApp />
        </span>
        <span class={style.recipient}>{to ? <Stranger value={to} cut={40} /> : words.noRecipient}</span>
      </figcaption>
      <div class={style.chat}>
        <div class={style.bubble}>
          {template ? <Template template={template} /> : <Text text={text ?? ""} />}
          {hour && <span class={style.hour}>{hour}</span>}
        </div>
        {template?.buttons.map((button, index) => (
          <div key={index} class={style.button}>
            {button === null ? (
              words.button(index + 1)
            ) : (
              <>
                {words.button(index + 1)} · <Stranger value={button} cut={60} />
              </>
            )}
          </div>
        ))}
      </div>
    </figure>
  );
}

function Text({ text }: { text: string }) {
  const { message: words } = useWords().common;
  if (text.trim() === "") return <p class={style.empty}>{words.empty}</p>;
  return (
    <p class={style.text}>
      <bdi>
        <Nodes nodes={whatsAppText(visible(text))} />
      </bdi>
    </p>
  );
}

const ELEMENTS = { bold: "strong", italic: "em", struck: "s", code: "code" } as const;

function Nodes({ nodes }: { nodes: WhatsAppNode[] }) {
  return (
    <>
      {nodes.map((node, index) => {
        if (typeof node === "string") return node;
        const Element = ELEMENTS[node.style];
        return (
          <Element key={index}>
            <Nodes nodes={node.children} />
          </Element>
        );
      })}
    </>
  );
}

function Template({ template }: { template: WhatsAppTemplate }) {
  const { message: words } = useWords().common;
  const { header, values, name, language } = template;
  return (
    <div class={style.template}>
      {header && "text" in header && (
        <strong>
          <Stranger value={header.text} />
        </strong>
      )}
      {header && "media" in header && (
        <div class={style.media}>
          <span>{words.media[header.media]}</span>
          <Stranger value={header.filename || header.link} cut={60} />
        </div>
      )}
      <p class={style.name}>
        {words.template} <strong>{visible(name) || "—"}</strong> {language && `(${visible(language)})`}
      </p>
      {values.length > 0 && (
        <dl class={style.values}>
          {values.map((value) => (
            <div key={value.name}>
              <dt>
                <code>{`{{${visible(value.name)}}}`}</code>
              </dt>
              <dd class={value.value === "" ? style.missing : undefined}>
                {value.value === "" ? words.emptyValue : <Stranger value={value.value} cut={400} />}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p class={style.remark}>{words.templateText}</p>
    </div>
  );
}
