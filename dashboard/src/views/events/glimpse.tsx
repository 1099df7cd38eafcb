// What arrived, in half a line: the first values of an event. Each event is asked for once, when its row is first seen:
// what arrived never changes.

import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { rawText } from "../../api/json.ts";
import { keys } from "../../api/queries.ts";
import { useQuery } from "../../api/query.ts";
import { Stranger, valueText } from "../../ui/stranger.tsx";
import style from "./events.module.css";

export function Glimpse({ id }: { id: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setSeen(true));
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const event = useQuery({
    key: keys.event(id),
    read: () => ask(api.GET("/events/{id}", { params: { path: { id } } })),
    fresh_ms: Number.POSITIVE_INFINITY,
    enabled: seen,
  });
  return (
    <span ref={place} class={style.glimpse}>
      {event.data ? <Stranger value={glimpse(event.data.fields)} cut={100} /> : "…"}
    </span>
  );
}

/** The first values that say something. */
export function glimpse(fields: Record<string, unknown>): string {
  return Object.values(fields)
    .filter((value) => (typeof value !== "object" || rawText(value) !== undefined) && typeof value !== "boolean")
    .map((value) => valueText(value).trim().slice(0, 60))
    .filter(Boolean)
    .slice(0, 4)
    .join(" · ");
}
