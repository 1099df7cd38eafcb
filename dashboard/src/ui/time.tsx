// A moment: how long ago, with the full date for whoever points at it. All of them move together, every ten seconds.

import { useEffect, useState } from "preact/hooks";
import { useFormat } from "../i18n/index.tsx";

const listeners = new Set<() => void>();
setInterval(() => {
  for (const listener of listeners) listener();
}, 10_000);

export function Time({ at, full }: { at: string; full?: boolean }) {
  const format = useFormat();
  const [, tick] = useState(0);
  useEffect(() => {
    const listener = () => tick((n) => n + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return (
    <time dateTime={at} title={format.moment(at)}>
      {full ? format.moment(at) : format.relative(at)}
    </time>
  );
}
