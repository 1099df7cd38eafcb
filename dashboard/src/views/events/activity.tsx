// What arrived for one automation, as a tab of its page.

import type { Automation } from "../../api/client.ts";
import { useWords } from "../../i18n/index.tsx";
import { LinkButton } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import { Empty } from "../../ui/states.tsx";
import style from "./events.module.css";
import { EventList } from "./list.tsx";
import { Refusals } from "./refusals.tsx";

export default function Activity({ automation }: { automation: Automation }) {
  const { events: t, runs } = useWords();
  return (
    <div class={style.stack}>
      <p class={style.toRuns}>
        <LinkButton size="s" kind="quiet" icon={icons.Runs} href={`/runs?automation=${automation.id}`}>
          {runs.title}
        </LinkButton>
      </p>
      <EventList
        filter={{ source_id: automation.source.id }}
        oneSource
        empty={
          <Empty icon={icons.Events} title={t.activityNone}>
            {t.activityNoneText}
          </Empty>
        }
      />
      <Refusals sourceId={automation.source.id} />
    </div>
  );
}
