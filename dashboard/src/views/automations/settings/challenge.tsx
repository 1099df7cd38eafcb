// What a provider hears that asks, before it sends, whether the address is ours. Most are answered without any setting.

import { useState } from "preact/hooks";
import type { Source } from "../../../api/client.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Setting } from "./setting.tsx";

export function Challenge({ source }: { source: Source }) {
  const { challenge: words } = useWords().sources;
  const now = source.challenge;
  const [token, setToken] = useState("");
  const [query, setQuery] = useState(now?.query ?? "");
  const [removing, setRemoving] = useState(false);
  const isSet = now?.verify_token === true && !removing;
  const written = { verify_token: token.trim() || null, query: query.trim() || null };
  const nothing = !written.verify_token && !written.query;
  // A token is never shown, so what replaces the whole must bring it along.
  const lost = isSet && !written.verify_token;
  const same = !written.verify_token && !removing && (written.query ?? "") === (now?.query ?? "");
  return (
    <Setting
      source={source}
      title={words.title}
      text={words.text}
      change={same || lost ? undefined : { challenge: nothing ? null : written }}
      onSaved={() => {
        setToken("");
        setRemoving(false);
      }}
    >
      <Field
        label={words.token}
        hint={isSet ? words.tokenSet : words.tokenHint}
        optional
        aside={
          now?.verify_token && (
            <Button size="s" kind="quiet" onClick={() => setRemoving(!removing)}>
              {removing ? words.keep : words.remove}
            </Button>
          )
        }
      >
        {(wires) => <Input {...wires} value={token} onInput={setToken} maxLength={200} />}
      </Field>
      <Field label={words.query} hint={words.queryHint} optional>
        {(wires) => <Input {...wires} value={query} onInput={setQuery} maxLength={100} />}
      </Field>
    </Setting>
  );
}
