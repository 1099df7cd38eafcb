//! `/privacy`: what is known about a person, handed over or erased.
//!
//! It finds nothing itself, and shows no number and no address but in the data that was asked for.

use serde::Serialize;
use serde_json::{Map, Value};

use super::call::Call;
use super::contacts::ContactView;
use super::outbox::MessageView;
use super::runs::RunView;
use super::view::{List, Time};
use crate::app::privacy::{self, Known};
use crate::domain::event::Event;
use crate::domain::ids::ErasureId;
use crate::domain::problem::Problem;
use crate::http::message::Response;
use crate::store::Page;
use crate::store::privacy::Erasure;

/// An erasure: its progress, and once it is complete its receipt.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Erasure"))]
pub struct ErasureView {
    id: String,
    /// `phone` or `email`.
    kind: String,
    /// A keyed hash of the number or address, which itself is not kept.
    subject: String,
    /// Whether everything was looked through. While it is not, the sweep goes on every minute, and so does asking again.
    complete: bool,
    created_at: Time,
    finished_at: Option<Time>,
    /// When it was looked a second time for what was under way meanwhile; null as long as it was not.
    looked_again_at: Option<Time>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "FoundView"))]
    found: Map<String, Value>,
}

/// What was found where.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "ErasureFound")]
#[expect(dead_code, reason = "the schema of what the store writes")]
struct FoundView {
    /// Events whose bodies were forgotten.
    events: CountView,
    /// Runs whose details were removed.
    runs: CountView,
    /// Runs that were not over, and were cancelled.
    cancelled: CountView,
    /// Messages removed from the outbox, by the event of each.
    outbox: CountView,
    /// Contacts removed.
    contacts: CountView,
    /// Learned fields whose samples were forgotten, by their source.
    fields: CountView,
    /// What was under way meanwhile: events that waited in a queue and were dropped when they came out of it, and what
    /// the second look found, by the id of each.
    late: CountView,
}

/// How much was found in one place.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "ErasureCount")]
#[expect(dead_code, reason = "the schema of what the store writes")]
struct CountView {
    count: u64,
    /// At most 1,000.
    ids: Vec<String>,
}

impl From<Erasure> for ErasureView {
    fn from(erasure: Erasure) -> Self {
        Self {
            id: erasure.id.to_string(),
            kind: erasure.kind,
            subject: erasure.subject,
            complete: erasure.finished_at.is_some(),
            created_at: erasure.created_at.into(),
            finished_at: erasure.finished_at.map(Time::from),
            looked_again_at: erasure.again_done.map(Time::from),
            found: erasure.found.0,
        }
    }
}

/// A part of what is known about a person.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Export"))]
pub struct ExportView {
    events: Vec<ExportedEvent>,
    runs: Vec<RunView>,
    outbox: Vec<MessageView>,
    contacts: Vec<ContactView>,
    fields: Vec<ExportedField>,
    /// What `cursor` of the next request is; null when this was the last part.
    next: Option<String>,
}

/// An event with all that is stored of it.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct ExportedEvent {
    id: String,
    source_id: String,
    received_at: Time,
    content_type: Option<String>,
    user_agent: Option<String>,
    query: Option<String>,
    delivery_id: Option<String>,
    encoding: String,
    body: String,
    /// Every field by its path, as it is stored.
    fields: Map<String, Value>,
}

/// Samples of a learned field.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct ExportedField {
    source_id: String,
    path: String,
    samples: Vec<String>,
}

impl From<Event> for ExportedEvent {
    fn from(event: Event) -> Self {
        Self {
            fields: crate::domain::field::flatten(&event.payload()).fields.into_iter().collect(),
            id: event.id.to_string(),
            source_id: event.source_id.to_string(),
            received_at: event.id.received_at().into(),
            content_type: event.content_type,
            user_agent: event.user_agent,
            query: event.query,
            delivery_id: event.delivery_id,
            encoding: event.encoding,
            body: event.body,
        }
    }
}

pub(super) async fn erase(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    Ok(Response::json(200, &ErasureView::from(privacy::erase(call.app, &call.body()?).await?)))
}

pub(super) async fn export(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let (known, next) = privacy::export(call.app, &call.body()?).await?;
    let mut view = ExportView {
        events: Vec::new(),
        runs: Vec::new(),
        outbox: Vec::new(),
        contacts: Vec::new(),
        fields: Vec::new(),
        next,
    };
    for one in known {
        match one {
            Known::Event(event) => view.events.push((*event).into()),
            Known::Run(run) => view.runs.push((*run).into()),
            Known::Message(message) => view.outbox.push((*message).into()),
            Known::Contact(contact) => view.contacts.push((*contact).into()),
            Known::Field(source, field) => view.fields.push(ExportedField {
                source_id: source.to_string(),
                path: field.path,
                samples: field.samples,
            }),
        }
    }
    Ok(Response::json(200, &view))
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let limit = query.limit();
    let before = query.cursor(ErasureId::parse)?.map(|id| id.to_string());
    query.finish()?;
    let rows = privacy::list(call.app, &Page { before, limit: limit + 1 }).await?;
    Ok(Response::json(200, &List::page(rows, limit, |erasure| erasure.id.to_string(), ErasureView::from)))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let erasure = privacy::get(call.app, &call.id("erasure", ErasureId::parse)?).await?;
    Ok(Response::json(200, &ErasureView::from(erasure)))
}
