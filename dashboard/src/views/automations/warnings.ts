// What is doubtful about an automation, in the page's language. The API says it in English; the names that it mentions
// stand between backticks.

import type { Warning } from "../../api/client.ts";
import type { Words } from "../../i18n/index.tsx";

export function warningText(warning: Warning, words: Words["automations"]["warningTexts"]): string {
  const [name, near] = [...warning.message.matchAll(/`([^`]*)`/g)].map((match) => match[1]);
  switch (warning.code) {
    case "unknown_field":
      return name === undefined ? warning.message : words.unknownField(name, near);
    case "unknown_step":
      return name === undefined ? warning.message : words.unknownStep(name, near);
    case "hashed_field":
    case "unstored_field":
      return words.hidden(name ?? "");
    case "no_steps":
      return words.noSteps;
    default:
      return warning.message;
  }
}
