//! Retention: what is old goes, in bounded pieces, as long as there is more.
//!
//! It removes nothing that an open run still needs, and never reads a large table from end to end at once: what no key
//! finds is found by a walk that goes on where the last sweep stopped.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AutomationId, ContactId, EventId};
use crate::domain::limits as numbers;
use crate::domain::time::Timestamp;
use crate::store::events::BodyPlace;
use crate::store::{
    self, DatabaseError, automations, contacts, events, fields, outbox, refusals, replays, reports, runs, stats,
    tallies,
};

use super::{App, limits};

/// **Limit:** rows that one statement removes or looks at, so that D1's one thread is soon free again.
pub(super) const CHUNK: u32 = 1_000;

/// **Limit:** times that one sweep removes so many: 20,000 events a minute are more than one D1 database takes in.
const PURGES: usize = 20;

/// **Limit:** pieces of a walk in one sweep: two million rows take some 16 hours.
const PIECES: usize = 2;

/// How long a walk over the runs rests when it has come to the end.
const REST_MS: i64 = 3_600_000;

const DAY_MS: i64 = 86_400_000;

/// Removes what is older than its retention.
pub async fn purge(app: &App) -> Result<(), DatabaseError> {
    let (of_events, of_runs) = cutoffs(app, app.memory.purge_behind.get()).await?;
    let older_than = EventId::floor(of_events);
    app.memory.purge_behind.set(true);
    for _ in 0..PURGES {
        let gone = [
            events::purge(app.db(), &older_than, CHUNK).await?,
            // A run stays as long as its event, which would otherwise look as if it had never been run.
            runs::purge(app.db(), of_events.min(of_runs), CHUNK).await?,
            outbox::purge(app.db(), of_runs, CHUNK).await?,
            reports::purge(app.db(), of_events.min(of_runs), CHUNK).await?,
        ];
        if gone.iter().all(|gone| *gone < CHUNK as usize) {
            app.memory.purge_behind.set(false);
            break;
        }
    }
    let mut rest = refusals::purge(of_events, numbers::hour(of_events), CHUNK).to_vec();
    rest.push(store::limits::purge_sends(app.now(), CHUNK));
    app.db().batch(rest).await?;
    stats::purge_sessions(app.db(), app.now(), CHUNK).await?;
    replays::purge(app.db(), of_events, CHUNK).await?;
    fields::purge_deleted(app.db(), CHUNK).await?;
    tallies::purge_deleted(app.db(), CHUNK).await?;
    Ok(())
}

/// Before which moment events, and before which finished runs, are old. A database that fills up shortens both alike;
/// `behind` says that what it shortened the last time is not gone yet.
async fn cutoffs(app: &App, behind: bool) -> Result<(Timestamp, Timestamp), DatabaseError> {
    let kept = limits::retention_days(app, behind).await?;
    let settings = app.settings();
    let whole = settings.retention_days;
    let before = |days: u32| {
        let shortened = (i64::from(days) * i64::from(kept)).div_euclid(i64::from(whole.max(1)));
        app.now().plus_ms(-shortened.max(1) * DAY_MS)
    };
    Ok((before(whole), before(settings.retention_days_runs.unwrap_or(whole))))
}

/// How far a walk over the runs has come.
#[derive(Serialize, Deserialize)]
struct RunsWalk {
    /// The last event whose runs were looked at.
    after: Option<EventId>,
    /// Whether it is at rest.
    rests: bool,
    began: Timestamp,
    /// The superseded revisions to which a run was seen to be pinned.
    used: Vec<(AutomationId, u32)>,
}

/// Walks over the runs: empties those that are over for longer than `RETENTION_DAYS_RUNS`, forgets the copies of bodies
/// that are not to be kept, and at the end of a round removes the revisions to which no run is pinned any more.
///
/// A round sees every run that could be pinned to a revision which was superseded before it began, because new runs are
/// pinned to the newest one only. So what it has not seen used is used by nobody.
pub async fn walk_runs(app: &App) -> Result<(), DatabaseError> {
    const MARK: &str = "walk_runs";
    let now = app.now();
    let stored = stats::mark(app.db(), MARK).await?;
    let mut walk = match stored.and_then(|text| serde_json::from_str::<RunsWalk>(&text).ok()) {
        Some(walk) if walk.rests && now.since(walk.began) < REST_MS => return Ok(()),
        Some(walk) if !walk.rests => walk,
        Some(_) | None => RunsWalk { after: None, rests: false, began: now, used: Vec::new() },
    };
    let (of_events, of_runs) = cutoffs(app, true).await?;
    for _ in 0..PIECES {
        let Some(until) = runs::piece_end(app.db(), walk.after.as_ref(), CHUNK).await? else {
            // A day of room for whoever read an automation before it was changed.
            let superseded_before = of_events.min(walk.began.plus_ms(-DAY_MS));
            automations::purge_revisions(app.db(), superseded_before, &walk.used, CHUNK).await?;
            walk = RunsWalk { after: None, rests: true, began: walk.began, used: Vec::new() };
            break;
        };
        let after = walk.after.as_ref();
        let mut statements = vec![runs::superseded_in_use(after, &until), runs::forget_unkept_copies(after, &until)];
        if of_runs > of_events {
            statements.push(runs::empty_finished(after, &until, of_runs));
        }
        let seen = app.db().batch(statements).await?.into_iter().next().unwrap_or_default();
        for used in crate::store::decode::<(AutomationId, u32)>(seen)? {
            if !walk.used.contains(&used) {
                walk.used.push(used);
            }
        }
        walk.after = Some(until);
    }
    keep_place(app, MARK, &walk).await
}

/// Removes contacts that were not changed for `RETENTION_DAYS_CONTACTS`, when that is set.
pub async fn walk_contacts(app: &App) -> Result<(), DatabaseError> {
    const MARK: &str = "walk_contacts";
    let Some(days) = app.settings().retention_days_contacts else { return Ok(()) };
    let cutoff = app.now().plus_ms(-i64::from(days) * DAY_MS);
    let stored = stats::mark(app.db(), MARK).await?;
    let after: Option<ContactId> = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let until = contacts::piece_end(app.db(), after.as_ref(), cutoff, CHUNK).await?;
    if let Some(until) = &until {
        app.db().batch(vec![contacts::purge(after.as_ref(), until, cutoff)]).await?;
    }
    if until == after { Ok(()) } else { keep_place(app, MARK, &until).await }
}

/// Forgets the bodies of sources that keep none, once their events have all their runs and none of them is open: those
/// of the last two days at once, older ones, whose runs were open for longer, by a walk.
pub async fn forget_bodies(app: &App) -> Result<(), DatabaseError> {
    const MARK: &str = "walk_bodies";
    let now = app.now();
    let (recent, settled) = (EventId::floor(now.plus_ms(-2 * DAY_MS)), EventId::floor(now.plus_ms(-300_000)));
    events::forget_bodies(app.db(), &recent, &settled, CHUNK).await?;
    let stored = stats::mark(app.db(), MARK).await?;
    let mut place: Option<BodyPlace> = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let had_place = place.is_some();
    for _ in 0..PIECES {
        let next = events::body_piece_end(app.db(), place.as_ref(), &recent, CHUNK).await?;
        if let Some(until) = &next {
            app.db().batch(vec![events::forget_older_bodies(place.as_ref(), until)]).await?;
        }
        place = next;
        if place.is_none() {
            break;
        }
    }
    if had_place || place.is_some() { keep_place(app, MARK, &place).await } else { Ok(()) }
}

async fn keep_place(app: &App, mark: &str, place: &impl Serialize) -> Result<(), DatabaseError> {
    let text = serde_json::to_string(place).unwrap_or_default();
    app.db().batch(vec![stats::set_mark(mark, &text)]).await.map(|_| ())
}
