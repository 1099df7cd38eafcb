//! `/events/replay` and `/replays`: a range of events run again.
//!
//! It waits for none of the runs: it says how far the replay is.

use serde::Serialize;

use super::call::{Call, deleted};
use super::view::Time;
use crate::app::replays;
use crate::domain::ids::ReplayId;
use crate::domain::problem::Problem;
use crate::http::message::Response;
use crate::store::replays::Replay;

/// A replay, with how far it is.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Replay"))]
pub struct ReplayView {
    id: String,
    source_id: String,
    /// The only automation that is run; null for all that listen.
    automation_id: Option<String>,
    from: Time,
    to: Time,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::replay_status"))]
    status: String,
    /// Events in the range when it began.
    total: u64,
    /// Events of which runs were made.
    done: u64,
    /// Runs made.
    runs: u64,
    created_at: Time,
    finished_at: Option<Time>,
}

impl From<Replay> for ReplayView {
    fn from(replay: Replay) -> Self {
        Self {
            id: replay.id.to_string(),
            source_id: replay.source_id.to_string(),
            automation_id: replay.automation_id.map(|id| id.to_string()),
            from: replay.from_id.received_at().into(),
            to: replay.to_id.received_at().into(),
            status: replay.status,
            total: replay.total,
            done: replay.done,
            runs: replay.runs,
            created_at: replay.created_at.into(),
            finished_at: replay.finished_at.map(Time::from),
        }
    }
}

fn id(call: &Call<'_>) -> Result<ReplayId, Problem> {
    call.id("replay", ReplayId::parse)
}

pub(super) async fn create(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let replay = replays::create(call.app, &call.body()?).await?;
    Ok(Response::json(202, &ReplayView::from(replay)))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    Ok(Response::json(200, &ReplayView::from(replays::get(call.app, &id(call)?).await?)))
}

pub(super) async fn stop(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    replays::stop(call.app, &id(call)?).await?;
    Ok(deleted())
}
