// One automation: its name, whether it is on, and its tabs. What stands in a tab is the tab's own file; the steps and
// the activity are rooms of their own, loaded when they are entered.

import { useState } from "preact/hooks";
import { ApiProblem, api, ask, type Automation as One } from "../../api/client.ts";
import { keys, useAutomation } from "../../api/queries.ts";
import { queries } from "../../api/query.ts";
import { NotFound } from "../../frame/lost.tsx";
import { useWords } from "../../i18n/index.tsx";
import { Page } from "../../ui/page.tsx";
import { ProblemNote, Skeleton } from "../../ui/states.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { toast } from "../../ui/toast.tsx";
import Editor from "../editor/editor.tsx";
import Activity from "../events/activity.tsx";
import style from "./automation.module.css";
import { Connect } from "./connect/connect.tsx";
import { EnabledSwitch } from "./enabled-switch.tsx";
import { Fields } from "./fields/fields.tsx";
import { NameField, RenameButton } from "./rename.tsx";
import { Settings } from "./settings/settings.tsx";

const TABS = {
  connect: { path: "", Content: Connect },
  steps: { path: "/steps", Content: Editor },
  fields: { path: "/fields", Content: Fields },
  activity: { path: "/activity", Content: Activity },
  settings: { path: "/settings", Content: Settings },
} as const;
type Tab = keyof typeof TABS;

const isTab = (name: string): name is Tab => Object.hasOwn(TABS, name);

export default function Automation({ id, tab = "connect" }: { id: string; tab?: string }) {
  const { data: automation, error, again } = useAutomation(id);
  if (!isTab(tab) || (error instanceof ApiProblem && error.status === 404)) return <NotFound />;
  // Another automation begins anew, with no name half typed.
  if (automation) return <Whole key={id} automation={automation} tab={tab} />;
  return <Coming id={id} error={error} again={() => void again()} />;
}

function TabsOf({ id, automation }: { id: string; automation?: One }) {
  const { automations: words } = useWords();
  return (
    <Tabs
      label={words.tabsLabel}
      tabs={Object.entries(TABS).map(([name, { path }]) => ({
        href: `/automations/${id}${path}`,
        label: words.tabs[name as Tab],
        count: name === "steps" ? automation?.steps.length : undefined,
      }))}
    />
  );
}

function Coming({ id, error, again }: { id: string; error: unknown; again: () => void }) {
  const { automations: words, common } = useWords();
  return (
    <Page
      title={error ? words.title : common.loading}
      heading={error ? undefined : <span class={style.waiting} aria-hidden="true" />}
      up={{ href: "/automations", label: words.title }}
      tabs={<TabsOf id={id} />}
    >
      {error ? <ProblemNote error={error} again={again} /> : <Skeleton lines={4} height="2rem" />}
    </Page>
  );
}

function Whole({ automation, tab }: { automation: One; tab: Tab }) {
  const { automations: words } = useWords();
  const [renaming, setRenaming] = useState(false);
  const { Content } = TABS[tab];
  const rename = async (name: string) => {
    const path = { id: automation.id };
    // The newest plan with another name: what somebody else saved meanwhile stays.
    const { condition, steps } = await ask(api.GET("/automations/{id}", { params: { path } }));
    const saved = await ask(api.PUT("/automations/{id}", { params: { path }, body: { name, condition, steps } }));
    queries.set(keys.automation(saved.id), saved);
    void queries.invalidate(keys.automations());
    toast(words.renamed);
    setRenaming(false);
  };
  return (
    <Page
      title={automation.name}
      heading={
        renaming ? (
          <NameField name={automation.name} onSave={rename} onCancel={() => setRenaming(false)} />
        ) : (
          <bdi>{automation.name}</bdi>
        )
      }
      beside={!renaming && <RenameButton onClick={() => setRenaming(true)} />}
      up={{ href: "/automations", label: words.title }}
      acts={<EnabledSwitch automation={automation} />}
      tabs={<TabsOf id={automation.id} automation={automation} />}
    >
      <Content automation={automation} />
    </Page>
  );
}
