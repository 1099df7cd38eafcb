// The room "overview".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Overview() {
  const { overview } = useWords();
  return <Page title={overview.title}>{null}</Page>;
}
