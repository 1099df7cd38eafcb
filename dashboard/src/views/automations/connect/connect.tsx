// The tab in which an automation gets its events: its address, what came there last, and how to send to it from
// wherever things happen.

import { useState } from "preact/hooks";
import type { Automation } from "../../../api/client.ts";
import { useFields, useSource } from "../../../api/queries.ts";
import { useSpeech } from "../../../i18n/index.tsx";
import { CopyLine } from "../../../ui/copy.tsx";
import { Card } from "../../../ui/page.tsx";
import { Note } from "../../../ui/states.tsx";
import { exampleFor } from "../example.ts";
import style from "./connect.module.css";
import { EAGER_MS, Latest } from "./latest.tsx";
import { Ways } from "./ways.tsx";

/** Addresses that only this computer can reach. */
const LOCAL = /^https?:\/\/(localhost|127\.|\[::1\])/;

export function Connect({ automation }: { automation: Automation }) {
  const { words, language } = useSpeech();
  const { connect } = words.sources;
  const { url, id } = automation.source;
  const [eager, setEager] = useState(false);
  const fields = useFields(id, { live_ms: eager ? EAGER_MS : 5_000 });
  const source = useSource(id);
  const known = fields.data?.data;
  const payload = exampleFor(automation, known, language);
  return (
    <div class={style.connect}>
      <div class={style.address}>
        <Card title={connect.address}>
          <div class={style.stack}>
            <p class={style.soft}>{connect.addressText}</p>
            <CopyLine text={url} label={connect.address} />
            {LOCAL.test(url) && <Note>{connect.local}</Note>}
          </div>
        </Card>
      </div>
      <div class={style.latest}>
        <Latest automation={automation} source={source.data} fields={known} payload={payload} onEager={setEager} />
      </div>
      <div class={style.ways}>
        <Ways url={url} payload={payload} signed={source.data?.verification?.scheme} automationId={automation.id} />
      </div>
    </div>
  );
}
