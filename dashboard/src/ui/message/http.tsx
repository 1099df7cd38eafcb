// A request as the other system gets it. Headers that a connection adds are not known here, and are not shown.

import { useWords } from "../../i18n/index.tsx";
import { Stranger, visible } from "../stranger.tsx";
import style from "./http.module.css";
import type { HttpContent } from "./shapes.ts";

export function HttpMessage({ method, url, headers, body }: HttpContent) {
  const { message: words } = useWords().common;
  return (
    <figure class={style.request} aria-label={words.http}>
      <figcaption class={style.line}>
        <span class={style.method}>{method}</span>
        <span class={style.url}>
          {url ? <Stranger value={url} cut={400} whole /> : <span class={style.nothing}>{words.noAddress}</span>}
        </span>
      </figcaption>
      {headers.length > 0 && (
        <dl class={style.headers}>
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{visible(name)}:</dt>
              <dd>
                <Stranger value={value} cut={200} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {body !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre class={style.body} tabIndex={0}>
          <bdi>{visible(body)}</bdi>
        </pre>
      )}
    </figure>
  );
}
