// The room "runs".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Runs() {
  const { runs } = useWords();
  return <Page title={runs.title}>{null}</Page>;
}
