// The room "contacts".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Contacts() {
  const { contacts } = useWords();
  return <Page title={contacts.title}>{null}</Page>;
}
