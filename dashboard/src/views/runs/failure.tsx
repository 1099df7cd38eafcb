// Why a step or a run did not work, in plain words: by the stable code in the person's language, with the system's own
// sentence below it, which names the field and the event. It decides nothing about what may be done next.

import type { Failure } from "../../api/client.ts";
import { useWords } from "../../i18n/index.tsx";
import { Stranger } from "../../ui/stranger.tsx";
import style from "./runs.module.css";

interface Reason {
  code: string;
  message: string;
  provider?: Failure["provider"];
}

/** The sentence for a code: that of the code itself, of its family, or the system's. */
export function reasonText(reason: Reason, failures: Record<string, string>): string {
  return failures[reason.code] ?? failures[/^(http|whatsapp|email)_/.exec(reason.code)?.[1] ?? ""] ?? reason.message;
}

/** The sentence for a code, with the system's own below it where that is another. */
export function InWords({ reason, sentences }: { reason: Reason; sentences: Record<string, string> }) {
  const { runs } = useWords();
  const text = reasonText(reason, sentences);
  return (
    <>
      <p>
        <Stranger value={text} cut={600} />
      </p>
      {text !== reason.message && (
        <details>
          <summary>{runs.inEnglish}</summary>
          <p lang="en">
            <Stranger value={reason.message} cut={600} whole />
          </p>
        </details>
      )}
    </>
  );
}

export function Reason({ reason }: { reason: Reason }) {
  const { runs, failures } = useWords();
  return (
    <div class={style.reason}>
      <InWords reason={reason} sentences={failures} />
      {reason.provider?.detail && (
        <p class={style.soft}>
          {runs.provider}: <Stranger value={reason.provider.detail} cut={300} whole />
        </p>
      )}
    </div>
  );
}
