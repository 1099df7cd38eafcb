// Where somebody begins who has no automation yet: the everyday ones, ready to be taken, and an empty one.
// It is what an empty list shows, and the overview may show it too. What a starter would make is shown by `making`.

import { useState } from "preact/hooks";
import { useWords } from "../../../i18n/index.tsx";
import { Choices } from "./choices.tsx";
import style from "./first-run.module.css";
import { type Chosen, Making } from "./making.tsx";

export function FirstRun() {
  const { automations } = useWords();
  const [chosen, setChosen] = useState<Chosen>();
  const words = automations.firstRun;
  return (
    <section class={style.first} aria-labelledby="first-run">
      <div class={style.intro}>
        <h2 id="first-run">{words.title}</h2>
        <p>{words.text}</p>
        <ol class={style.path}>
          {words.path.map((step, index) => (
            <li key={step}>
              <span aria-hidden="true">{index + 1}</span>
              {step}
            </li>
          ))}
        </ol>
      </div>
      <Choices onChoose={setChosen} />
      {chosen && <Making chosen={chosen} onClose={() => setChosen(undefined)} />}
    </section>
  );
}
