// The icons, by what they mean here. A view imports from here only, so that one thing looks the same everywhere.

export {
  IconAddressBook as Contacts,
  IconAlertTriangle as Attention,
  IconArrowDown as Down,
  IconArrowLeft as Back,
  IconArrowUp as Up,
  IconBolt as Automations,
  IconBrandWhatsapp as WhatsApp,
  IconCheck as Done,
  IconChevronDown as Open,
  IconChevronRight as Forward,
  IconClock as Wait,
  IconCopy as Copy,
  IconDotsVertical as More,
  IconExternalLink as External,
  IconFilter as Filter,
  IconGauge as Overview,
  IconGripVertical as Grip,
  IconHandStop as Stop,
  IconInbox as Events,
  IconLogout as SignOut,
  IconMail as Mail,
  IconMenu2 as Menu,
  IconMoon as Dark,
  IconPlayerPlay as Runs,
  IconPlug as Connections,
  IconPlus as Add,
  IconRefresh as Again,
  IconSearch as Search,
  IconSend as Outbox,
  IconSettings as Settings,
  IconSun as Light,
  IconTrash as Delete,
  IconUserPlus as SaveContact,
  IconWorld as Http,
  IconX as Close,
} from "@tabler/icons-preact";

import type { Icon as TablerIcon } from "@tabler/icons-preact";

export type Icon = TablerIcon;
