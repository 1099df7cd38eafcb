// Finding how a service signs, by example: the secret is tried on what the service sends while somebody watches. The
// secret stays in this page until the rule that fits is adopted with it.

import { useEffect, useState } from "preact/hooks";
import { api, ask, type Schemas, type Source } from "../../../api/client.ts";
import { useMutation } from "../../../api/query.ts";
import { useFormat, useWords } from "../../../i18n/index.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Note, ProblemNote } from "../../../ui/states.tsx";
import { Stranger } from "../../../ui/stranger.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useSourceChange } from "./setting.tsx";
import style from "./settings.module.css";

type Match = Schemas["Match"];

/** How long after an answer it is asked again whether something came. */
const PAUSE_MS = 2_000;

interface IdentifyProps {
  source: Source;
  onClose: () => void;
  onAdopted: (match: Match) => void;
}

export function Identify({ source, onClose, onAdopted }: IdentifyProps) {
  const { identify: words, proof } = useWords().sources;
  const { common } = useWords();
  const format = useFormat();
  const save = useSourceChange(source);
  const [secret, setSecret] = useState("");
  const [found, setFound] = useState<Schemas["Identified"]>();
  const given = secret.trim();
  const params = { path: { id: source.id } };
  const look = useMutation({
    act: () => ask(api.POST("/sources/{id}/identify", { params, body: { secret: given } })),
    onDone: setFound,
  });
  const adopt = useMutation({
    // What fits is a verification that lacks nothing but the secret.
    act: async (match: Match) => {
      await save({ verification: { ...match, secrets: [given] } as Schemas["VerificationInput"] });
      return match;
    },
    onDone: (match) => {
      toast(common.saved);
      onAdopted(match);
    },
  });
  const matches = found?.matches ?? [];
  useEffect(() => {
    if (!found || found.matches.length > 0) return;
    const timer = setTimeout(look.run, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [found]);
  return (
    <Dialog title={words.title} onClose={onClose}>
      <form
        class={style.setting}
        onSubmit={(event) => {
          event.preventDefault();
          if (given) look.run();
        }}
      >
        <p>{words.text}</p>
        <Field label={proof.secret} hint={words.secretHint}>
          {(wires) => (
            <Input
              {...wires}
              type="password"
              autocomplete="new-password"
              readOnly={found !== undefined}
              value={secret}
              onInput={setSecret}
            />
          )}
        </Field>
        {!found && (
          <div>
            <Button type="submit" kind="primary" busy={look.busy} aria-disabled={!given || undefined}>
              {words.begin}
            </Button>
          </div>
        )}
      </form>
      <div class={style.setting} role="status">
        {found && matches.length === 0 && (
          <Note tone="wait">
            <strong>{words.send}</strong> {words.watching(format.hour(found.capturing_until))}{" "}
            {found.captured > 0 && words.nothingFits(found.captured)}
          </Note>
        )}
        {matches.length > 0 && <p>{words.fits(matches.length)}</p>}
        {matches.map((match) => (
          <div key={JSON.stringify(match)} class={style.match}>
            <Rule match={match} />
            <Button kind="primary" busy={adopt.busy} onClick={() => adopt.run(match)}>
              {words.adopt}
            </Button>
          </div>
        ))}
      </div>
      {(look.error ?? adopt.error) !== undefined && (
        <ProblemNote error={look.error ?? adopt.error} again={look.error ? () => look.run() : undefined} />
      )}
    </Dialog>
  );
}

/** A rule in words. What stands in it came with a delivery. */
function Rule({ match }: { match: Match }) {
  const { proof, schemes } = useWords().sources;
  const labels = proof.settings as Record<string, { label: string } | undefined>;
  const choices = proof.choices as Record<string, string | undefined>;
  const name = (schemes as Record<string, { name: string } | undefined>)[match.scheme]?.name;
  const parts = Object.entries(match).filter(([key, value]) => key !== "scheme" && value != null);
  return (
    <div>
      <strong>{name ?? match.scheme}</strong>
      {parts.map(([key, value]) => (
        <p key={key} class={style.soft}>
          {labels[key]?.label ?? key}: <Stranger value={choices[String(value)] ?? value} cut={80} />
        </p>
      ))}
    </div>
  );
}
