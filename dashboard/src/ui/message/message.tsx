// A message of any channel, from what the API says of it: a step's rendered input, or an outbox message's content.

import { EmailMessage } from "./email.tsx";
import { HttpMessage } from "./http.tsx";
import { readEmail, readHttp, readWhatsApp } from "./shapes.ts";
import { WhatsAppMessage } from "./whatsapp.tsx";

interface MessageProps {
  channel: "whatsapp" | "email" | "http";
  /** Whatever the API gave; it is looked at before it is believed. */
  content: unknown;
  /** To whom, when the content does not say it itself: an outbox message's `to`. */
  to?: string;
  /** An e-mail's sender. */
  from?: string;
  /** The hour beside a WhatsApp message. */
  hour?: string;
}

export function Message({ channel, content, to, from, hour }: MessageProps) {
  switch (channel) {
    case "whatsapp": {
      const message = readWhatsApp(content);
      return <WhatsAppMessage {...message} to={message.to ?? to} hour={hour} />;
    }
    case "email": {
      const message = readEmail(content);
      return <EmailMessage {...message} to={message.to ?? to} from={from} />;
    }
    case "http":
      return <HttpMessage {...readHttp(content, to)} />;
  }
}
