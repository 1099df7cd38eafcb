// What is to be said about a step, each with the way to mend it where there is one.

import { useFormat, useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import { visible } from "../../ui/stranger.tsx";
import style from "./notice-list.module.css";
import type { Notice } from "./notices.ts";
import { fieldLabel } from "./template.ts";

interface NoticeListProps {
  notices: Notice[];
  /** Puts another field in the place of one. */
  onRename: (from: string, to: string) => void;
  /** Gives a field a text to fall back on. */
  onFallback: (name: string) => void;
}

export function NoticeList({ notices, onRename, onFallback }: NoticeListProps) {
  const { editor: words } = useWords();
  const format = useFormat();
  // What stands beside its field in the form already is not said twice.
  const shown = notices.filter(({ kind }) => kind !== "fault");
  if (shown.length === 0) return null;
  const label = (name: string) => visible(fieldLabel(name));
  return (
    <ul class={style.list}>
      {shown.map((notice, index) => (
        <li key={index} class={notice.kind === "sometimesEmpty" || notice.kind === "missing" ? style.calm : style.wait}>
          <icons.Attention size={16} />
          <div>
            {notice.kind === "unknown" && (
              <>
                <span>{words.notices.unknown(label(notice.name))}</span>
                {notice.nearest !== undefined && (
                  <Button size="s" onClick={() => onRename(notice.name, notice.nearest ?? "")}>
                    {words.notices.useNearest(label(notice.nearest))}
                  </Button>
                )}
              </>
            )}
            {notice.kind === "sometimesEmpty" && (
              <>
                <span>
                  {words.notices.sometimesEmpty(
                    label(notice.name),
                    format.number(notice.times),
                    format.number(notice.of),
                  )}
                </span>
                <Button size="s" kind="quiet" onClick={() => onFallback(notice.name)}>
                  {words.notices.addFallback}
                </Button>
              </>
            )}
            {notice.kind === "missing" && <span>{words.notices.missing(format.list(notice.names.map(visible)))}</span>}
            {notice.kind === "failure" && <span>{words.notices.failure(visible(notice.text))}</span>}
            {notice.kind === "doubt" && <span>{visible(notice.text)}</span>}
            {notice.kind === "noConnection" && (
              <span>
                {words.notices.noConnection[notice.of]} <a href="/connections">{words.notices.toConnections}</a>
              </span>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
