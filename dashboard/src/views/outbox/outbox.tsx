// The room "outbox".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Outbox() {
  const { outbox } = useWords();
  return <Page title={outbox.title}>{null}</Page>;
}
