// Always at the foot of the editor: whether all is saved, and how to save it. On a narrow window also the way between the
// steps and their preview.

import { useWords } from "../../i18n/index.tsx";
import { Button } from "../../ui/button.tsx";
import * as icons from "../../ui/icon.ts";
import style from "./save-bar.module.css";

interface SaveBarProps {
  dirty: boolean;
  saving: boolean;
  revision: number;
  showing: "steps" | "preview";
  onShow: (what: "steps" | "preview") => void;
  onSave: () => void;
  onReset: () => void;
}

export function SaveBar({ dirty, saving, revision, showing, onShow, onSave, onReset }: SaveBarProps) {
  const { editor: words, common } = useWords();
  const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  return (
    <div class={style.bar}>
      <span class={style.toggle}>
        <Button
          size="s"
          icon={showing === "steps" ? icons.Show : icons.Edit}
          onClick={() => onShow(showing === "steps" ? "preview" : "steps")}
        >
          {showing === "steps" ? words.preview.title : words.steps}
        </Button>
      </span>
      <p class={style.state} role="status">
        {dirty && <span class={style.dot} aria-hidden="true" />}
        {dirty ? words.unsaved : words.allSaved(revision)}
      </p>
      {dirty && (
        <Button size="s" kind="quiet" onClick={onReset}>
          {words.discard}
        </Button>
      )}
      <Button
        kind="primary"
        busy={saving}
        aria-disabled={!dirty || undefined}
        aria-keyshortcuts={mac ? "Meta+S" : "Control+S"}
        title={mac ? "⌘S" : "Ctrl+S"}
        onClick={() => dirty && onSave()}
      >
        {saving ? common.saving : common.save}
      </Button>
    </div>
  );
}
