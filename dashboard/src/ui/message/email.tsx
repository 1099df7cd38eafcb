// An e-mail as it is read: its head, then its HTML in a frame that can do nothing, or its plain text.
// The markup never enters this page: the frame has an origin of its own, and gets it as a message (see mail.ts).

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../../i18n/index.tsx";
import { Stranger, visible } from "../stranger.tsx";
import style from "./email.module.css";
import type { EmailContent } from "./shapes.ts";

interface EmailProps extends EmailContent {
  /** The sender, as its connection has it. */
  from?: string;
}

export function EmailMessage({ from, to, subject, text, html, replyTo, cc }: EmailProps) {
  const { message: words } = useWords().common;
  const [asText, setAsText] = useState(false);
  const shownAsText = html === undefined || asText;
  return (
    <figure class={style.mail} aria-label={words.email}>
      <figcaption class={style.head}>
        <p class={subject ? style.subject : style.nothing}>
          {subject ? <Stranger value={subject} cut={300} /> : words.noSubject}
        </p>
        <dl class={style.lines}>
          {from && <Line label={words.from}>{<Stranger value={from} />}</Line>}
          <Line label={words.to}>
            {to ? <Stranger value={to} /> : <span class={style.nothing}>{words.noRecipient}</span>}
          </Line>
          {cc.length > 0 && <Line label={words.cc}>{<Stranger value={cc.join(", ")} whole />}</Line>}
          {replyTo && <Line label={words.replyTo}>{<Stranger value={replyTo} />}</Line>}
        </dl>
        {html !== undefined && (
          <fieldset class={style.switch}>
            <legend class="sr-only">{words.version}</legend>
            {[false, true].map((plain) => (
              <label key={String(plain)}>
                <input type="radio" checked={asText === plain} onChange={() => setAsText(plain)} />
                <span>{plain ? words.asText : "HTML"}</span>
              </label>
            ))}
          </fieldset>
        )}
      </figcaption>
      {shownAsText ? (
        <p class={text?.trim() ? style.text : `${style.text} ${style.nothing}`}>
          {text?.trim() ? <bdi>{visible(text)}</bdi> : words.empty}
        </p>
      ) : (
        <HtmlFrame html={html} />
      )}
    </figure>
  );
}

function Line({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** How tall the frame may become; a longer message scrolls inside of it. */
const TALLEST_PX = 640;

function HtmlFrame({ html }: { html: string }) {
  const { message: words } = useWords().common;
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [height, setHeight] = useState(160);
  useEffect(() => {
    const listen = (event: MessageEvent) => {
      if (event.source !== frame.current?.contentWindow) return;
      if (event.data?.ready === true) setReady(true);
      const tall = event.data?.height;
      if (typeof tall === "number" && Number.isFinite(tall)) setHeight(Math.min(Math.max(tall, 80), TALLEST_PX));
    };
    addEventListener("message", listen);
    return () => removeEventListener("message", listen);
  }, []);
  useEffect(() => {
    // The frame's origin is opaque, so no origin can be named; what is handed over is what the frame shows anyway.
    if (ready) frame.current?.contentWindow?.postMessage({ html }, "*");
  }, [ready, html]);
  return (
    <iframe
      ref={frame}
      class={style.frame}
      title={words.emailFrame}
      src="/mail.html"
      sandbox="allow-scripts"
      referrerpolicy="no-referrer"
      style={{ height: `${height}px` }}
    />
  );
}
