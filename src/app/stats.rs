//! The overview: events and runs per hour, and the oldest run that should have begun.
//!
//! Nothing is counted in advance: each hour is counted over a key when somebody asks.

use std::collections::BTreeMap;

use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::store::{decode, stats};

use super::App;

const HOUR_MS: i64 = 3_600_000;

/// **Limit:** hours of one answer: a week. Each is two statements over a key.
pub const MAX_HOURS: i64 = 168;

/// One hour.
pub struct Hour {
    /// When it begins.
    pub from: Timestamp,
    /// Events received.
    pub events: u64,
    /// Runs of those events, by status.
    pub runs: BTreeMap<String, u64>,
}

/// What happened, hour by hour.
pub struct Stats {
    /// Every hour of the range, also those in which nothing happened.
    pub hours: Vec<Hour>,
    /// Since when the longest waiting run could have begun; `None` when none is late.
    pub oldest_due: Option<Timestamp>,
}

/// Counts events and runs between two moments.
pub async fn get(app: &App, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Stats, Problem> {
    let to = to.unwrap_or_else(|| app.now());
    let from = from.unwrap_or_else(|| to.plus_ms(-24 * HOUR_MS));
    if from >= to {
        return Err(Problem::fault("to", "invalid", "must be later than `from`"));
    }
    let first = from.as_millis().div_euclid(HOUR_MS);
    let last = to.plus_ms(-1).as_millis().div_euclid(HOUR_MS);
    if last - first > MAX_HOURS {
        return Err(Problem::fault("from", "invalid", "may be at most a week before `to`"));
    }
    let starts: Vec<Timestamp> = (first..=last).map(|hour| Timestamp::from_millis(hour * HOUR_MS)).collect();
    let mut hours = Vec::with_capacity(starts.len());
    for chunk in starts.chunks(24) {
        let statements = chunk.iter().flat_map(|start| {
            let end = start.plus_ms(HOUR_MS);
            [stats::events_between(*start, end), stats::runs_between(*start, end)]
        });
        let mut results = app.db().batch(statements.collect()).await?.into_iter();
        for start in chunk {
            let events = decode::<u64>(results.next().unwrap_or_default())?.into_iter().next().unwrap_or_default();
            let runs = decode::<(String, u64)>(results.next().unwrap_or_default())?.into_iter().collect();
            hours.push(Hour { from: *start, events, runs });
        }
    }
    Ok(Stats { hours, oldest_due: stats::oldest_due(app.db(), app.now()).await? })
}
