//! The few pages that people see: a form's visitor, somebody who opens an inbound address, the deployer in place of
//! the dashboard. In Italian and in English, small, without a script.
//!
//! They hold no data of anybody: only the operator's own text and the deployer's own settings, both escaped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::language::{Language, Text};
use super::message::{Request, Response};
use super::problem;
use crate::app::App;
use crate::domain::problem::{Kind, Problem};

/// The one style of all pages. A browser takes it because its hash stands in the policy.
const STYLE: &str = include_str!("pages.css");

/// What a page shows above its words.
#[derive(Clone, Copy)]
enum Sign {
    Done,
    Hook,
    Attention,
}

impl Sign {
    const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Hook => "hook",
            Self::Attention => "attention",
        }
    }

    /// The strokes of a drawing of 24 by 24.
    const fn path(self) -> &'static str {
        match self {
            Self::Done => "M5 12.5l4.5 4.5L19 7.5",
            Self::Hook => "M15 7v8a4.5 4.5 0 0 1-9 0v-1.5M15 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5",
            Self::Attention => "M12 5v8.5M12 18.5v.5",
        }
    }
}

/// Text as HTML.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

fn page(language: Language, status: u16, sign: Sign, title: &str, html: &str) -> Response {
    let body = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main class=\"{class}\">\n\
         <svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>\n\
         <h1>{title}</h1>\n{html}\n</main>\n</body>\n</html>\n",
        lang = language.tag(),
        title = escaped(title),
        class = sign.class(),
        path = sign.path(),
    );
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(STYLE.as_bytes()))
    );
    Response::new(status, "text/html; charset=utf-8", body)
        .with("content-security-policy", policy)
        .with("x-content-type-options", "nosniff")
        .with("x-frame-options", "DENY")
        .with("referrer-policy", "no-referrer")
        .with("cache-control", "no-store")
        .with("content-language", language.tag())
        .with("vary", "accept, accept-language")
}

fn paragraphs(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("<p>{}</p>", escaped(text))).collect::<Vec<_>>().join("\n")
}

/// What an inbound address is for, to somebody who opens it.
pub fn what_this_is(request: &Request) -> Response {
    const TITLE: Text = Text { it: "Questo indirizzo riceve dati", en: "This address receives data" };
    const WHAT: Text = Text {
        it: "Non è una pagina da visitare: qui un modulo, un sito o un'applicazione invia i propri dati con una richiesta POST.",
        en: "It is not a page to visit: a form, a website or an app sends its data here with a POST request.",
    };
    const NEXT: Text = Text {
        it: "Aprirlo nel browser non ha effetti. Se l'indirizzo è tuo, incollalo nel servizio da cui vuoi ricevere i dati.",
        en: "Opening it in a browser does nothing. If the address is yours, paste it into the service that should send to you.",
    };
    let language = Language::of(request);
    let body = paragraphs(&[WHAT.of(language), NEXT.of(language)]);
    page(language, problem::status(Kind::MethodNotAllowed), Sign::Hook, TITLE.of(language), &body)
}

/// Thanks for a form, in the operator's words where there are some.
pub fn thanks(request: &Request, status: u16, text: Option<&str>) -> Response {
    const TITLE: Text = Text { it: "Grazie!", en: "Thank you!" };
    const RECEIVED: Text = Text {
        it: "Abbiamo ricevuto i tuoi dati. Ora puoi chiudere questa pagina.",
        en: "We have received your details. You can close this page now.",
    };
    let language = Language::of(request);
    let own = text.map(str::trim).filter(|text| !text.is_empty());
    page(language, status, Sign::Done, TITLE.of(language), &paragraphs(&[own.unwrap_or(RECEIVED.of(language))]))
}

/// A form that was not accepted: to its visitor, who can mend little, and with the code for whoever runs the site.
pub fn refused(request: &Request, problem: &Problem) -> Response {
    let language = Language::of(request);
    let (title, text) = refusal(problem.kind);
    let code = escaped(problem.code);
    let body = format!("{}\n<p class=\"code\"><code>{code}</code></p>", paragraphs(&[text.of(language)]));
    let response = page(language, problem::status(problem.kind), Sign::Attention, title.of(language), &body);
    match problem.retry_after_s {
        Some(seconds) => response.with("retry-after", seconds.to_string()),
        None => response,
    }
}

const fn refusal(kind: Kind) -> (Text, Text) {
    match kind {
        Kind::NotFound | Kind::Gone | Kind::MethodNotAllowed => (
            Text { it: "Questo modulo non è più collegato", en: "This form is no longer connected" },
            Text {
                it: "I tuoi dati non sono stati inviati. Chi gestisce il sito deve aggiornare l'indirizzo del modulo.",
                en: "Your details were not sent. Whoever runs this website needs to update the form's address.",
            },
        ),
        Kind::Unauthorized | Kind::Forbidden => (
            Text { it: "Questo modulo non è autorizzato", en: "This form is not allowed" },
            Text {
                it: "I tuoi dati non sono stati inviati, perché da qui non si possono ricevere. Avvisa chi gestisce il sito.",
                en: "Your details were not sent, because they cannot be received from here. Please tell whoever runs this website.",
            },
        ),
        Kind::TooLarge => (
            Text { it: "I dati sono troppi", en: "That is too much data" },
            Text {
                it: "Il modulo supera il limite di 1 MB e non è stato inviato. Torna indietro, togli o riduci gli allegati e riprova.",
                en: "The form is over the limit of 1 MB and was not sent. Go back, remove or shrink the attachments, and try again.",
            },
        ),
        Kind::Malformed | Kind::Invalid | Kind::UnsupportedMedia | Kind::Conflict => (
            Text { it: "Non siamo riusciti a leggere i dati", en: "We could not read the data" },
            Text {
                it: "Il modulo è arrivato vuoto o in una forma che non si legge, e non è stato salvato. Torna indietro e riprova.",
                en: "The form arrived empty or in a shape that cannot be read, and was not saved. Go back and try again.",
            },
        ),
        Kind::TooMany | Kind::Unavailable => (
            Text { it: "Riprova tra poco", en: "Please try again shortly" },
            Text {
                it: "In questo momento non riusciamo a ricevere i dati, e non li abbiamo salvati. Torna indietro tra qualche secondo e invia di nuovo.",
                en: "We cannot receive your details right now, and have not saved them. Go back in a few seconds and send them again.",
            },
        ),
        Kind::Misconfigured | Kind::Internal => (
            Text { it: "Qualcosa non ha funzionato", en: "Something went wrong" },
            Text {
                it: "I tuoi dati non sono stati salvati. Riprova più tardi; se succede ancora, avvisa chi gestisce il sito.",
                en: "Your details were not saved. Try again later; if it happens again, please tell whoever runs this website.",
            },
        ),
    }
}

/// There is nothing at this address.
pub fn not_found(request: &Request) -> Response {
    const TITLE: Text = Text { it: "Qui non c'è niente", en: "There is nothing here" };
    const TEXT: Text = Text {
        it: "Controlla che l'indirizzo sia stato copiato per intero.",
        en: "Check that the address was copied in full.",
    };
    let language = Language::of(request);
    page(language, problem::status(Kind::NotFound), Sign::Hook, TITLE.of(language), &paragraphs(&[TEXT.of(language)]))
}

/// In place of the dashboard, for the deployer: what is missing or wrong in the settings. Where somebody can sign in all
/// the same, it leads on to the dashboard.
pub fn to_be_mended(app: &App, request: &Request) -> Response {
    const ABOUT: Text = Text {
        it: "Uncino riceve dati da moduli, siti e applicazioni, e fa partire le tue automazioni.",
        en: "Uncino receives data from forms, websites and apps, and starts your automations.",
    };
    const CLOSED: Text = Text {
        it: "Dashboard e API sono chiuse finché non viene impostato un token di amministrazione.",
        en: "Dashboard and API are closed until an admin token is set.",
    };
    const ON: Text = Text { it: "Continua alla dashboard", en: "Go on to the dashboard" };
    const TO_SET: Text = Text { it: "Da sistemare", en: "To be mended" };
    const IN_ENGLISH: Text = Text { it: "I dettagli tecnici sono in inglese.", en: "" };
    let language = Language::of(request);
    let open = app.config.admin_token.is_some();
    let mut html = paragraphs(&[ABOUT.of(language)]);
    if !open {
        html += &format!("\n{}", paragraphs(&[CLOSED.of(language)]));
    }
    let items: String =
        app.config.problems.iter().map(|problem| format!("<li>{}</li>\n", with_code(problem))).collect();
    html += &format!("\n<h2>{}</h2>\n<ul lang=\"en\">\n{items}</ul>", escaped(TO_SET.of(language)));
    if !IN_ENGLISH.of(language).is_empty() {
        html += &format!("\n<p class=\"code\">{}</p>", escaped(IN_ENGLISH.of(language)));
    }
    if open {
        html += &format!("\n<p><a href=\"/automations\">{}</a></p>", escaped(ON.of(language)));
    }
    let status = if open { 200 } else { problem::status(Kind::Misconfigured) };
    page(language, status, Sign::Attention, "Uncino", &html)
}

/// In place of a dashboard that was never built, for the deployer.
pub fn not_built(request: &Request) -> Response {
    const TITLE: Text = Text { it: "La dashboard manca", en: "The dashboard is missing" };
    const BUILD: Text = Text {
        it: "Non è ancora stata costruita. Nella cartella del progetto esegui `npm run build`, poi ricarica la pagina; se Uncino è su Cloudflare, esegui `npm run deploy`.",
        en: "It was never built. In the project's folder run `npm run build`, then load this page again; if Uncino is on Cloudflare, run `npm run deploy`.",
    };
    const API: Text = Text {
        it: "Tutto il resto funziona: l'API risponde su `/api/v1`.",
        en: "Everything else works: the API answers at `/api/v1`.",
    };
    let language = Language::of(request);
    let html = format!("<p>{}</p>\n<p>{}</p>", with_code(BUILD.of(language)), with_code(API.of(language)));
    page(language, problem::status(Kind::Misconfigured), Sign::Attention, TITLE.of(language), &html)
}

/// Text as HTML in which what stands between backticks is code.
fn with_code(text: &str) -> String {
    let parts = text.split('`').map(escaped).enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escaped("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
        assert_eq!(with_code("set `A<B` now"), "set <code>A&lt;B</code> now");
    }

    #[test]
    fn the_style_holds_nothing_that_would_end_it() {
        assert!(!STYLE.contains('<'));
    }
}
