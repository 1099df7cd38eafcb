//! Contacts: looked at, edited and deleted by an operator. Runs save them through `perform`.
//!
//! It never merges two contacts: a phone that another one has is a conflict, said to the operator.

use serde_json::Value;

use crate::domain::contact::{email, phone};
use crate::domain::ids::ContactId;
use crate::domain::input::Reader;
use crate::domain::problem::{Kind, Problem, verdict};
use crate::store::Page;
use crate::store::contacts::{self, Contact};

use super::{App, took_place};

/// A contact.
pub async fn get(app: &App, id: &ContactId) -> Result<Contact, Problem> {
    contacts::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("contact", id))
}

/// Contacts, newest first.
pub async fn list(app: &App, text: Option<&str>, page: &Page) -> Result<Vec<Contact>, Problem> {
    Ok(contacts::list(app.db(), text, page).await?)
}

/// Edits a contact: keys that are not there stay, null empties one.
pub async fn change(app: &App, id: &ContactId, value: &Value) -> Result<Contact, Problem> {
    let mut contact = get(app, id).await?;
    let found_at = contact.updated_at;
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    if reader.value("phone").is_some() {
        let text = reader.text("phone", 60);
        contact.phone = text.and_then(|text| match phone::normalise(&text, &app.settings().default_country) {
            Ok(phone) => Some(phone),
            Err(error) => {
                reader.fault("phone", "invalid", error.to_string());
                None
            }
        });
    }
    if reader.value("email").is_some() {
        let text = reader.text("email", 320);
        contact.email = text.and_then(|text| match email::parse(&text) {
            Ok(email) => Some(email),
            Err(error) => {
                reader.fault("email", "invalid", error.to_string());
                None
            }
        });
    }
    if reader.value("name").is_some() {
        contact.name = reader.text("name", 200);
    }
    if reader.value("properties").is_some() {
        contact.properties = reader.object("properties").cloned().unwrap_or_default();
    }
    if reader.value("tags").is_some() {
        contact.tags = reader.texts("tags", 100).unwrap_or_default();
    }
    if contact.phone.is_none() && contact.email.is_none() {
        reader.fault("", "required", "a contact needs a phone or an e-mail");
    }
    verdict(reader.finish())?;
    // Two edits in one millisecond must not pass for one.
    contact.updated_at = app.now().max(found_at.plus_ms(1));
    let mut statements = vec![contacts::replace(&contact, found_at)];
    statements.extend(contact.phone.as_deref().map(|phone| contacts::with_phone(phone, id)));
    let results = app.db().batch(statements).await?;
    if !took_place(&results, 0) {
        if let Some(other) = results.get(1).and_then(|rows| rows.first()) {
            let message = format!("the contact {other} has this phone; change that one, or delete one of the two");
            return Err(Problem::fault("phone", "taken", message));
        }
        let message = "somebody changed this contact in the same moment; read it again";
        return Err(Problem::new(Kind::Conflict, "changed_meanwhile", message));
    }
    Ok(contact)
}

/// Deletes a contact.
pub async fn delete(app: &App, id: &ContactId) -> Result<(), Problem> {
    let results = app.db().batch(vec![contacts::delete(id)]).await?;
    if took_place(&results, 0) { Ok(()) } else { Err(Problem::not_found("contact", id)) }
}
