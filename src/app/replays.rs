//! Replays of a range of events, at a bounded pace and each event once.
//!
//! It executes nothing: a chunk makes queued runs and sends their orders, and the sweep asks for the next chunk.

use serde_json::Value;

use crate::domain::ids::{EventId, ReplayId, SourceId};
use crate::domain::input::Reader;
use crate::domain::problem::{Problem, verdict};
use crate::domain::time::Timestamp;
use crate::store::replays::{self, Replay};
use crate::store::runs::Existing;
use crate::store::{DatabaseError, decode, runs};

use super::{App, order, took_place};

/// **Limit:** events of one replay that are put into the queue in one go, so that a replay of a year does not bury what
/// arrives meanwhile. The sweep goes on each minute.
const CHUNK: u32 = 100;

/// How long a second request for the same range counts as a second click.
pub(super) const CLICK_MS: i64 = 10_000;

/// Asks for a replay. The same range again while it runs, or at once, gives the first: a double click replays nothing
/// twice.
pub async fn create(app: &App, value: &Value) -> Result<Replay, Problem> {
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let source = reader.required_text("source_id", 64);
    let from = time(&mut reader, "from");
    let to = time(&mut reader, "to");
    let automation_id = super::events::read_automation(&mut reader);
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        reader.fault("to", "invalid", "must be later than `from`");
    }
    let source_id = source.and_then(|text| {
        let id = SourceId::parse(&text);
        if id.is_none() {
            reader.fault("source_id", "invalid", "is not the id of a source; those begin with `src_`");
        }
        id
    });
    verdict(reader.finish())?;
    let (Some(source_id), Some(from), Some(to)) = (source_id, from, to) else {
        return Err(Problem::internal("a replay without source or range passed its checks"));
    };
    super::sources::get(app, &source_id).await?;
    let now = app.now();
    let replay = Replay {
        id: ReplayId::new(now, app.entropy()),
        source_id,
        automation_id,
        from_id: EventId::floor(from),
        to_id: EventId::floor(to),
        cursor: String::new(),
        total: 0,
        done: 0,
        runs: 0,
        status: "running".to_owned(),
        created_at: now,
        finished_at: None,
    };
    let clicked_since = now.plus_ms(-CLICK_MS);
    let inserted = app.db().batch(vec![replays::insert(&replay, clicked_since)]).await?;
    if !took_place(&inserted, 0) {
        let twin = replays::twin(app.db(), &replay, clicked_since).await?;
        return twin.ok_or_else(|| Problem::not_found("replay", &replay.id));
    }
    advance(app).await?;
    get(app, &replay.id).await
}

fn time<'a>(reader: &mut Reader<'a>, key: &'a str) -> Option<Timestamp> {
    let text = reader.required_text(key, 40)?;
    let at = Timestamp::parse_rfc3339(&text);
    if at.is_none() {
        reader.fault(key, "invalid", "must be a time such as `2026-11-24T10:00:00Z`");
    }
    at
}

/// A replay with its progress.
pub async fn get(app: &App, id: &ReplayId) -> Result<Replay, Problem> {
    replays::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("replay", id))
}

/// Stops a replay; runs that it has made go on.
pub async fn stop(app: &App, id: &ReplayId) -> Result<(), Problem> {
    get(app, id).await?;
    app.db().batch(vec![replays::finish(id, "stopped", app.now())]).await?;
    Ok(())
}

/// Carries every running replay on by one chunk.
pub async fn advance(app: &App) -> Result<(), DatabaseError> {
    for replay in replays::running(app.db()).await? {
        let next = replays::next_events(app.db(), &replay, CHUNK).await?;
        let now = app.now();
        let Some(last) = next.last() else {
            app.db().batch(vec![replays::finish(&replay.id, "done", now)]).await?;
            continue;
        };
        // Runs and cursor move in one transaction, and each statement asks for the cursor as it was read.
        let mut statements: Vec<_> = next.iter().map(|event| runs::enqueue_for_replay(&replay, event, now)).collect();
        statements.push(replays::advance(&replay, last, next.len() as u64));
        let mut results = app.db().batch(statements).await?;
        if results.pop().is_none_or(|moved| moved.is_empty()) {
            continue;
        }
        let mut made: Vec<Existing> = Vec::new();
        for rows in results {
            made.extend(decode::<Existing>(rows)?);
        }
        app.db().batch(vec![replays::count_runs(&replay.id, made.len() as u64)]).await?;
        order::send_existing(app, made).await;
        if next.len() < CHUNK as usize {
            app.db().batch(vec![replays::finish(&replay.id, "done", now)]).await?;
        }
    }
    Ok(())
}
