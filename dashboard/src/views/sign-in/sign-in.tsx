// Signing in: with the token, once; what comes after is a cookie that no script can read.

import { useEffect, useState } from "preact/hooks";
import { ApiProblem } from "../../api/client.ts";
import { Mark } from "../../frame/mark.tsx";
import { useWords } from "../../i18n/index.tsx";
import { signIn } from "../../session.ts";
import { Button } from "../../ui/button.tsx";
import { Code } from "../../ui/code.tsx";
import { Field, Input } from "../../ui/field.tsx";
import { problemText } from "../../ui/states.tsx";
import style from "./sign-in.module.css";

export function SignIn() {
  const { signIn: words, problems } = useWords();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    document.title = words.title;
  }, [words]);
  const enter = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      await signIn(token.trim());
    } catch (error) {
      setFault(error instanceof ApiProblem && error.status === 401 ? words.wrong : problemText(error, problems));
      setBusy(false);
    }
  };
  return (
    <main class={style.room}>
      <form class={style.card} onSubmit={enter}>
        <Mark size={40} />
        <h1>{words.title}</h1>
        <Field label={words.token} hint={<Code>{words.tokenHint}</Code>} fault={fault}>
          {(wires) => (
            <Input
              {...wires}
              type="password"
              name="token"
              autocomplete="current-password"
              required
              value={token}
              onInput={setToken}
            />
          )}
        </Field>
        <Button kind="primary" type="submit" busy={busy}>
          {words.enter}
        </Button>
      </form>
    </main>
  );
}
