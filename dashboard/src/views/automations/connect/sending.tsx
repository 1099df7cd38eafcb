// Sending an event to the source from here: at once with the example, or after looking at it and changing it.
// It goes the way of every delivery, to the source's own address. By default as a test: everything is done but nothing
// leaves, whatever the connections are, and the messages stand in the outbox.

import { useState } from "preact/hooks";
import { ApiProblem, type Source } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { queries } from "../../../api/query.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Button } from "../../../ui/button.tsx";
import * as icons from "../../../ui/icon.ts";
import { Note, ProblemNote } from "../../../ui/states.tsx";
import { toast } from "../../../ui/toast.tsx";
import type { Payload } from "../example.ts";
import style from "./connect.module.css";
import { TestEvent } from "./test-event.tsx";

interface SendingProps {
  source: Source | undefined;
  token: string;
  payload: Payload;
  /** Whether something has come before: sending is then no longer the main thing to do. */
  again: boolean;
}

export function Sending({ source, token, payload, again }: SendingProps) {
  const { connect } = useWords().sources;
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  if (source?.verification) return <Note>{connect.signed}</Note>;
  // A browser says from which page it sends, this one too.
  const origins = source?.allowed_origins;
  if (origins && !origins.includes(location.origin)) return <Note>{connect.elsewhere}</Note>;
  const send = async (given: Payload, simulated: boolean) => {
    await deliver(token, given, simulated);
    toast(connect.sent);
    void queries.invalidate(keys.events());
    void queries.invalidate(keys.outbox());
  };
  const sendNow = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await send(payload, true);
    } catch (error) {
      setError(error);
    }
    setBusy(false);
  };
  return (
    <div class={style.stack}>
      <div class={style.acts}>
        <Button kind={again ? "plain" : "primary"} icon={icons.Outbox} busy={busy} onClick={() => void sendNow()}>
          {again ? connect.sendAgain : connect.send}
        </Button>
        <Button kind="quiet" onClick={() => setOpen(true)}>
          {connect.change}
        </Button>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
      {open && <TestEvent payload={payload} onClose={() => setOpen(false)} onSend={send} />}
    </div>
  );
}

/** Delivers a payload as any sender would. The path is the same on every host, so this page's own will do. */
async function deliver(token: string, payload: Payload, simulated: boolean): Promise<void> {
  const headers = { "Content-Type": "application/json", ...(simulated ? { "X-Uncino-Test": "1" } : {}) };
  let response: Response;
  try {
    response = await fetch(`/in/${token}`, { method: "POST", headers, body: JSON.stringify(payload) });
  } catch {
    throw new ApiProblem(0, "unreachable", "no answer came");
  }
  if (response.ok) return;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new ApiProblem(
    response.status,
    problem.code ?? `http_${response.status}`,
    problem.detail ?? response.statusText,
    [],
    Number(response.headers.get("retry-after")) || undefined,
  );
}
