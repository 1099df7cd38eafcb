// Names and values as a list: what an event holds, what a step was given. Values may come from strangers.

import { rawText } from "../api/json.ts";
import { Stranger, valueText, visible } from "./stranger.tsx";
import style from "./values.module.css";

interface ValuesProps {
  of: Record<string, unknown>;
  /** What a name is called, where it is one of ours. */
  titleOf?: (name: string) => string | undefined;
}

export function Values({ of, titleOf }: ValuesProps) {
  return (
    <dl class={style.values}>
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>
            <bdi>{titleOf?.(name) ?? visible(name)}</bdi>
          </dt>
          <dd>
            {typeof value === "object" && value !== null && rawText(value) === undefined ? (
              <code>
                <Stranger value={valueText(value)} cut={400} whole />
              </code>
            ) : (
              <Stranger value={value} cut={400} whole />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
