// Everything about one person, by a number or an address: handed over as a file, or erased with a receipt. Erasing asks
// before it begins, and goes on asking until everything was looked through. Receipts stay; they name nobody.

import { useEffect, useState } from "preact/hooks";
import { api, ask, type Schemas } from "../../api/client.ts";
import { keys, usePages } from "../../api/queries.ts";
import { queries, useMutation } from "../../api/query.ts";
import { useSpeech, useWords } from "../../i18n/index.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { Field, Input } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Note, ProblemNote } from "../../ui/states.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { joined, PARTS, readPerson } from "./person.ts";
import style from "./privacy.module.css";
import { saveFile } from "./save-file.ts";

type Erasure = Schemas["Erasure"];
type Person = Schemas["EraseInput"];

/** How long after an answer an erasure that is not complete is asked on. */
const PAUSE_MS = 1_500;

const saveReceipt = (erasure: Erasure) => saveFile(`uncino-${erasure.id}.json`, erasure);

export default function Privacy() {
  const { privacy: t } = useWords();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const [erasing, setErasing] = useState<Person>();
  const person = readPerson(text);
  const hand = useMutation({ act: handOver });
  const begin = (act: (person: Person) => void) => {
    setTried(true);
    hand.reset();
    if (person) act(person);
  };
  return (
    <Page title={t.title} lead={t.lead} width="text">
      <Card>
        <form class={style.form} onSubmit={(event) => event.preventDefault()}>
          <Field label={t.who} hint={t.whoHint} fault={tried && !person ? t.nobody : undefined}>
            {(wires) => <Input {...wires} value={text} onInput={setText} maxLength={254} />}
          </Field>
          <div class={style.acts}>
            <Button icon={icons.Down} busy={hand.busy} onClick={() => begin(hand.run)}>
              {t.hand}
            </Button>
            <Button kind="danger" icon={icons.Delete} onClick={() => begin(setErasing)}>
              {t.erase}
            </Button>
          </div>
        </form>
        <div role="status">
          {hand.data !== undefined && <Note tone={hand.data ? "ok" : "calm"}>{hand.data ? t.handed : t.nothing}</Note>}
        </div>
        {hand.error !== undefined && <ProblemNote error={hand.error} />}
      </Card>
      {erasing && (
        <Erasing
          person={erasing}
          name={text.trim()}
          onClose={() => setErasing(undefined)}
          onBegun={() => setText("")}
        />
      )}
      <Receipts />
    </Page>
  );
}

/** Saves what is known about a person; false when it is nothing. */
async function handOver(person: Person): Promise<boolean> {
  const parts: Schemas["Export"][] = [];
  let cursor: string | null = null;
  do {
    const part: Schemas["Export"] = await ask(api.POST("/privacy/export", { body: { ...person, cursor } }));
    parts.push(part);
    cursor = part.next;
  } while (cursor);
  const whole = joined(parts);
  const found = Object.values(whole).some((list) => list.length > 0);
  if (found) saveFile(`uncino-export-${new Date().toISOString().slice(0, 10)}.json`, whole);
  return found;
}

interface ErasingProps {
  person: Person;
  /** As it was written. */
  name: string;
  onClose: () => void;
  onBegun: () => void;
}

function Erasing({ person, name, onClose, onBegun }: ErasingProps) {
  const { privacy: t } = useWords();
  const [shown] = useState(name);
  return (
    <Confirm
      title={t.ask(shown)}
      act={t.eraseAct}
      onClose={onClose}
      onConfirm={async () => {
        await ask(api.POST("/privacy/erase", { body: person }));
        onBegun();
        await queries.invalidate(keys.erasures());
        // What was shown of the person is not shown any more.
        for (const key of [keys.events(), keys.runs(), keys.contacts(), keys.outbox()]) queries.remove(key);
      }}
    >
      <ul class={style.points}>
        {t.points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </Confirm>
  );
}

/** The receipts, newest first. One that is not complete is looked at until it is. */
function Receipts() {
  const { words, format } = useSpeech();
  const { privacy: t } = words;
  const page = usePages<Erasure>(keys.erasures(), (cursor) =>
    ask(api.GET("/privacy/erasures", { params: { query: { cursor } } })),
  );
  const open = page.rows?.some(({ complete }) => !complete) ?? false;
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(page.again, PAUSE_MS);
    return () => clearInterval(timer);
  }, [open]);
  const columns: Column<Erasure>[] = [
    { key: "when", title: t.when, cell: ({ created_at }) => <Time at={created_at} full /> },
    {
      key: "found",
      title: t.found,
      wide: true,
      cell: (erasure) => {
        const found = PARTS.filter((part) => erasure.found[part].count > 0);
        return (
          <div>
            {t.kinds[erasure.kind] ?? erasure.kind}
            {found.map((part) => ` · ${t.parts[part]}: ${format.number(erasure.found[part].count)}`)}
            {erasure.complete && found.length === 0 && ` · ${t.none}`}
            {!erasure.complete && (
              <>
                {" "}
                <Badge tone="wait">{t.open}</Badge>
              </>
            )}
          </div>
        );
      },
    },
    {
      key: "save",
      title: t.receipt,
      cell: (erasure) => (
        <Button size="s" icon={icons.Down} disabled={!erasure.complete} onClick={() => saveReceipt(erasure)}>
          {t.save}
        </Button>
      ),
    },
  ];
  if (page.error) return <ProblemNote error={page.error} again={page.again} />;
  if (page.rows?.length === 0) return null;
  return (
    <Card title={t.receipts} flush>
      <p class={style.about}>{t.receiptsText}</p>
      <Table
        label={t.receipts}
        columns={columns}
        rows={page.rows}
        id={({ id }) => id}
        hasMore={page.hasMore}
        more={page.more}
        loadingMore={page.loadingMore}
      />
    </Card>
  );
}
