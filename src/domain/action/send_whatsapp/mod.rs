//! `send_whatsapp`: an approved template, or a text, through the WhatsApp Cloud API.
//!
//! It knows what Meta refuses before Meta is asked, and asks Meta nothing: whether a template exists, or a person's
//! last message is recent, only the answer says (`wire`, with the codes in `code`).

mod clean;
mod code;
mod report;
mod template;
mod wire;

use serde_json::Value;

use crate::domain::connection::Kind;
use crate::domain::problem::Fault;
use crate::domain::template::Escape;

use super::param::{Param, ParamKind, Text};
use super::registry::{Action, Alternative, no_more};
use super::render::Preparation;
use super::{Call, Failure, Intent, WhatsappContent, WhatsappMessage};

pub use report::reports;
pub(super) use wire::{read, request};

/// The longest text (Meta, "text object").
const TEXT_CHARS: usize = 4_096;

pub(super) const ACTION: Action = Action {
    name: "send_whatsapp",
    title: Text { it: "Invia un messaggio WhatsApp", en: "Send a WhatsApp message" },
    about: Text {
        it: "Scrive su WhatsApp con un modello approvato da Meta, oppure con un testo libero entro 24 ore dall'ultimo messaggio della persona.",
        en: "Writes on WhatsApp with a template that Meta approved, or with a free text within 24 hours of the person's last message.",
    },
    connection: Some(Kind::Whatsapp),
    params: &[
        Param {
            name: "connection",
            kind: ParamKind::Connection { of: Kind::Whatsapp },
            required: false,
            title: Text { it: "Numero mittente", en: "Sender" },
            about: Text { it: "Se non lo scegli, vale quello predefinito.", en: "Without one the default is used." },
            example: "",
        },
        Param {
            name: "to",
            kind: ParamKind::Template,
            required: true,
            title: Text { it: "A chi", en: "To" },
            about: Text {
                it: "Il numero di telefono; senza prefisso internazionale vale quello del paese predefinito.",
                en: "The phone number; without a country code the default country's is taken.",
            },
            example: "{{ telefono }}",
        },
        Param {
            name: "template",
            kind: ParamKind::WhatsappTemplate,
            required: false,
            title: Text { it: "Modello", en: "Template" },
            about: Text {
                it: "Nome e lingua come in WhatsApp Manager, e un valore per ogni variabile. Un valore vuoto blocca l'invio: con {{ nome | default(\"cliente\") }} non succede.",
                en: "Name and language as in WhatsApp Manager, and a value for each variable. An empty value stops the message: {{ nome | default(\"customer\") }} prevents that.",
            },
            example: "{\"name\": \"benvenuto\", \"language\": \"it\", \"body\": [\"{{ nome }}\"]}",
        },
        Param {
            name: "text",
            kind: ParamKind::LongTemplate,
            required: false,
            title: Text { it: "Testo libero", en: "Text" },
            about: Text {
                it: "WhatsApp lo consegna solo se la persona ti ha scritto nelle ultime 24 ore.",
                en: "WhatsApp delivers it only when the person wrote to you in the last 24 hours.",
            },
            example: "Ciao {{ nome }}, abbiamo ricevuto la tua richiesta.",
        },
    ],
    alternatives: &[Alternative { params: &["template", "text"], required: true, exclusive: true }],
    check: no_more,
    prepare,
};

/// The faults of a step's `template`, paths relative to it.
pub(super) fn check_template(value: &Value) -> Vec<Fault> {
    template::check(value)
}

fn prepare(step: &mut Preparation<'_>) -> Result<Intent, Failure> {
    let connection = step.connection()?;
    let Some(to) = step.line("to")? else {
        return Err(Failure::refused("no_recipient", step.why_blank("to")));
    };
    let to = step.phone("to", &to);
    // The content is rendered also when the number is bad, so that a preview shows all there is to see.
    let content = match step.raw("template") {
        Some(value) => template::prepare(step, value),
        None => text(step).map(WhatsappContent::Text),
    };
    let to = to.map_err(|reason| Failure::refused("invalid_recipient", format!("{reason} ({})", step.in_event())))?;
    Ok(Intent::Call(Call::Whatsapp(WhatsappMessage { connection, to, content: content? })))
}

fn text(step: &mut Preparation<'_>) -> Result<String, Failure> {
    let text = step.text("text", Escape::None)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let Some(text) = text else {
        return Err(Failure::refused("empty_message", step.why_blank("text")));
    };
    step.show("text", text.as_str());
    let length = text.chars().count();
    if length > TEXT_CHARS {
        return Err(Failure::refused(
            "too_long",
            format!(
                "`text` has {length} characters, of at most {TEXT_CHARS}; shorten a field, for example with `| truncate(500)`"
            ),
        ));
    }
    Ok(text)
}
