// How much of something is used: a bar, and the figures that it shows.

import style from "./meter.module.css";

interface MeterProps {
  value: number;
  max: number;
  /** From here on it is drawn as near its end. */
  near?: number;
  label?: string;
  text: string;
}

export function Meter({ value, max, near = max, label, text }: MeterProps) {
  return (
    <div class={style.meter}>
      {label && <span>{label}</span>}
      <span class={style.text}>{text}</span>
      {/* The figures beside it say the same. */}
      <meter min={0} max={max} high={near} value={value} aria-hidden="true" />
    </div>
  );
}
