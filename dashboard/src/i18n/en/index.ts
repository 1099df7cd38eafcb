// English.

import { automations } from "./automations.ts";
import { common } from "./common.ts";
import { connections } from "./connections.ts";
import { contacts } from "./contacts.ts";
import { editor } from "./editor.ts";
import { events } from "./events.ts";
import { failures, notes } from "./failures.ts";
import { fields } from "./fields.ts";
import { outbox } from "./outbox.ts";
import { overview } from "./overview.ts";
import { privacy } from "./privacy.ts";
import { problems } from "./problems.ts";
import { refusals } from "./refusals.ts";
import { runs } from "./runs.ts";
import { signIn } from "./signIn.ts";
import { sources } from "./sources.ts";

export const en = {
  common,
  signIn,
  problems,
  overview,
  automations,
  editor,
  events,
  runs,
  failures,
  notes,
  fields,
  contacts,
  connections,
  outbox,
  sources,
  refusals,
  privacy,
};
