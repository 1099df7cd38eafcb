// The room "run".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Run() {
  const { runs } = useWords();
  return <Page title={runs.title}>{null}</Page>;
}
