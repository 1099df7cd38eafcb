// A row of filters above a list, and the way to be rid of them.

import type { ComponentChildren } from "preact";
import { useWords } from "../i18n/index.tsx";
import { Button } from "./button.tsx";
import style from "./filters.module.css";
import * as icons from "./icon.ts";

export function Filters({ children, onClear }: { children: ComponentChildren; onClear?: () => void }) {
  const { events } = useWords();
  return (
    <search class={style.filters}>
      {children}
      {onClear && (
        <Button kind="quiet" icon={icons.Close} onClick={onClear}>
          {events.clear}
        </Button>
      )}
    </search>
  );
}
