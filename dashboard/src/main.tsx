// Where the dashboard begins: the language and the session first, then the page.

import { render } from "preact";
import "./design/font.css";
import "./design/tokens.css";
import "./design/base.css";
import { App } from "./app.tsx";
import { LANGUAGES, preferredLanguage, SpeechProvider } from "./i18n/index.tsx";
import { begin } from "./session.ts";
import { applyTheme, chosenTheme } from "./theme.ts";

applyTheme(chosenTheme());
const language = preferredLanguage();
const [words] = await Promise.all([LANGUAGES[language].load(), begin()]);

const root = document.getElementById("app");
if (root) {
  render(
    <SpeechProvider first={{ language, words }}>
      <App />
    </SpeechProvider>,
    root,
  );
}
