// Events per hour as bars, failures marked, with the same figures as a table behind it: who cannot see the bars, or wants
// the numbers, opens that.

import { useSpeech } from "../../i18n/index.tsx";
import type { Bar } from "./bars.ts";
import style from "./overview.module.css";

const HEIGHT = 100;

export function Chart({ bars }: { bars: Bar[] }) {
  const { words, format } = useSpeech();
  const { overview: t } = words;
  const most = Math.max(1, ...bars.map(({ events, failed }) => Math.max(events, failed)));
  const hourOf = (bar: Bar) => `${format.day(bar.from)}, ${format.hour(bar.from)}`;
  // Some five labels, whatever the number of bars.
  const every = Math.ceil(bars.length / 5);
  return (
    <>
      <div class={style.plot} aria-hidden="true">
        <span class={style.most}>{format.number(most)}</span>
        <svg viewBox={`0 0 ${bars.length * 10} ${HEIGHT}`} preserveAspectRatio="none">
          <title>{t.perHour}</title>
          {bars.map((bar, index) => {
            const height = (bar.events / most) * HEIGHT;
            const failed = (Math.min(bar.failed, most) / most) * HEIGHT;
            return (
              <g key={bar.from}>
                <title>{t.barLabel(hourOf(bar), bar.events, bar.failed)}</title>
                <rect class={style.touch} x={index * 10} y={0} width={10} height={HEIGHT} />
                <rect class={style.bar} x={index * 10 + 1.5} y={HEIGHT - height} width={7} height={height} />
                <rect class={style.failedBar} x={index * 10 + 1.5} y={HEIGHT - failed} width={7} height={failed} />
              </g>
            );
          })}
        </svg>
        <div class={style.hours}>
          {bars.map((bar, index) =>
            index % every === 0 ? (
              <span
                key={bar.from}
                style={{ gridColumn: `${index + 1} / span ${Math.min(every, bars.length - index)}` }}
              >
                {bars.length > 24 ? format.day(bar.from) : format.hour(bar.from)}
              </span>
            ) : null,
          )}
        </div>
      </div>
      <details class={style.behind}>
        <summary>{t.perHourTable}</summary>
        <div class={style.scroll}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.hour}</th>
                <th scope="col">{t.events}</th>
                <th scope="col">{t.succeeded}</th>
                <th scope="col">{t.failed}</th>
                <th scope="col">{t.waiting}</th>
                <th scope="col">{t.other}</th>
              </tr>
            </thead>
            <tbody>
              {[...bars].reverse().map((bar) => (
                <tr key={bar.from}>
                  <th scope="row">{hourOf(bar)}</th>
                  {[bar.events, bar.succeeded, bar.failed, bar.waiting, bar.other].map((value, index) => (
                    <td key={index}>{format.number(value)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
