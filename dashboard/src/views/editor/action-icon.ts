// The icon of each action. One that is not known here, because the worker is newer, gets the general one.

import * as icons from "../../ui/icon.ts";

const ICONS: Record<string, icons.Icon> = {
  save_contact: icons.SaveContact,
  send_whatsapp: icons.WhatsApp,
  send_email: icons.Mail,
  http_request: icons.Http,
  wait: icons.Wait,
  filter: icons.Filter,
  stop: icons.Stop,
};

export const iconOf = (action: string): icons.Icon => ICONS[action] ?? icons.Automations;
