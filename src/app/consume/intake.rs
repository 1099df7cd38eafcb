//! Messages of `INTAKE`: events that were acknowledged while the database did not take them.
//!
//! Nothing is acknowledged here before the database holds it. They are stored in the order in which they arrived: a batch
//! is sorted by the events' ids, the first that the database does not take sends those behind it back too, and all of them
//! come, the first time and every other, at the same moments, so that none overtakes another by waiting less.

use std::collections::HashSet;

use crate::app::ingest::{self, Deferred};
use crate::app::order::send_existing;
use crate::app::ports::{Incoming, Level, Verdict};
use crate::app::{App, learn};
use crate::domain::ids::{EventId, SourceId};

use super::count;

/// Between the moments at which messages come.
const AGAIN_MS: i64 = 5_000;

/// **Limit:** attempts of a message that send those behind it back with it. One that fails more often may be at fault
/// itself, and must not hold up others for ever.
const HOLDS_UP: u32 = 30;

/// Stores what waited for the database, and orders its runs.
pub async fn consume(app: &App, messages: Vec<Incoming>) -> Vec<Verdict> {
    let mut verdicts = vec![Verdict::Ack; messages.len()];
    let mut deferred: Vec<(Option<EventId>, usize, u32, Deferred)> = Vec::with_capacity(messages.len());
    for (at, message) in messages.into_iter().enumerate() {
        match serde_json::from_str::<Deferred>(&message.body) {
            Ok(own) => deferred.push((own.intake.first().map(|event| event.id.clone()), at, message.attempts, own)),
            Err(_) => app.log(Level::Error, "a message of the intake queue is not an event and was dropped"),
        }
    }
    deferred.sort_by(|one, other| one.0.cmp(&other.0));
    let mut refuses = false;
    for (_, at, attempts, own) in deferred {
        let taken = !refuses && take(app, own).await;
        refuses |= !taken && attempts <= HOLDS_UP;
        if let Some(verdict) = verdicts.get_mut(at).filter(|_| !taken) {
            *verdict = Verdict::Retry { delay_s: again_s(app) };
        }
    }
    verdicts
}

/// How long it is to the next moment at which messages come, to the second.
pub(in crate::app) fn again_s(app: &App) -> u32 {
    let left_ms = AGAIN_MS - app.now().as_millis().rem_euclid(AGAIN_MS);
    // Within its last second it is the one after: nothing comes back at once.
    let left_s = if left_ms < 1_000 { (left_ms + AGAIN_MS) / 1_000 } else { left_ms / 1_000 };
    u32::try_from(left_s).unwrap_or(1)
}

/// Stores one deferred delivery; false when the database still does not take it.
async fn take(app: &App, deferred: Deferred) -> bool {
    match ingest::take_deferred(app, deferred).await {
        Ok(taken) => {
            let rules = taken.new.iter().filter_map(|event| {
                let source = taken.sources.iter().find(|source| source.id == event.source_id)?;
                Some((event, source.revision, &source.settings.storage))
            });
            count(app, learn::tallies(rules)).await;
            let sources: HashSet<&SourceId> = taken.new.iter().map(|event| &event.source_id).collect();
            for source in sources.into_iter().filter(|_| taken.learned) {
                learn::publish(app, source).await;
            }
            send_existing(app, taken.runs).await;
            true
        }
        Err(error) => {
            app.log(Level::Warn, &format!("d1 still does not take a deferred event, it stays in the queue: {error}"));
            false
        }
    }
}
