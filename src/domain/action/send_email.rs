//! `send_email`: one message to one address, through Cloudflare's mail binding.
//!
//! It encodes nothing: the binding makes the message from these parts. It puts the sender in only when the message
//! leaves, because the sender is the connection's.

use crate::domain::connection::{Kind, mailbox};
use crate::domain::contact::email;
use crate::domain::template::Escape;

use super::answer::{MailError, Outcome};
use super::failure::{Class, Provider, shorten};
use super::param::{Param, ParamKind, Text};
use super::registry::{Action, no_more};
use super::render::Preparation;
use super::request::Delivery;
use super::{Call, EmailMessage, Failure, Intent, Object};

/// The longest subject (RFC 5322 §2.1.1, and Cloudflare's limit).
const SUBJECT_CHARS: usize = 998;

/// Cloudflare takes 50 recipients a message, of whom one is `to`.
const MOST_COPIES: usize = 49;

/// Cloudflare takes 5 MiB a message; what encoding adds must fit in too.
const MOST_BYTES: usize = 3 << 20;

pub(super) const ACTION: Action = Action {
    name: "send_email",
    title: Text { it: "Invia un'e-mail", en: "Send an e-mail" },
    about: Text {
        it: "Scrive un'e-mail a un solo destinatario, con i dati ricevuti.",
        en: "Writes an e-mail to one address, with the fields received.",
    },
    connection: Some(Kind::Email),
    params: &[
        Param {
            name: "connection",
            kind: ParamKind::Connection { of: Kind::Email },
            required: false,
            title: Text { it: "Collegamento", en: "Connection" },
            about: Text { it: "Se non lo scegli, vale quello predefinito.", en: "Without one the default is used." },
            example: "",
        },
        Param {
            name: "to",
            kind: ParamKind::Template,
            required: true,
            title: Text { it: "Destinatario", en: "To" },
            about: Text { it: "Un solo indirizzo.", en: "Exactly one address." },
            example: "{{ email }}",
        },
        Param {
            name: "subject",
            kind: ParamKind::Template,
            required: true,
            title: Text { it: "Oggetto", en: "Subject" },
            about: Text { it: "Una riga sola.", en: "One line." },
            example: "Ordine {{ numero }} ricevuto",
        },
        Param {
            name: "text",
            kind: ParamKind::LongTemplate,
            required: true,
            title: Text { it: "Testo", en: "Text" },
            about: Text {
                it: "Il messaggio, come lo legge chi non vede l'HTML.",
                en: "The message, as those read it who see no HTML.",
            },
            example: "Ciao {{ nome | default(\"cliente\") }},\ngrazie per il tuo ordine.",
        },
        Param {
            name: "html",
            kind: ParamKind::Html,
            required: false,
            title: Text { it: "Versione HTML", en: "HTML" },
            about: Text {
                it: "Facoltativa. I dati ricevuti vi entrano come testo, mai come codice.",
                en: "Optional. Fields come in as text, never as markup.",
            },
            example: "",
        },
        Param {
            name: "reply_to",
            kind: ParamKind::Template,
            required: false,
            title: Text { it: "Rispondi a", en: "Reply to" },
            about: Text { it: "L'indirizzo a cui arriva la risposta.", en: "Where an answer goes." },
            example: "{{ email }}",
        },
        Param {
            name: "cc",
            kind: ParamKind::TemplateList,
            required: false,
            title: Text { it: "In copia", en: "Cc" },
            about: Text { it: "Altri indirizzi, visibili a tutti.", en: "Further addresses that everybody sees." },
            example: "ordini@example.com",
        },
    ],
    alternatives: &[],
    check: no_more,
    prepare,
};

fn prepare(step: &mut Preparation<'_>) -> Result<Intent, Failure> {
    let connection = step.connection()?;
    let Some(to) = step.line("to")? else {
        return Err(Failure::refused("no_recipient", step.why_blank("to")));
    };
    let to = email::parse(&to).map_err(|error| {
        Failure::refused(
            "invalid_recipient",
            format!("`to` must be exactly one e-mail address {}: {error}", step.in_event()),
        )
    })?;
    step.show("to", to.as_str());
    let subject = subject(step)?;
    let text = step.text("text", Escape::None)?.unwrap_or_default();
    let html = step.text("html", Escape::Html)?.filter(|html| !html.trim().is_empty());
    if text.trim().is_empty() && html.is_none() {
        return Err(Failure::refused("empty_message", step.why_blank("text")));
    }
    if text.len() + html.as_ref().map_or(0, String::len) > MOST_BYTES {
        return Err(Failure::refused("too_long", "the message is larger than 3 MB; shorten `text` or `html`"));
    }
    let reply_to = reply_to(step)?;
    let cc = copies(step)?;
    Ok(Intent::Call(Call::Email(EmailMessage { connection, to, cc, reply_to, subject, text, html })))
}

/// The subject on one line: a line break in a field must not become a header of its own.
fn subject(step: &mut Preparation<'_>) -> Result<String, Failure> {
    let Some(source) = step.line("subject")? else {
        return Err(Failure::refused("empty_subject", step.why_blank("subject")));
    };
    let line = source.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if line != source {
        step.note("subject: line breaks were replaced by spaces");
    }
    // What looks like an encoded word (RFC 2047) would be decoded by whoever shows the mail, into a subject that nobody
    // wrote.
    let line = line.replace("=?", "= ?");
    let length = line.chars().count();
    step.show("subject", line.as_str());
    if length > SUBJECT_CHARS {
        return Err(Failure::refused(
            "too_long",
            format!(
                "`subject` has {length} characters, of at most {SUBJECT_CHARS}; shorten it, for example with `| truncate(200)`"
            ),
        ));
    }
    Ok(line)
}

/// Where an answer goes. It is often a field that a visitor typed, so one that cannot be read costs a note and no mail.
fn reply_to(step: &mut Preparation<'_>) -> Result<Option<String>, Failure> {
    let Some(text) = step.line("reply_to")? else { return Ok(None) };
    match email::parse(&text) {
        Ok(address) => {
            step.show("reply_to", address.as_str());
            Ok(Some(address))
        }
        Err(error) => {
            step.note(format!("reply_to: {error}; it was left out"));
            Ok(None)
        }
    }
}

/// Who gets a copy; here a bad address refuses the mail, because somebody who counts on a copy would not get it.
fn copies(step: &mut Preparation<'_>) -> Result<Vec<String>, Failure> {
    let mut addresses: Vec<String> = Vec::new();
    for text in step.list("cc")?.iter().flat_map(|text| text.split([',', ';'])) {
        if text.trim().is_empty() {
            continue;
        }
        let address = email::parse(text.trim())
            .map_err(|error| Failure::refused("invalid_recipient", format!("`cc` {}: {error}", step.in_event())))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.len() > MOST_COPIES {
        return Err(Failure::refused("too_many_recipients", format!("`cc` may name at most {MOST_COPIES} addresses")));
    }
    if !addresses.is_empty() {
        step.show("cc", addresses.clone());
    }
    Ok(addresses)
}

/// An address with the name that is shown beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mailbox {
    /// The name, when there is one.
    pub name: Option<String>,
    /// The address.
    pub email: String,
}

/// The sender of a message: the connection's `from`, else `EMAIL_FROM`.
pub fn sender(delivery: &Delivery<'_>) -> Result<Mailbox, Failure> {
    let own = delivery.connection.and_then(|connection| connection.settings.get("from")).and_then(|from| from.as_str());
    let given = own.filter(|from| !from.trim().is_empty()).or(delivery.settings.email_from.as_deref());
    let Some(given) = given else {
        return Err(Failure::new(
            Class::Blocked,
            "no_sender",
            "no sender is set; write one into the e-mail connection (`from`), or set the variable `EMAIL_FROM`",
        ));
    };
    mailbox(given).ok_or_else(|| {
        Failure::new(
            Class::Blocked,
            "invalid_sender",
            "the sender cannot be read; write an address like `negozio@example.com` or `Negozio <negozio@example.com>`",
        )
    })
}

/// Reads what the binding answered.
pub(super) fn read(result: Result<String, MailError>) -> Outcome {
    match result {
        Ok(id) => {
            let mut output = Object::new();
            output.insert("message_id".to_owned(), id.into());
            Outcome::Succeeded { output }
        }
        Err(error) => Outcome::Failed(failure(&error)),
    }
}

/// Classifies an error of the binding (Cloudflare, "Workers API", error codes).
///
/// `E_INTERNAL_SERVER_ERROR`, `E_DELIVERY_FAILED` and a code that nobody knows leave open whether the message went out.
fn failure(error: &MailError) -> Failure {
    let blocked = Class::Blocked;
    let (class, message) = match error.code.as_str() {
        "E_RATE_LIMIT_EXCEEDED" => {
            (Class::Retry { after_s: None }, "too many e-mails in a short time; nothing was sent")
        }
        "E_DAILY_LIMIT_EXCEEDED" => (
            Class::Retry { after_s: Some(3_600) },
            "the account has used up today's e-mails; nothing was sent; Cloudflare raises the limit on request",
        ),
        "E_RECIPIENT_SUPPRESSED" => (
            Class::Refused,
            "Cloudflare no longer writes to this address, because it bounced or complained; remove it from the suppression list if that was a mistake",
        ),
        "E_RECIPIENT_NOT_ALLOWED" | "RCPT_NOT_ALLOWED" => (
            Class::Refused,
            "this account may not write to this address; verify it in Cloudflare, or use a paid plan, which may write to anybody",
        ),
        "E_SENDER_NOT_VERIFIED" | "E_SENDER_DOMAIN_NOT_AVAILABLE" | "E_SENDER_NOT_ALLOWED" => {
            (blocked, "the sender's domain is not set up for sending; add it under Email in Cloudflare's dashboard")
        }
        "E_VALIDATION_ERROR" | "E_FIELD_MISSING" => {
            (Class::Refused, "Cloudflare does not accept the message; the detail says which part")
        }
        "E_TOO_MANY_RECIPIENTS" => (Class::Refused, "too many recipients; shorten `cc`"),
        "E_CONTENT_TOO_LARGE" => (Class::Refused, "the message is too large; shorten `text` or `html`"),
        code if code.starts_with("E_HEADER") => {
            (Class::Refused, "Cloudflare does not accept a part of the message's head; the detail says which")
        }
        _ => (
            Class::Uncertain,
            "the mail service gave an error that leaves open whether the message went out; look for it at the recipient, then say `sent` or `not_sent`",
        ),
    };
    let code = if error.code.is_empty() { "email_failed".to_owned() } else { format!("email_{}", error.code) };
    Failure::new(class, code, message).from_provider(Provider {
        status: None,
        code: Some(error.code.clone()).filter(|code| !code.is_empty()),
        detail: shorten(&error.message),
    })
}
