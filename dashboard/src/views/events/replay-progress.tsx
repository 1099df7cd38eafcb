// How far a replay is, with the button that stops it.

import { api, ask } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { queries, useMutation, useQuery } from "../../api/query.ts";
import { useSpeech } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import { ProblemNote } from "../../ui/states.tsx";
import style from "./events.module.css";

const LOOK_MS = 1_000;

export function ReplayProgress({ id, onHide }: { id: string; onHide: () => void }) {
  const { words, format } = useSpeech();
  const { events: t } = words;
  const replay = useQuery({
    key: keys.replay(id),
    read: () => ask(api.GET("/replays/{id}", { params: { path: { id } } })),
    every_ms: (data) => (data && data.status !== "running" ? false : LOOK_MS),
  });
  const stop = useMutation({
    act: () => ask(api.DELETE("/replays/{id}", { params: { path: { id } } })),
    onDone: () => queries.invalidate(keys.replay(id)),
  });
  const error = replay.error ?? stop.error;
  if (error) return <ProblemNote error={error} again={onHide} />;
  if (!replay.data) return null;
  const { status, done, total, runs } = replay.data;
  const title = status === "running" ? t.running : status === "done" ? t.done(runs) : t.stopped(runs);
  return (
    <section class={style.replay} aria-label={t.progress}>
      <div class={style.replayLine}>
        <strong role="status">{title}</strong>
        <span class={style.soft}>{t.progressOf(format.number(done), format.number(total))}</span>
        {status === "running" ? (
          <Button size="s" kind="danger" busy={stop.busy} onClick={() => stop.run()}>
            {t.stop}
          </Button>
        ) : (
          <Button size="s" kind="quiet" onClick={onHide}>
            {t.hide}
          </Button>
        )}
      </div>
      <progress
        aria-label={t.progress}
        max={Math.max(total, 1)}
        value={status === "done" ? Math.max(total, 1) : done}
      />
    </section>
  );
}
