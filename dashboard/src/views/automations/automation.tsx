// The room "automation".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Automation() {
  const { automations } = useWords();
  return <Page title={automations.title}>{null}</Page>;
}
