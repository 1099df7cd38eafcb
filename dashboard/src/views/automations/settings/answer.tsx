// What the visitor of a plain HTML form sees after sending it. Programs always get JSON.

import { useState } from "preact/hooks";
import type { Source } from "../../../api/client.ts";
import { formAnswerInputModeValues } from "../../../api/schema.ts";
import { useWords } from "../../../i18n/index.tsx";
import { Field, Input, Select, TextArea } from "../../../ui/field.tsx";
import { Setting } from "./setting.tsx";

export function Answer({ source }: { source: Source }) {
  const { answer } = useWords().sources;
  const now = source.response;
  const [mode, setMode] = useState(now.mode);
  const [text, setText] = useState(now.text ?? "");
  const [url, setUrl] = useState(now.url ?? "");
  const response = {
    mode,
    ...(mode === "page" && text.trim() ? { text: text.trim() } : {}),
    ...(mode === "redirect" ? { url: url.trim() } : {}),
  };
  const same =
    mode === now.mode && (response.text ?? "") === (now.text ?? "") && (response.url ?? "") === (now.url ?? "");
  const missing = mode === "redirect" && !/^https?:\/\/\S+$/.test(url.trim());
  return (
    <Setting
      source={source}
      title={answer.title}
      text={answer.text}
      change={same || missing ? undefined : { response }}
    >
      <Field label={answer.mode}>
        {(wires) => (
          <Select
            {...wires}
            value={mode}
            onChange={(value) => setMode(formAnswerInputModeValues.find((one) => one === value) ?? mode)}
            options={formAnswerInputModeValues.map((value) => ({ value, label: answer.modes[value] }))}
          />
        )}
      </Field>
      {mode === "page" && (
        <Field label={answer.pageText} hint={answer.pageHint} optional>
          {(wires) => <TextArea {...wires} value={text} onInput={setText} rows={3} />}
        </Field>
      )}
      {mode === "redirect" && (
        <Field label={answer.url} hint={answer.urlHint}>
          {(wires) => (
            <Input {...wires} type="url" value={url} onInput={setUrl} placeholder="https://www.example.com/grazie" />
          )}
        </Field>
      )}
    </Setting>
  );
}
