//! `/events`: what was received, and what came of it.
//!
//! A list never carries bodies, which may be a megabyte each, but of short ones a glimpse.

use serde::Serialize;
use serde_json::{Map, Value};

use super::call::{Call, deleted};
use super::runs::RunSummary;
use super::view::{List, Time};
use crate::app::events::{self, Full, Listed};
use crate::domain::event::Event;
use crate::domain::ids::{EventId, SourceId};
use crate::domain::problem::Problem;
use crate::domain::run::Run;
use crate::http::message::Response;
use crate::store::Page;
use crate::store::events::Filter;

/// An event in a list: without its body.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "EventSummary"))]
pub struct EventRow {
    id: String,
    source_id: String,
    received_at: Time,
    content_type: Option<String>,
    user_agent: Option<String>,
    /// The sender's own id for it.
    delivery_id: Option<String>,
    /// Whether it came as a test: nothing of its runs leaves.
    test: bool,
    /// `queued` until its runs exist, then the most telling of their statuses; `stored` when nothing listens.
    state: &'static str,
    /// What arrived, in half a line: the first texts and numbers of its fields, as far as they may be shown. Null when
    /// there are none; in a list also when its body is longer than 8,000 characters.
    glimpse: Option<String>,
    runs: Vec<RunSummary>,
}

/// An event.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Event"))]
pub struct EventView {
    #[serde(flatten)]
    row: EventRow,
    /// How `body` is written: `text` as it came, `base64` for bytes that are no text, `payload` for what was read of a
    /// form with files, `fields` for JSON of what may be shown of a body whose format could not be written anew without
    /// the rest, `forgotten` when nothing of it is kept.
    encoding: String,
    /// What was kept of the body; null when nothing was.
    body: Option<String>,
    /// Every field by its path, numbers as they were written.
    fields: Map<String, Value>,
    /// Paths that it holds and that were not learned.
    not_learned: Vec<String>,
}

/// The runs that a replay of one event made.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ReplayedRuns {
    /// Their ids.
    runs: Vec<String>,
}

fn row(event: &Event, state: &'static str, glimpse: Option<String>, runs: &[Run]) -> EventRow {
    EventRow {
        id: event.id.to_string(),
        source_id: event.source_id.to_string(),
        received_at: event.id.received_at().into(),
        content_type: event.content_type.clone(),
        user_agent: event.user_agent.clone(),
        delivery_id: event.delivery_id.clone(),
        test: event.test,
        state,
        glimpse,
        runs: runs.iter().map(RunSummary::from).collect(),
    }
}

fn id(call: &Call<'_>) -> Result<EventId, Problem> {
    call.id("event", EventId::parse)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let filter = Filter {
        source: query.parsed("source_id", SourceId::parse, "the id of a source; those begin with `src_`"),
        text: query.text("q"),
        from: query.time("from"),
        to: query.time("to"),
    };
    let limit = query.limit();
    let before = query.cursor(EventId::parse)?.map(|id| id.to_string());
    query.finish()?;
    let (rows, last) = events::list(call.app, &filter, &Page { before, limit: limit + 1 }).await?;
    let view = |listed: Listed| row(&listed.event, listed.state, listed.glimpse, &listed.runs);
    let mut page = List::page(rows, limit, |listed| listed.event.id.to_string(), view);
    // A search that looked at enough goes on behind the last event that it saw, also when it found little.
    page.next = page.next.or_else(|| last.map(|id| id.to_string()));
    Ok(Response::json(200, &page))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let Full { event, flat, not_learned, glimpse, runs, state } = events::get(call.app, &id(call)?).await?;
    let view = EventView {
        row: row(&event, state, glimpse, &runs),
        body: (event.encoding != "forgotten").then_some(event.body),
        encoding: event.encoding,
        fields: flat.fields.into_iter().collect(),
        not_learned,
    };
    Ok(Response::json(200, &view))
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    events::delete(call.app, &id(call)?).await?;
    Ok(deleted())
}

pub(super) async fn replay(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let runs = events::replay(call.app, &id(call)?, &call.optional_body()?).await?;
    Ok(Response::json(202, &ReplayedRuns { runs: runs.iter().map(ToString::to_string).collect() }))
}
