// Leaving with unsaved changes: asked about, by whatever way one leaves – a link, the way back, closing the tab.
// The router has no way to hold a change of address, so links are caught before it and the way back is undone.

import { useEffect, useRef, useState } from "preact/hooks";
import { route } from "../../frame/router.tsx";
import { askOnWayBack } from "../../frame/way-back.ts";
import { useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ProblemNote } from "../../ui/states.tsx";

interface LeaveGuardProps {
  dirty: boolean;
  /** Saves; false, or what it throws, keeps the person here. */
  onSave: () => Promise<boolean>;
}

export function LeaveGuard({ dirty, onSave }: LeaveGuardProps) {
  const { editor: words } = useWords();
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const here = useRef(location.href);
  const off = useRef(false);
  useEffect(() => {
    if (!dirty) return;
    here.current = location.href;
    off.current = false;
    const click = (event: MouseEvent) => {
      if (off.current || event.defaultPrevented || event.button !== 0) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
      if (!link?.href || link.target === "_blank" || link.hasAttribute("download")) return;
      const to = new URL(link.href);
      if (to.origin !== location.origin || to.pathname === location.pathname) return;
      event.preventDefault();
      event.stopPropagation();
      setLeaving(() => () => route(to.pathname + to.search));
    };
    const back = (event: PopStateEvent) => {
      if (off.current || location.pathname === new URL(here.current).pathname) return;
      event.stopImmediatePropagation();
      // The address has changed already: it is put back, and leaving goes back once more.
      history.pushState(null, "", here.current);
      setLeaving(() => () => history.back());
    };
    const close = (event: BeforeUnloadEvent) => {
      if (!off.current) event.preventDefault();
    };
    document.addEventListener("click", click, true);
    const forget = askOnWayBack(back);
    addEventListener("beforeunload", close);
    return () => {
      document.removeEventListener("click", click, true);
      forget();
      removeEventListener("beforeunload", close);
    };
  }, [dirty]);
  if (!leaving) return null;
  const go = () => {
    off.current = true;
    setLeaving(null);
    leaving();
  };
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      if (await onSave()) go();
      else setLeaving(null);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.leave.title}
      onClose={() => setLeaving(null)}
      foot={
        <>
          <Button kind="quiet" onClick={() => setLeaving(null)}>
            {words.leave.stay}
          </Button>
          <Button kind="danger" onClick={go}>
            {words.leave.discard}
          </Button>
          <Button kind="primary" busy={busy} onClick={save}>
            {words.leave.save}
          </Button>
        </>
      }
    >
      <p>{words.leave.text}</p>
      {error !== undefined && <ProblemNote error={error} />}
    </Dialog>
  );
}
