// One run: its steps as a timeline, why it stopped where it did, and what makes sense to do now.

import { useState } from "preact/hooks";
import { type Automation, api, ask, type Run as RunType } from "../../api/client.ts";
import { keys, LIVE_MS, useActions, useAutomations } from "../../api/queries.ts";
import { queries, useMutation, useQuery } from "../../api/query.ts";
import { route } from "../../frame/router.tsx";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { RunBadge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Note, ProblemNote, Skeleton } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { Reason, reasonText } from "./failure.tsx";
import style from "./runs.module.css";
import { canResume, isOver, isUncertain } from "./status.ts";
import { StepRow } from "./step.tsx";

export default function Run({ id }: { id: string }) {
  const { words, format } = useSpeech();
  const { runs: t } = words;
  const actions = useActions();
  const automations = useAutomations();
  const run = useQuery({
    key: keys.run(id),
    read: () => ask(api.GET("/runs/{id}", { params: { path: { id } } })),
    every_ms: (data) => (data && isOver(data.status) ? false : LIVE_MS / 2),
  });
  const up = { href: "/runs", label: t.title };
  if (run.error) {
    return (
      <Page title={t.one} up={up}>
        <ProblemNote error={run.error} again={() => void run.again()} />
      </Page>
    );
  }
  if (!run.data) {
    return (
      <Page title={t.one} up={up}>
        <Card>
          <Skeleton lines={7} height="2.25rem" />
        </Card>
      </Page>
    );
  }
  const { data } = run;
  const automation = automations.data?.find((one) => one.id === data.automation_id);
  return (
    <Page
      title={automation?.name ?? (automations.data ? t.deletedAutomation : t.one)}
      beside={<RunBadge status={data.status} withErrors={data.with_errors} />}
      up={up}
      acts={<Acts run={data} />}
    >
      {data.status === "held" &&
        (data.error ? (
          <Note tone="wait">
            <strong>{reasonText(data.error, words.failures)}</strong> {t.withheldNote}
          </Note>
        ) : (
          <Note>{automation?.enabled ? <Release of={automation} run={data.id} /> : t.heldNote}</Note>
        ))}
      {isUncertain(data) && data.status !== "running" && <Settle run={data} />}
      <div class={style.columns}>
        <Card title={t.steps}>
          <ol class={style.timeline}>
            {data.steps.map((step) => (
              <StepRow
                key={step.id}
                step={step}
                action={actions.data?.find((one) => one.name === step.action)}
                runId={data.id}
                over={isOver(data.status)}
              />
            ))}
          </ol>
          {data.error && !data.error.step && data.status !== "held" && <Reason reason={data.error} />}
        </Card>
        <Card>
          <dl class={style.facts}>
            <dt>{t.cause}</dt>
            <dd>{t.causes[data.cause]}</dd>
            <dt>{t.begun}</dt>
            <dd>
              <Time at={data.created_at} full />
            </dd>
            {data.started_at && data.finished_at && (
              <>
                <dt>{t.took}</dt>
                <dd>{format.duration(Date.parse(data.finished_at) - Date.parse(data.started_at))}</dd>
              </>
            )}
            <dt>{t.event}</dt>
            <dd>
              <a href={`/events/${data.event_id}`}>{data.event_id}</a>
            </dd>
            <dt>{t.automation}</dt>
            <dd>
              {automation ? <a href={`/automations/${automation.id}/steps`}>{t.toAutomation}</a> : t.deletedAutomation}{" "}
              ({t.revision(data.revision)})
            </dd>
          </dl>
        </Card>
      </div>
    </Page>
  );
}

const keep = (run: RunType) => {
  queries.set(keys.run(run.id), run);
  void queries.invalidate(keys.runs());
};

const resume = async (run: RunType, uncertain?: "sent" | "not_sent") =>
  keep(
    await ask(
      api.POST("/runs/{id}/resume", { params: { path: { id: run.id } }, body: uncertain ? { uncertain } : {} }),
    ),
  );

/** A run that was left alone when its automation was enabled, with the others of its kind. */
function Release({ of: { id }, run }: { of: Automation; run: string }) {
  const { runs: t, automations } = useWords();
  const release = useMutation({
    act: () => ask(api.POST("/automations/{id}/enable", { params: { path: { id } }, body: { held: "release" } })),
    onDone: () => {
      void queries.invalidate(keys.run(run));
      void queries.invalidate(keys.runs());
    },
  });
  return (
    <>
      {t.leftNote}{" "}
      <Button size="s" busy={release.busy} onClick={() => release.run()}>
        {automations.held.release}
      </Button>
      {release.error && <ProblemNote error={release.error} />}
    </>
  );
}

function Acts({ run }: { run: RunType }) {
  const { runs: t } = useWords();
  const [asked, setAsked] = useState<"resume" | "cancel" | "replay">();
  const close = () => setAsked(undefined);
  const id = run.id;
  return (
    <>
      {!isOver(run.status) && (
        <Button kind="danger" onClick={() => setAsked("cancel")}>
          {t.cancel}
        </Button>
      )}
      {isOver(run.status) && (
        <Button icon={icons.Again} onClick={() => setAsked("replay")}>
          {t.replay}
        </Button>
      )}
      {canResume(run) && !isUncertain(run) && (
        <Button kind="primary" icon={icons.Runs} onClick={() => setAsked("resume")}>
          {t.resume}
        </Button>
      )}
      {asked === "resume" && (
        <Confirm
          title={t.resume}
          act={t.resume}
          danger={false}
          onClose={close}
          onConfirm={async () => {
            await resume(run);
            toast(t.resumed);
          }}
        >
          <p>{run.status === "held" ? t.withheldText : t.resumeText}</p>
        </Confirm>
      )}
      {asked === "cancel" && (
        <Confirm
          title={t.cancelTitle}
          act={t.cancel}
          onClose={close}
          onConfirm={async () => {
            keep(await ask(api.POST("/runs/{id}/cancel", { params: { path: { id } } })));
            toast(t.cancelled);
          }}
        >
          <p>{t.cancelText}</p>
        </Confirm>
      )}
      {asked === "replay" && (
        <Confirm
          title={t.replayTitle}
          act={t.replay}
          danger={false}
          onClose={close}
          onConfirm={async () => {
            const { runs } = await ask(
              api.POST("/events/{id}/replay", {
                params: { path: { id: run.event_id } },
                body: { automation_id: run.automation_id },
              }),
            );
            toast(t.replayed);
            if (runs[0]) route(`/runs/${runs[0]}`);
          }}
        >
          <p>{t.replayText}</p>
        </Confirm>
      )}
    </>
  );
}

/** A step of which nobody knows whether it happened: a person looks at the other side, and says so. */
function Settle({ run }: { run: RunType }) {
  const { runs: t } = useWords();
  const settle = useMutation({
    act: (uncertain: "sent" | "not_sent") => resume(run, uncertain),
    onDone: () => toast(t.resumed),
  });
  return (
    <section class={style.settle} aria-labelledby="settle">
      <h2 id="settle">{t.uncertainTitle}</h2>
      <p>{t.uncertainText}</p>
      <div class={style.acts}>
        <Button kind="primary" busy={settle.busy && settle.argument === "sent"} onClick={() => settle.run("sent")}>
          {t.sent}
        </Button>
        <Button busy={settle.busy && settle.argument === "not_sent"} onClick={() => settle.run("not_sent")}>
          {t.notSent}
        </Button>
      </div>
      {settle.error && <ProblemNote error={settle.error} />}
    </section>
  );
}
