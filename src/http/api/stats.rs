//! `/stats`: the overview, hour by hour.
//!
//! It adds nothing up: whoever draws the hours does.

use std::collections::BTreeMap;

use serde::Serialize;

use super::call::Call;
use super::view::{Notice, Time};
use crate::app::{limits, stats};
use crate::domain::problem::Problem;
use crate::http::message::Response;

/// What happened, hour by hour.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Stats"))]
pub struct StatsView {
    /// Every hour of the range, also those in which nothing happened.
    hours: Vec<HourView>,
    /// Since when the longest waiting run could have begun; null when none is late.
    oldest_due: Option<Time>,
    /// What an operator should look at: sources near a limit of their day, a database that fills.
    warnings: Vec<Notice>,
}

/// One hour.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "StatsHour"))]
struct HourView {
    /// When it begins.
    from: Time,
    /// Events received.
    events: u64,
    /// Runs of those events, by status.
    runs: BTreeMap<String, u64>,
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let (from, to) = (query.time("from"), query.time("to"));
    query.finish()?;
    let found = stats::get(call.app, from, to).await?;
    let hour = |hour: stats::Hour| HourView { from: hour.from.into(), events: hour.events, runs: hour.runs };
    let warnings = limits::warnings(call.app).await?;
    let view = StatsView {
        hours: found.hours.into_iter().map(hour).collect(),
        oldest_due: found.oldest_due.map(Time::from),
        warnings: warnings.into_iter().map(|(source, warning)| Notice::new(warning, source.as_ref())).collect(),
    };
    Ok(Response::json(200, &view))
}
