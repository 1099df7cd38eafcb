// The room "event".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Event() {
  const { events } = useWords();
  return <Page title={events.title}>{null}</Page>;
}
