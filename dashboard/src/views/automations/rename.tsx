// Renaming in place: Enter saves, Escape gives up.

import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../../i18n/index.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Input } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { problemText } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import style from "./automation.module.css";

export function RenameButton({ onClick }: { onClick: () => void }) {
  const { automations: words } = useWords();
  return <IconButton icon={icons.Edit} size="s" label={words.rename} onClick={onClick} />;
}

interface NameFieldProps {
  name: string;
  onSave: (name: string) => Promise<void>;
  onCancel: () => void;
}

export function NameField({ name, onSave, onCancel }: NameFieldProps) {
  const { automations: words, common, problems } = useWords();
  const [value, setValue] = useState(name);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.select(), []);
  const save = async () => {
    const given = value.trim();
    if (given === name || given === "") return onCancel();
    setBusy(true);
    try {
      await onSave(given);
    } catch (error) {
      toast(problemText(error, problems));
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      class={style.rename}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <Input aria-label={words.name} value={value} onInput={setValue} maxLength={100} />
      <Button type="submit" kind="primary" busy={busy}>
        {common.save}
      </Button>
      <Button onClick={onCancel}>{common.cancel}</Button>
    </form>
  );
}
