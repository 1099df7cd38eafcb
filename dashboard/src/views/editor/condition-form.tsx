// A condition as rows: a field, a comparison, a value; joined by "all" or "any", and groups within groups.

import { useId } from "preact/hooks";
import type { Condition } from "../../api/client.ts";
import { useWords } from "../../i18n/index.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Input, Select } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import {
  asGroup,
  childrenOf,
  emitted,
  type Group,
  joinOf,
  OPS,
  type Op,
  type Test,
  takesValue,
  withChildren,
} from "./condition.ts";
import { useOffers } from "./fields-context.tsx";
import style from "./forms.module.css";

interface ConditionFormProps {
  value: unknown;
  onChange: (condition: Condition) => void;
  fault: (below: string) => string | undefined;
}

export function ConditionForm({ value, onChange, fault }: ConditionFormProps) {
  const listId = useId();
  const offers = useOffers();
  return (
    <div class={style.condition}>
      <datalist id={listId}>
        {offers.all
          .filter(({ group }) => group === "payload")
          .map(({ name, sample }) => (
            <option key={name} value={name} label={sample || undefined} />
          ))}
      </datalist>
      <GroupForm group={asGroup(value)} depth={1} listId={listId} onChange={(group) => onChange(emitted(group))} />
      {fault("") && <p class={style.fault}>{fault("")}</p>}
    </div>
  );
}

/** How deep groups nest in the form; the API takes more, nobody reads them. */
const DEEPEST = 3;

interface GroupFormProps {
  group: Group;
  depth: number;
  listId: string;
  onChange: (group: Group) => void;
  onRemove?: () => void;
}

function GroupForm({ group, depth, listId, onChange, onRemove }: GroupFormProps) {
  const { editor: words } = useWords();
  const parts = childrenOf(group);
  const set = (next: Condition[]) => onChange(withChildren(group, joinOf(group), next));
  const replace = (index: number, part: Condition) => set(parts.map((before, at) => (at === index ? part : before)));
  const remove = (index: number) => set(parts.filter((_, at) => at !== index));
  return (
    <div class={depth > 1 ? style.nested : style.flat}>
      {(parts.length > 1 || onRemove) && (
        <div class={style.joined}>
          <Select
            aria-label={words.joined}
            value={joinOf(group)}
            onChange={(join) => onChange(withChildren(group, join as "all" | "any", parts))}
            options={[
              { value: "all", label: words.joins.all },
              { value: "any", label: words.joins.any },
            ]}
          />
          {onRemove && <IconButton icon={icons.Close} size="s" label={words.removeGroup} onClick={onRemove} />}
        </div>
      )}
      {parts.map((part, index) =>
        "field" in part ? (
          <TestForm
            key={index}
            test={part}
            listId={listId}
            onChange={(test) => replace(index, test)}
            onRemove={parts.length > 1 || onRemove ? () => remove(index) : undefined}
          />
        ) : (
          <GroupForm
            key={index}
            group={part}
            depth={depth + 1}
            listId={listId}
            onChange={(next) => replace(index, next)}
            onRemove={() => remove(index)}
          />
        ),
      )}
      <div class={style.adders}>
        <Button
          size="s"
          kind="quiet"
          icon={icons.Add}
          onClick={() => set([...parts, { field: "", op: "equals", value: "" }])}
        >
          {words.addTest}
        </Button>
        {depth < DEEPEST && parts.length > 0 && (
          <Button
            size="s"
            kind="quiet"
            onClick={() => set([...parts, { any: [{ field: "", op: "equals", value: "" }] }])}
          >
            {words.addGroup}
          </Button>
        )}
      </div>
    </div>
  );
}

interface TestFormProps {
  test: Test;
  listId: string;
  onChange: (test: Test) => void;
  onRemove?: () => void;
}

function TestForm({ test, listId, onChange, onRemove }: TestFormProps) {
  const { editor: words } = useWords();
  const offers = useOffers();
  const text = Array.isArray(test.value) ? test.value.join(", ") : test.value == null ? "" : String(test.value);
  const samples = offers.find(test.field)?.field?.samples ?? [];
  const setOp = (op: Op) => {
    const { value: _, ...rest } = test;
    onChange(takesValue(op) ? { ...rest, op, value: op === "in" ? listOf(text) : text } : { ...rest, op });
  };
  return (
    <div class={style.test}>
      <Input
        aria-label={words.field}
        list={listId}
        placeholder={words.field}
        value={test.field}
        onInput={(field) => onChange({ ...test, field })}
      />
      <Select
        aria-label={words.comparison}
        value={test.op}
        onChange={(op) => setOp(op as Op)}
        options={OPS.map((op) => ({ value: op, label: words.ops[op] }))}
      />
      {takesValue(test.op) ? (
        <Input
          aria-label={words.value}
          placeholder={test.op === "in" ? words.listExample : (samples[0] ?? words.value)}
          value={text}
          onInput={(value) => onChange({ ...test, value: test.op === "in" ? listOf(value) : value })}
        />
      ) : (
        <span />
      )}
      {onRemove && <IconButton icon={icons.Close} size="s" label={words.removeTest} onClick={onRemove} />}
    </div>
  );
}

const listOf = (text: string): string[] => text.split(",").map((item) => item.trimStart());
