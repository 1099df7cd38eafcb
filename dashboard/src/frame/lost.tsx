// Where nothing is, and where something broke.

import { Component, type ComponentChildren } from "preact";
import { useWords } from "../i18n/index.tsx";
import { Button, LinkButton } from "../ui/button.tsx";
import * as icons from "../ui/icon.ts";
import { Page } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";

export function NotFound() {
  const { common } = useWords();
  return (
    <Page title={common.notFound.title}>
      <Empty
        icon={icons.Search}
        title={common.notFound.title}
        act={<LinkButton href="/">{common.notFound.home}</LinkButton>}
      >
        {common.notFound.text}
      </Empty>
    </Page>
  );
}

function Apology() {
  const { common } = useWords();
  return (
    <Page title={common.broken.title}>
      <Empty
        icon={icons.Attention}
        title={common.broken.title}
        act={
          <Button kind="primary" icon={icons.Again} onClick={() => location.reload()}>
            {common.broken.reload}
          </Button>
        }
      >
        {common.broken.text}
      </Empty>
    </Page>
  );
}

/** Keeps a fault of one view from taking the whole page with it. */
export class Broken extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render() {
    return this.state.error === undefined ? this.props.children : <Apology />;
  }
}
