// The draft beside what the server holds. A refetch never touches what is being written: when the server's automation
// moved meanwhile, that is said, and the person decides.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Automation, api, ask } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { queries } from "../../api/query.ts";
import { type Draft, draftOf, sameDraft, stepInput } from "./draft.ts";

export interface Editing {
  draft: Draft;
  set: (change: (draft: Draft) => Draft) => void;
  dirty: boolean;
  /** What the server holds by now, when somebody else changed it. */
  moved: Automation | undefined;
  /** Gives up what was written, for what the server holds. */
  reset: () => void;
  /** Goes on with what was written, over what somebody else saved. */
  keep: () => void;
  /** Undefined when somebody else had saved in between: then nothing is, and `moved` says so. @throws {ApiProblem} */
  save: () => Promise<Automation | undefined>;
}

export function useEditing(automation: Automation): Editing {
  const [base, setBase] = useState(() => draftOf(automation));
  const [draft, setDraft] = useState(base);
  const [moved, setMoved] = useState<Automation>();
  const latest = useRef(draft);
  latest.current = draft;
  const dirty = !sameDraft(draft, base);
  // What a slower answer says of an older revision is no news.
  const seen = useRef(automation.revision);
  useEffect(() => {
    if (automation.revision < seen.current) return;
    seen.current = automation.revision;
    const held = draftOf(automation);
    // A new name or a switch makes a revision too, and changes nothing here.
    if (sameDraft(held, base)) return setMoved(undefined);
    if (sameDraft(latest.current, base) || sameDraft(latest.current, held)) {
      setBase(held);
      setDraft(held);
      setMoved(undefined);
    } else setMoved(automation);
  }, [automation, base]);
  const adopt = (held: Draft) => {
    setBase(held);
    setMoved(undefined);
  };
  const save = async (): Promise<Automation | undefined> => {
    const sent = latest.current;
    const params = { path: { id: automation.id } };
    // A PUT replaces whatever is there. So it is looked at first: the name is changed elsewhere, and perhaps the steps.
    const now = await ask(api.GET("/automations/{id}", { params }));
    const held = draftOf(now);
    if (!sameDraft(held, base) && !sameDraft(held, sent)) {
      seen.current = now.revision;
      queries.set(keys.automation(now.id), now);
      setMoved(now);
      return undefined;
    }
    const saved = await ask(
      api.PUT("/automations/{id}", {
        params,
        body: { name: now.name, condition: sent.condition, steps: sent.steps.map(stepInput) },
      }),
    );
    return took(saved, sent);
  };
  const took = (saved: Automation, sent: Draft): Automation => {
    const held = draftOf(saved);
    seen.current = saved.revision;
    adopt(held);
    if (sameDraft(latest.current, sent)) setDraft(held);
    queries.set(keys.automation(saved.id), saved);
    void queries.invalidate(keys.automations());
    return saved;
  };
  return {
    draft,
    set: (change) => setDraft(change),
    dirty,
    moved,
    reset: () => {
      const held = moved ? draftOf(moved) : base;
      adopt(held);
      setDraft(held);
    },
    keep: () => {
      if (moved) adopt(draftOf(moved));
    },
    save,
  };
}
