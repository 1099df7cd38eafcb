// What to do next, once an event has come: choose what happens, put right what does not fit, or connect the real thing.

import type { Automation, Schemas } from "../../../api/client.ts";
import { useWords } from "../../../i18n/index.tsx";
import { LinkButton } from "../../../ui/button.tsx";
import * as icons from "../../../ui/icon.ts";
import { Note } from "../../../ui/states.tsx";
import { warningText } from "../warnings.ts";
import style from "./connect.module.css";

/** More would be a list to read, and the editor marks them all. */
const SHOWN = 3;

interface NextStepProps {
  automation: Automation;
  /** The run of the last event. */
  run: Schemas["RunSummary"] | undefined;
}

export function NextStep({ automation, run }: NextStepProps) {
  const { sources, automations } = useWords();
  const { next } = sources.connect;
  const steps = `/automations/${automation.id}/steps`;
  if (automation.steps.length === 0) {
    return (
      <div class={style.next}>
        <p>{next.choose}</p>
        <LinkButton kind="primary" icon={icons.Automations} href={steps}>
          {next.toSteps}
        </LinkButton>
      </div>
    );
  }
  if (automation.warnings.length > 0) {
    const texts = [...new Set(automation.warnings.map((warning) => warningText(warning, automations.warningTexts)))];
    return (
      <Note tone="wait">
        <div class={style.doubt}>
          <strong>{next.doubts}</strong>
          <ul class={style.doubts}>
            {texts.slice(0, SHOWN).map((text) => (
              <li key={text}>
                <bdi>{text}</bdi>
              </li>
            ))}
          </ul>
          <LinkButton kind="primary" size="s" href={steps}>
            {next.pick}
          </LinkButton>
        </div>
      </Note>
    );
  }
  if (run?.status === "failed" || run?.status === "uncertain") return <Note tone="fail">{next.failed}</Note>;
  if (run?.status !== "succeeded") return null;
  return <Note tone="ok">{run.cause === "test" ? next.works : next.connected}</Note>;
}
