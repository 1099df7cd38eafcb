// What can be done with a field: say what it is about, hide its values, forget it.

import { useState } from "preact/hooks";
import { api, ask, type Field, type Schemas } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { queries } from "../../../api/query.ts";
import { useWords } from "../../../i18n/index.tsx";
import { IconButton } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Select } from "../../../ui/field.tsx";
import * as icons from "../../../ui/icon.ts";
import { problemText } from "../../../ui/states.tsx";
import { visible } from "../../../ui/stranger.tsx";
import { toast } from "../../../ui/toast.tsx";
import style from "./fields.module.css";

/** The meanings, in the order of how often a person looks for them. */
const MEANINGS: NonNullable<Field["meaning"]>[] = [
  "name",
  "phone",
  "email",
  "date",
  "datetime",
  "money",
  "id",
  "url",
  "country",
];

interface ActsProps {
  sourceId: string;
  field: Field;
}

function useFieldChange({ sourceId, field }: ActsProps) {
  const params = { path: { id: sourceId }, query: { path: field.path } };
  const again = () => queries.invalidate(keys.fields(sourceId));
  return {
    change: async (body: Schemas["FieldChange"]) => {
      await ask(api.PATCH("/sources/{id}/fields", { params, body }));
      await again();
    },
    forget: async () => {
      await ask(api.DELETE("/sources/{id}/fields", { params }));
      await again();
      void queries.invalidate(keys.automations());
    },
  };
}

export function MeaningSelect(props: ActsProps) {
  const { fields: words, problems } = useWords();
  const { field } = props;
  const { change } = useFieldChange(props);
  // What was chosen shows at once, and what the server says afterwards wins.
  const [chosen, setChosen] = useState<string>();
  const choose = async (value: string) => {
    setChosen(value);
    try {
      await change({ meaning: MEANINGS.find((meaning) => meaning === value) ?? null });
    } catch (error) {
      toast(problemText(error, problems));
    }
    setChosen(undefined);
  };
  return (
    <Select
      class={style.meaning}
      aria-label={words.meaningOf(visible(field.path))}
      value={chosen ?? field.meaning ?? ""}
      onChange={(value) => void choose(value)}
      options={[
        { value: "", label: words.noMeaning },
        ...MEANINGS.map((meaning) => ({ value: meaning, label: words.meanings[meaning] })),
      ]}
    />
  );
}

export function FieldActs(props: ActsProps) {
  const { fields: words, problems } = useWords();
  const { field } = props;
  const { change, forget } = useFieldChange(props);
  const [asking, setAsking] = useState<"mask" | "forget">();
  const close = () => setAsking(undefined);
  const name = visible(field.path);
  const show = async () => {
    try {
      await change({ meaning: field.meaning, masked: false });
      toast(words.shownAgain);
    } catch (error) {
      toast(problemText(error, problems));
    }
  };
  return (
    <div class={style.acts}>
      <IconButton
        size="s"
        icon={field.masked ? icons.Show : icons.Hide}
        label={field.masked ? words.show(name) : words.hide(name)}
        onClick={() => (field.masked ? void show() : setAsking("mask"))}
      />
      <IconButton size="s" icon={icons.Delete} label={words.forget(name)} onClick={() => setAsking("forget")} />
      {asking === "mask" && (
        <Confirm
          title={words.mask.title(name)}
          act={words.mask.act}
          danger={false}
          onClose={close}
          onConfirm={() => change({ meaning: field.meaning, masked: true })}
        >
          <p>{words.mask.text}</p>
        </Confirm>
      )}
      {asking === "forget" && (
        <Confirm title={words.forgetting.title(name)} act={words.forgetting.act} onClose={close} onConfirm={forget}>
          <p>{words.forgetting.text}</p>
        </Confirm>
      )}
    </div>
  );
}
