// Short words at the edge of the window: what was just done, and the way back where there is one. Heard too.

import { useEffect, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import style from "./toast.module.css";

interface ToastMessage {
  id: number;
  text: string;
  undo?: { label: string; act: () => void };
}

let last = 0;
let show: ((message: ToastMessage) => void) | undefined;

/** Says that something is done. */
export function toast(text: string, undo?: ToastMessage["undo"]): void {
  show?.({ id: ++last, text, undo });
}

/** Where toasts appear; once, in the frame. */
export function Toasts() {
  const [messages, setMessages] = useState<ToastMessage[]>([]);
  useEffect(() => {
    show = (message) => {
      setMessages((all) => [...all.slice(-2), message]);
      setTimeout(() => setMessages((all) => all.filter(({ id }) => id !== message.id)), message.undo ? 9_000 : 4_500);
    };
    return () => {
      show = undefined;
    };
  }, []);
  const drop = (id: number) => setMessages((all) => all.filter((message) => message.id !== id));
  return (
    <div class={style.toasts} role="status">
      {messages.map(({ id, text, undo }) => (
        <div key={id} class={style.toast}>
          <span>{text}</span>
          {undo && (
            <Button
              size="s"
              kind="quiet"
              onClick={() => {
                undo.act();
                drop(id);
              }}
            >
              {undo.label}
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
