//! Messages of `INTAKE`: events that were acknowledged while the database did not take them.
//!
//! Nothing is acknowledged here before the database holds it.

use std::collections::HashSet;

use crate::app::ingest::{self, Deferred};
use crate::app::order::send_existing;
use crate::app::ports::{Incoming, Level, Verdict};
use crate::app::{App, learn};
use crate::domain::ids::SourceId;

use super::{count, retry};

/// Stores what waited for the database, and orders its runs.
pub async fn consume(app: &App, message: Incoming) -> Verdict {
    let Ok(deferred) = serde_json::from_str::<Deferred>(&message.body) else {
        app.log(Level::Error, "a message of the intake queue is not an event and was dropped");
        return Verdict::Ack;
    };
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
            Verdict::Ack
        }
        Err(error) => {
            app.log(Level::Warn, &format!("d1 still does not take a deferred event, it stays in the queue: {error}"));
            retry(app, message.attempts)
        }
    }
}
