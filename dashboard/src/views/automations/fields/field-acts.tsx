// What can be done with a field: say what it is about, say what is stored of its values, forget it.

import { useState } from "preact/hooks";
import { api, ask, type Field, type Schemas } from "../../../api/client.ts";
import { keys } from "../../../api/queries.ts";
import { queries } from "../../../api/query.ts";
import { fieldChangeStorageValues } from "../../../api/schema.ts";
import { useWords } from "../../../i18n/index.tsx";
import { IconButton } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Select } from "../../../ui/field.tsx";
import * as icons from "../../../ui/icon.ts";
import { problemText } from "../../../ui/states.tsx";
import { visible } from "../../../ui/stranger.tsx";
import { toast } from "../../../ui/toast.tsx";
import style from "./fields.module.css";

type Storage = Field["storage"];

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

/** Hidden samples are an older way to say nearly the same as a mask. */
export const storageOf = ({ storage, masked }: Field): Storage => (masked && storage === "show" ? "mask" : storage);

/** What is stored of a field's values from now on. What cannot be taken back is said before. */
export function StorageSelect(props: ActsProps) {
  const { fields: words } = useWords();
  const { field } = props;
  const { change } = useFieldChange(props);
  const [wanted, setWanted] = useState<Storage>();
  const now = storageOf(field);
  const name = visible(field.path);
  return (
    <>
      <Select
        class={style.meaning}
        aria-label={words.storageOf(name)}
        value={wanted ?? now}
        onChange={(value) => setWanted(fieldChangeStorageValues.find((one) => one === value && one !== now))}
        options={fieldChangeStorageValues.map((value) => ({ value, label: words.storage[value].name }))}
      />
      {wanted && (
        <Confirm
          title={words.storage[wanted].ask(name)}
          act={words.storage[wanted].act}
          danger={wanted === "hash" || wanted === "none"}
          onClose={() => setWanted(undefined)}
          onConfirm={async () => {
            await change({ storage: wanted, ...(field.masked ? { masked: false } : {}) });
            toast(words.stored);
          }}
        >
          <p>{words.storage[wanted].text}</p>
          <p>{words.storedBefore}</p>
        </Confirm>
      )}
    </>
  );
}

export function FieldActs(props: ActsProps) {
  const { fields: words } = useWords();
  const { field } = props;
  const { forget } = useFieldChange(props);
  const [asking, setAsking] = useState(false);
  const name = visible(field.path);
  return (
    <div class={style.acts}>
      <IconButton size="s" icon={icons.Delete} label={words.forget(name)} onClick={() => setAsking(true)} />
      {asking && (
        <Confirm
          title={words.forgetting.title(name)}
          act={words.forgetting.act}
          onClose={() => setAsking(false)}
          onConfirm={forget}
        >
          <p>{words.forgetting.text}</p>
        </Confirm>
      )}
    </div>
  );
}
