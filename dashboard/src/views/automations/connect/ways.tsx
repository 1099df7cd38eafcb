// How to send to a source: code to paste, and the way through the settings of the services that people use.
// One more service is a name in `WAYS` and its words in the dictionaries.

import { useState } from "preact/hooks";
import { useWords } from "../../../i18n/index.tsx";
import { Code } from "../../../ui/code.tsx";
import { CodeBlock } from "../../../ui/copy.tsx";
import { Card } from "../../../ui/page.tsx";
import { Note } from "../../../ui/states.tsx";
import type { Payload } from "../example.ts";
import { OFFERED } from "../settings/schemes.ts";
import style from "./connect.module.css";
import * as snippets from "./ways.ts";

const WAYS = [
  "form",
  "zapier",
  "make",
  "contactForm7",
  "elementor",
  "shopify",
  "woocommerce",
  "javascript",
  "curl",
] as const;
type Way = (typeof WAYS)[number];

/** The scheme by which a service signs what it sends, where it does. */
const SIGNS: Partial<Record<Way, string>> = { shopify: "shopify", woocommerce: "woocommerce" };

interface WaysProps {
  url: string;
  payload: Payload;
  /** The scheme that the source demands. */
  signed: string | undefined;
  automationId: string;
}

export function Ways({ url, payload, signed, automationId }: WaysProps) {
  const { connect, ways } = useWords().sources;
  const [way, setWay] = useState<Way>("form");
  const code: Partial<Record<Way, string>> = {
    form: snippets.htmlForm(url, payload, ways.form.button),
    javascript: snippets.javascript(url, payload),
    curl: snippets.curl(url, payload),
  };
  const guide = ways[way];
  const scheme = SIGNS[way];
  return (
    <Card title={connect.how}>
      <div class={style.stack}>
        <fieldset class={style.pills}>
          <legend class="sr-only">{connect.how}</legend>
          {WAYS.map((name) => (
            <button key={name} type="button" aria-pressed={name === way} onClick={() => setWay(name)}>
              {ways[name].name}
            </button>
          ))}
        </fieldset>
        <p class={style.soft}>
          <Code>{guide.lead}</Code>
        </p>
        {guide.steps.length > 0 && (
          <ol class={style.guide}>
            {guide.steps.map((step) => (
              <li key={step}>
                <Code>{step}</Code>
              </li>
            ))}
          </ol>
        )}
        {code[way] && <CodeBlock code={code[way]} label={guide.name} />}
        {guide.note && (
          <p class={style.soft}>
            <Code>{guide.note}</Code>
          </p>
        )}
        {scheme && signed !== scheme && OFFERED.includes(scheme) && (
          <Note>
            {connect.signs(guide.name)} <a href={`/automations/${automationId}/settings#proof`}>{connect.toProof}</a>
          </Note>
        )}
      </div>
    </Card>
  );
}
