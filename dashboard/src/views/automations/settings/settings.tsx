// The tab of an automation's settings, most of which are its source's: how forms are answered, who may send, what
// counts as a repetition, how senders prove themselves, the address; and the end of it all.

import { useEffect } from "preact/hooks";
import type { Automation } from "../../../api/client.ts";
import { useAutomations, useSource } from "../../../api/queries.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Card } from "../../../ui/page.tsx";
import { Note, ProblemNote, Skeleton } from "../../../ui/states.tsx";
import { Address } from "./address.tsx";
import { Answer } from "./answer.tsx";
import { Bodies } from "./bodies.tsx";
import { Challenge } from "./challenge.tsx";
import { Deletion } from "./deletion.tsx";
import { Limits } from "./limits.tsx";
import { Origins } from "./origins.tsx";
import { Proof } from "./proof.tsx";
import { Repeats } from "./repeats.tsx";
import style from "./settings.module.css";

export function Settings({ automation }: { automation: Automation }) {
  const { settings: words } = useWords().sources;
  const { data: source, error, again } = useSource(automation.source.id);
  const { data: all } = useAutomations();
  const others = all?.filter((one) => one.source.id === automation.source.id && one.id !== automation.id);
  useEffect(() => {
    // What the address points at is there only now.
    if (source && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [source !== undefined]);
  return (
    <div class={style.settings}>
      {error && <ProblemNote error={error} again={() => void again()} />}
      {others && others.length > 0 && (
        <Note>
          {words.shared(others.length)}{" "}
          {others.map((other, index) => (
            <span key={other.id}>
              {index > 0 && ", "}
              <a href={`/automations/${other.id}`}>
                <bdi>{other.name}</bdi>
              </a>
            </span>
          ))}
        </Note>
      )}
      {source ? (
        <>
          <Answer source={source} />
          <Origins source={source} />
          <Repeats source={source} />
          <Proof source={source} />
          <Challenge source={source} />
          <Limits source={source} />
          <Bodies source={source} />
          <Address source={source} />
        </>
      ) : (
        !error &&
        [0, 1, 2].map((card) => (
          <Card key={card} title=" ">
            <Skeleton lines={3} />
          </Card>
        ))
      )}
      <Deletion automation={automation} shared={others !== undefined && others.length > 0} />
    </div>
  );
}
