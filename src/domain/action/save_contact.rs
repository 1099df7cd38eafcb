//! `save_contact`: creates a contact or adds to it.
//!
//! It decides what is known, not whom it belongs to: the store finds the contact by phone, else by e-mail. Nothing blank
//! leaves here, so nothing stored is ever overwritten with nothing.

use serde_json::Value;

use crate::domain::contact::email;

use super::param::{Param, ParamKind, Text};
use super::registry::{Action, Alternative, no_more};
use super::render::Preparation;
use super::{Call, ContactChange, Failure, Intent, Object};

pub(super) const ACTION: Action = Action {
    name: "save_contact",
    title: Text { it: "Salva il contatto", en: "Save the contact" },
    about: Text {
        it: "Crea il contatto o lo aggiorna, riconoscendolo dal telefono o dall'e-mail. Un valore vuoto non cancella mai quello già salvato.",
        en: "Creates the contact or updates it, known by phone or e-mail. An empty value never erases what is stored.",
    },
    connection: None,
    params: &[
        Param {
            name: "phone",
            kind: ParamKind::Template,
            required: false,
            title: Text { it: "Telefono", en: "Phone" },
            about: Text {
                it: "Senza prefisso internazionale vale quello del paese predefinito.",
                en: "Without a country code the default country's is taken.",
            },
            example: "{{ telefono }}",
        },
        Param {
            name: "email",
            kind: ParamKind::Template,
            required: false,
            title: Text { it: "E-mail", en: "E-mail" },
            about: Text { it: "L'indirizzo del contatto.", en: "The contact's address." },
            example: "{{ email }}",
        },
        Param {
            name: "name",
            kind: ParamKind::Template,
            required: false,
            title: Text { it: "Nome", en: "Name" },
            about: Text { it: "Il nome con cui lo vedrai nell'elenco.", en: "The name shown in the list." },
            example: "{{ nome }} {{ cognome }}",
        },
        Param {
            name: "properties",
            kind: ParamKind::TemplateMap,
            required: false,
            title: Text { it: "Altre informazioni", en: "Properties" },
            about: Text {
                it: "Tutto ciò che vuoi ricordare del contatto, voce per voce.",
                en: "Whatever else is worth remembering, one by one.",
            },
            example: "",
        },
        Param {
            name: "tags",
            kind: ParamKind::TemplateList,
            required: false,
            title: Text { it: "Etichette", en: "Tags" },
            about: Text { it: "Si aggiungono a quelle che ha già.", en: "Added to those that it already has." },
            example: "newsletter",
        },
    ],
    alternatives: &[Alternative { params: &["phone", "email"], required: true, exclusive: false }],
    check: no_more,
    prepare,
};

fn prepare(step: &mut Preparation<'_>) -> Result<Intent, Failure> {
    let mut change = ContactChange::default();
    let (mut blank, mut unreadable) = (Vec::new(), Vec::new());
    match step.line("phone")? {
        Some(text) => match step.phone("phone", &text) {
            Ok(number) => change.phone = Some(number),
            Err(reason) => unreadable.push(reason),
        },
        None => blank.push(step.why_blank("phone")),
    }
    match step.line("email")? {
        Some(text) => match email::parse(&text) {
            Ok(address) => {
                step.show("email", address.as_str());
                change.email = Some(address);
            }
            Err(error) => unreadable.push(format!("`email`: {error}")),
        },
        None => blank.push(step.why_blank("email")),
    }
    change.name = step.line("name")?;
    change.properties = properties(step)?;
    change.tags = step.list("tags")?;
    if change.phone.is_none() && change.email.is_none() {
        unreadable.append(&mut blank);
        return Err(Failure::refused(
            "no_phone_or_email",
            format!("a contact is known by its phone or e-mail, and there is neither: {}", unreadable.join("; ")),
        ));
    }
    // One of the two is enough; the other, when it is there and cannot be read, is still worth a word.
    for reason in unreadable {
        step.note(format!("{reason}; it was left out"));
    }
    Ok(Intent::Call(Call::SaveContact(change)))
}

/// The properties with their kinds kept; what is blank is left out.
fn properties(step: &mut Preparation<'_>) -> Result<Object, Failure> {
    let mut known = Object::new();
    if let Some(entries) = step.raw("properties").and_then(Value::as_object) {
        for (name, value) in entries {
            let value = step.render_tree(&format!("properties.{name}"), value)?;
            if !is_blank(&value) {
                known.insert(name.clone(), value);
            }
        }
        step.show("properties", known.clone());
    }
    Ok(known)
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}
