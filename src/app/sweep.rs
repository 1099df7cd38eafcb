//! The sweep: every minute, whatever was lost on the way, is due, or is old.
//!
//! It executes nothing itself: it sends orders. Its parts fail each for itself, and say so in the log.

use std::collections::BTreeMap;

use crate::domain::ids::EventId;
use crate::domain::time::Timestamp;
use crate::store::{DatabaseError, events, outbox, runs, stats};

use super::ports::Level;
use super::{App, learn, order, replays};

/// **Limit:** orders that one sweep sends again, so that neither a backlog nor two crons at once multiply messages.
const MAX_ORDERS: u32 = 500;

/// How long a due run is left to the order that was just sent for it, before the next sweep sends another.
const AGAIN_MS: i64 = 120_000;

/// **Limit:** rows that one statement removes, so that D1's one thread is soon free again.
const PURGE: u32 = 1_000;

/// **Limit:** times that one sweep removes so many: 20,000 events a minute are more than one D1 database takes in.
const PURGES: usize = 20;

const MINUTE_MS: i64 = 60_000;

/// The ages at which an event without runs is ordered again: 1, 2, 4, 8 … minutes, up to some 22 days.
const AGES: u32 = 16;

/// Does everything once.
pub async fn sweep(app: &App) {
    let parts = [
        ("due runs", due_runs(app).await),
        ("events without runs", events_without_runs(app).await),
        ("held runs", super::runs::settle_held(app).await),
        ("runs of deleted automations", super::runs::cancel_orphans(app).await),
        ("replays", replays::advance(app).await),
        ("kv documents", learn::republish(app).await),
        ("bodies that are not kept", forget_bodies(app).await),
        ("signatures kept for `identify`", super::identify::expire(app).await),
        ("retention", purge(app).await),
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

async fn forget_bodies(app: &App) -> Result<(), DatabaseError> {
    let now = app.now();
    // Two days back is far enough: what had an open run for longer keeps its body until retention takes it.
    let after = EventId::floor(now.plus_ms(-2 * 1_440 * MINUTE_MS));
    let before = EventId::floor(now.plus_ms(-5 * MINUTE_MS));
    events::forget_bodies(app.db(), &after, &before, PURGE).await?;
    Ok(())
}

/// Removes what is older than retention, in bounded chunks, as long as there is more: it has to keep up with what comes.
async fn purge(app: &App) -> Result<(), DatabaseError> {
    let cutoff = retention_cutoff(app);
    let older_than = EventId::floor(cutoff);
    for _ in 0..PURGES {
        let gone = [
            events::purge(app.db(), &older_than, PURGE).await?,
            runs::purge(app.db(), cutoff, PURGE).await?,
            outbox::purge(app.db(), cutoff, PURGE).await?,
        ];
        if gone.iter().all(|gone| *gone < PURGE as usize) {
            break;
        }
    }
    stats::purge_sessions(app.db(), app.now(), PURGE).await?;
    Ok(())
}

fn retention_cutoff(app: &App) -> Timestamp {
    app.now().plus_ms(-i64::from(app.settings().retention_days) * 1_440 * MINUTE_MS)
}
