// Dialogs, on the browser's own `<dialog>`: it traps the focus, closes on Escape and gives the focus back.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useWords } from "../i18n/index.tsx";
import { Button, IconButton } from "./button.tsx";
import style from "./dialog.module.css";
import * as icons from "./icon.ts";
import { ProblemNote } from "./states.tsx";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** The acts, at the foot. */
  foot?: ComponentChildren;
  wide?: boolean;
}

/** Open as long as it is there. */
export function Dialog({ title, onClose, children, foot, wide }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { common } = useWords();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      class={`${style.dialog} ${wide ? style.wide : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class={style.head}>
        <h2 id={id}>{title}</h2>
        <IconButton icon={icons.Close} label={common.close} size="s" onClick={onClose} />
      </header>
      <div class={style.body}>{children}</div>
      {foot && <footer class={style.foot}>{foot}</footer>}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  /** What the button that does it says: the act, never "OK". */
  act: string;
  danger?: boolean;
  onClose: () => void;
  /** Does it; what it throws is shown, and the dialog stays. */
  onConfirm: () => Promise<unknown>;
}

/** Asks before an act that cannot be taken back. */
export function Confirm({ title, children, act, danger = true, onClose, onConfirm }: ConfirmProps) {
  const { common } = useWords();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{common.back}</Button>
          <Button kind={danger ? "danger" : "primary"} busy={busy} onClick={confirm}>
            {act}
          </Button>
        </>
      }
    >
      {children}
      {error !== undefined && <ProblemNote error={error} />}
    </Dialog>
  );
}
