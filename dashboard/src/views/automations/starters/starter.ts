// What a starter is: an everyday automation that is complete from its first minute, with its texts and the payload that
// tries it out, once a language.
// It holds no words of the page around it, and makes nothing: `first-run` shows it and creates it.

import type { StepInput } from "../../../api/client.ts";
import type { Language } from "../../../i18n/index.tsx";

export interface StarterText {
  /** What it is for, on its card. */
  title: string;
  summary: string;
  /** The name that the automation gets. */
  name: string;
  /** What the source might send: every field that a step mentions is in it. */
  sample: Record<string, unknown>;
  /** Who gets the e-mail to the team, until somebody says otherwise; only where a step writes to the team. */
  team?: string;
  steps: (team: string) => StepInput[];
}

export interface Starter {
  id: "welcome" | "order" | "booking" | "status";
  in: Record<Language, StarterText>;
}
