//! `/contacts`: looked for, edited and deleted.
//!
//! It makes none: contacts come from runs.

use serde::Serialize;
use serde_json::{Map, Value};

use super::call::{Call, deleted};
use super::view::{List, Time};
use crate::app::contacts;
use crate::domain::ids::ContactId;
use crate::domain::problem::Problem;
use crate::http::message::Response;
use crate::store::Page;
use crate::store::contacts::Contact;

/// A contact.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Contact"))]
pub struct ContactView {
    id: String,
    /// E.164.
    phone: Option<String>,
    email: Option<String>,
    name: Option<String>,
    /// What else is known.
    properties: Map<String, Value>,
    /// Labels.
    tags: Vec<String>,
    created_at: Time,
    updated_at: Time,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id.to_string(),
            phone: contact.phone,
            email: contact.email,
            name: contact.name,
            properties: contact.properties,
            tags: contact.tags,
            created_at: contact.created_at.into(),
            updated_at: contact.updated_at.into(),
        }
    }
}

fn id(call: &Call<'_>) -> Result<ContactId, Problem> {
    call.id("contact", ContactId::parse)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let text = query.text("q");
    let limit = query.limit();
    let before = query.cursor(ContactId::parse)?.map(|id| id.to_string());
    query.finish()?;
    let rows = contacts::list(call.app, text.as_deref(), &Page { before, limit: limit + 1 }).await?;
    Ok(Response::json(200, &List::page(rows, limit, |contact| contact.id.to_string(), ContactView::from)))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    Ok(Response::json(200, &ContactView::from(contacts::get(call.app, &id(call)?).await?)))
}

pub(super) async fn change(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let contact = contacts::change(call.app, &id(call)?, &call.body()?).await?;
    Ok(Response::json(200, &ContactView::from(contact)))
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    contacts::delete(call.app, &id(call)?).await?;
    Ok(deleted())
}
