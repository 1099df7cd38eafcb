// One contact, to be looked at, corrected and deleted. Only what was changed is sent.

import { useEffect, useState } from "preact/hooks";
import { ApiProblem, api, ask, type Contact as ContactType } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { queries, useMutation, useQuery } from "../../api/query.ts";
import { route } from "../../frame/router.tsx";
import { useWords } from "../../i18n/index.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { Field, Input } from "../../ui/field.tsx";
import * as icons from "../../ui/icon.ts";
import { Card, Page } from "../../ui/page.tsx";
import { ProblemNote, Skeleton, valueFault } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import style from "./contacts.module.css";
import { changeOf, type Draft, draftOf } from "./draft.ts";

export default function Contact({ id }: { id: string }) {
  const { contacts: t, common } = useWords();
  const [deleting, setDeleting] = useState(false);
  const contact = useQuery({
    key: keys.contact(id),
    read: () => ask(api.GET("/contacts/{id}", { params: { path: { id } } })),
    // An edit under way is not pulled from under the person's hands.
    fresh_ms: Number.POSITIVE_INFINITY,
  });
  const up = { href: "/contacts", label: t.title };
  return (
    <Page
      title={contact.data?.name || t.one}
      up={up}
      width="text"
      acts={
        contact.data && (
          <Button kind="danger" icon={icons.Delete} onClick={() => setDeleting(true)}>
            {common.delete}
          </Button>
        )
      }
    >
      {contact.error ? (
        <ProblemNote error={contact.error} again={() => void contact.again()} />
      ) : contact.data ? (
        <ContactForm key={contact.data.updated_at} contact={contact.data} />
      ) : (
        <Card>
          <Skeleton lines={6} height="2.5rem" />
        </Card>
      )}
      {deleting && (
        <Confirm
          title={t.deleteTitle}
          act={common.delete}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await ask(api.DELETE("/contacts/{id}", { params: { path: { id } } }));
            route("/contacts");
            queries.remove(keys.contact(id));
            await queries.invalidate(keys.contacts());
            toast(t.deleted);
          }}
        >
          <p>{t.deleteText}</p>
        </Confirm>
      )}
    </Page>
  );
}

function ContactForm({ contact }: { contact: ContactType }) {
  const { contacts: t, common, problems } = useWords();
  const [draft, setDraft] = useState<Draft>(() => draftOf(contact));
  const change = changeOf(contact, draft);
  const dirty = Object.keys(change).length > 0;
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [dirty]);
  const save = useMutation({
    act: () => ask(api.PATCH("/contacts/{id}", { params: { path: { id: contact.id } }, body: change })),
    onDone: (saved) => {
      queries.set(keys.contact(contact.id), saved);
      void queries.invalidate(keys.contacts());
      toast(t.saved);
    },
  });
  const faults = save.error instanceof ApiProblem ? save.error.faults : [];
  const faultOf = (path: string) => {
    const fault = faults.find((one) => one.path === path);
    return fault && valueFault(fault, problems);
  };
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const setProperty = (at: number, part: Partial<Draft["properties"][number]>) =>
    set({ properties: draft.properties.map((one, index) => (index === at ? { ...one, ...part } : one)) });
  return (
    <form
      class={style.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.run();
      }}
    >
      <Card>
        <div class={style.fields}>
          <Field label={t.name} fault={faultOf("name")}>
            {(wires) => <Input {...wires} value={draft.name} onInput={(name) => set({ name })} />}
          </Field>
          <Field label={t.phone} fault={faultOf("phone")}>
            {(wires) => <Input {...wires} type="tel" value={draft.phone} onInput={(phone) => set({ phone })} />}
          </Field>
          <Field label={t.email} fault={faultOf("email")}>
            {(wires) => <Input {...wires} type="email" value={draft.email} onInput={(email) => set({ email })} />}
          </Field>
          <Field label={t.tags} hint={t.tagsHint} fault={faultOf("tags")}>
            {(wires) => <Input {...wires} value={draft.tags} onInput={(tags) => set({ tags })} />}
          </Field>
        </div>
      </Card>
      <Card title={t.properties}>
        <ul class={style.properties}>
          {draft.properties.map((property, index) => (
            <li key={property.key}>
              <Input
                aria-label={t.property}
                placeholder={t.property}
                value={property.name}
                onInput={(name) => setProperty(index, { name })}
              />
              <Input
                aria-label={property.name || t.value}
                placeholder={t.value}
                value={property.text}
                onInput={(text) => setProperty(index, { text })}
              />
              <IconButton
                icon={icons.Close}
                label={t.removeProperty(property.name)}
                onClick={() => set({ properties: draft.properties.filter((_, at) => at !== index) })}
              />
            </li>
          ))}
        </ul>
        <Button
          size="s"
          icon={icons.Add}
          onClick={() =>
            set({
              properties: [...draft.properties, { key: crypto.randomUUID(), name: "", text: "", kept: undefined }],
            })
          }
        >
          {t.addProperty}
        </Button>
      </Card>
      {save.error && faults.every((fault) => !["name", "phone", "email", "tags"].includes(fault.path)) && (
        <ProblemNote error={save.error} />
      )}
      <div class={style.foot}>
        <span class={style.soft}>
          {t.created} <Time at={contact.created_at} /> · {t.updated} <Time at={contact.updated_at} />
        </span>
        <Button kind="primary" type="submit" busy={save.busy} disabled={!dirty}>
          {save.busy ? common.saving : common.save}
        </Button>
      </div>
    </form>
  );
}
