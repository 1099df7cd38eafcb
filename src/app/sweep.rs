//! The sweep: every minute, whatever was lost on the way, is due, or is old.
//!
//! It executes nothing itself: it sends orders. Its parts fail each for itself, and say so in the log.

use std::collections::BTreeMap;

use crate::domain::ids::EventId;
use crate::store::{DatabaseError, events, runs, stats};

use super::ports::Level;
use super::{App, learn, order, privacy, replays, reseal, retention};

/// **Limit:** orders that one sweep sends again, so that neither a backlog nor two crons at once multiply messages.
const MAX_ORDERS: u32 = 500;

/// How long a due run is left to the order that was just sent for it, before the next sweep sends another.
const AGAIN_MS: i64 = 120_000;

const MINUTE_MS: i64 = 60_000;

/// The ages at which an event without runs is ordered again: 1, 2, 4, 8 … minutes, up to some 22 days.
const AGES: u32 = 16;

/// Does everything once.
pub async fn sweep(app: &App) {
    let parts = [
        ("runs that exceeded what may be sent", super::runs::release_withheld(app).await),
        ("due runs", due_runs(app).await),
        ("events without runs", events_without_runs(app).await),
        ("held runs", super::runs::settle_held(app).await),
        ("runs of deleted automations", super::runs::cancel_orphans(app).await),
        ("delivery reports", super::reports::settle(app).await),
        ("replays", replays::advance(app).await),
        ("kv documents", learn::republish(app).await),
        ("bodies that are not kept", retention::forget_bodies(app).await),
        ("signatures kept for `identify`", super::identify::expire(app).await),
        ("retention", retention::purge(app).await),
        ("old runs and revisions", retention::walk_runs(app).await),
        ("old contacts", retention::walk_contacts(app).await),
        ("erasures", privacy::advance(app).await),
        ("second looks of erasures", privacy::look_again(app).await),
        ("secrets of the previous key", reseal::reseal(app).await),
    ];
    for (part, result) in parts {
        if let Err(error) = result {
            app.log(Level::Error, &format!("the sweep could not do its part \"{part}\", it will in a minute: {error}"));
        }
    }
}

/// Retries and waits that are due, queued runs whose order was lost, and runs whose lease ran out.
async fn due_runs(app: &App) -> Result<(), DatabaseError> {
    let now = app.now();
    let taken = runs::take_due(app.db(), now, now.plus_ms(AGAIN_MS), MAX_ORDERS).await?;
    order::send_existing(app, taken).await;
    Ok(())
}

/// Events whose order was lost. For each age there is a mark up to which events of that age were looked at, so that
/// none is passed over when sweeps were missed, and none is ordered twice at one age.
async fn events_without_runs(app: &App) -> Result<(), DatabaseError> {
    const MARK: &str = "orders_again";
    let now = app.now();
    let stored = stats::mark(app.db(), MARK).await?;
    let mut marks: BTreeMap<u32, String> = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let mut left = MAX_ORDERS;
    for power in 0..AGES {
        let until = EventId::floor(now.plus_ms(-(MINUTE_MS << power)));
        // A first sweep looks back one window of each age; what is older had its turn at an earlier age.
        let window = EventId::floor(now.plus_ms(-(MINUTE_MS << (power + 1))));
        let after = marks.get(&power).cloned().unwrap_or_else(|| window.as_str().to_owned());
        if after.as_str() >= until.as_str() {
            continue;
        }
        let lost = events::without_runs(app.db(), &after, &until, left).await?;
        let full = lost.len() >= left as usize;
        let reached = lost.last().filter(|_| full).map_or(until.as_str().to_owned(), |key| key.1.as_str().to_owned());
        marks.insert(power, reached);
        if !lost.is_empty() {
            app.log(
                Level::Warn,
                &format!("{} events had no runs after {} minutes and were ordered again", lost.len(), 1u32 << power),
            );
            order::send_events(app, &lost).await;
        }
        left = left.saturating_sub(u32::try_from(lost.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
    }
    let text = serde_json::to_string(&marks).unwrap_or_default();
    app.db().batch(vec![stats::set_mark(MARK, &text)]).await?;
    Ok(())
}
