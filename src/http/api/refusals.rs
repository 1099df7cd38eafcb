//! `/sources/{id}/refusals`: deliveries that were refused.
//!
//! What an unknown address was sent is not here: it has no source.

use std::collections::BTreeMap;

use serde::Serialize;

use super::call::Call;
use super::view::{List, Time};
use crate::app::refusals;
use crate::domain::ids::RefusalId;
use crate::domain::limits;
use crate::domain::problem::Problem;
use crate::http::message::Response;
use crate::store::Page;
use crate::store::refusals::Listed;

/// A refused delivery.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Refusal"))]
struct RefusalView {
    id: String,
    received_at: Time,
    /// Why, stable: the `code` that its sender was answered.
    code: String,
    /// Why, in the words that its sender was answered.
    detail: String,
    method: String,
    /// As it was declared.
    content_type: Option<String>,
    /// The first 200 characters of a body that could not be read; null of every other.
    body: Option<String>,
}

/// How many deliveries were refused in one hour.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct RefusedHour {
    /// When it begins.
    from: Time,
    /// By code; at least so many.
    counts: BTreeMap<String, u64>,
}

/// The latest refused deliveries of a source, and how many there were.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RefusalList {
    /// Newest first; the latest 50 of a source are kept, and of many at once only some.
    data: Vec<RefusalView>,
    /// What `?cursor=` of the next page is; null on the last one.
    next: Option<String>,
    /// The hours of the last day in which something was refused.
    hours: Vec<RefusedHour>,
}

fn view((id, code, detail, method, content_type, body): Listed) -> RefusalView {
    let (received_at, id) = (id.refused_at().into(), id.as_str().to_owned());
    RefusalView { id, received_at, code, detail, method, content_type, body }
}

/// The counts of each hour together; they come in the order of their hours.
fn hours(counts: Vec<(i64, String, u64)>) -> Vec<RefusedHour> {
    let mut hours: Vec<RefusedHour> = Vec::new();
    let mut last = None;
    for (hour, code, count) in counts {
        if last.replace(hour) != Some(hour) {
            hours.push(RefusedHour { from: limits::hour_begins(hour).into(), counts: BTreeMap::new() });
        }
        if let Some(hour) = hours.last_mut() {
            hour.counts.insert(code, count);
        }
    }
    hours
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let id = super::sources::id(call)?;
    let mut query = call.query();
    let limit = query.limit();
    let before = query.cursor(RefusalId::parse)?.map(|id| id.as_str().to_owned());
    query.finish()?;
    let (rows, counts) = refusals::list(call.app, &id, &Page { before, limit: limit + 1 }).await?;
    let page = List::page(rows, limit, |refusal: &Listed| refusal.0.as_str().to_owned(), view);
    Ok(Response::json(200, &RefusalList { data: page.data, next: page.next, hours: hours(counts) }))
}
