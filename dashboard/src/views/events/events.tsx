// The room "events".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Events() {
  const { events } = useWords();
  return <Page title={events.title}>{null}</Page>;
}
