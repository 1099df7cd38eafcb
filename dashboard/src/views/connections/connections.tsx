// The room "connections".

import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";

export default function Connections() {
  const { connections } = useWords();
  return <Page title={connections.title}>{null}</Page>;
}
