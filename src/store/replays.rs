//! Replays of a range of events, carried on by the sweep from where they stopped.
//!
//! It makes no run: `runs::enqueue_for_replay` does, in the same batch.

use serde::Deserialize;

use crate::domain::ids::{AutomationId, EventId, ReplayId, SourceId};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement};

/// A replay.
#[derive(Deserialize, Clone, Debug)]
pub struct Replay {
    /// Its id.
    pub id: ReplayId,
    /// The source whose events are run again.
    pub source_id: SourceId,
    /// Only this automation.
    pub automation_id: Option<AutomationId>,
    /// The first event.
    pub from_id: EventId,
    /// The event before which it ends.
    pub to_id: EventId,
    /// The last event that was replayed.
    pub cursor: String,
    /// Events in the range when it began.
    pub total: u64,
    /// Events replayed.
    pub done: u64,
    /// Runs made.
    pub runs: u64,
    /// `running`, `done` or `stopped`.
    pub status: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// The columns of a replay as one JSON document.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT json_object('id', id, 'source_id', source_id, 'automation_id', automation_id, 'from_id', from_id, ",
            "'to_id', to_id, 'cursor', cursor, 'total', total, 'done', done, 'runs', runs, 'status', status, ",
            "'created_at', created_at, 'finished_at', finished_at) AS row FROM replays ",
            $rest
        )
    };
}

/// A new replay, unless it has a twin; it counts its events itself.
pub fn insert(replay: &Replay, clicked_since: Timestamp) -> Statement {
    sql!(
        "INSERT INTO replays (id, source_id, automation_id, from_id, to_id, cursor, total, status, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5, '', (SELECT count(*) FROM events WHERE source_id = ?2 AND id >= ?4 AND id < ?5), 'running', ?6
         WHERE NOT EXISTS (SELECT 1 FROM replays WHERE (status = 'running' OR created_at > ?7) AND source_id = ?2
           AND automation_id IS ?3 AND from_id = ?4 AND to_id = ?5)
         RETURNING id AS row",
        replay.id.as_str(),
        replay.source_id.as_str(),
        replay.automation_id.as_ref().map(AutomationId::as_str),
        replay.from_id.as_str(),
        replay.to_id.as_str(),
        replay.created_at,
        clicked_since
    )
}

/// A replay.
pub async fn get(db: &dyn Database, id: &ReplayId) -> Result<Option<Replay>> {
    db.first(sql!(select!("WHERE id = ?1"), id.as_str())).await
}

/// A replay of the same range that is running or was asked for a moment ago: a double click must not run everything
/// twice, however small the range.
pub async fn twin(db: &dyn Database, replay: &Replay, clicked_since: Timestamp) -> Result<Option<Replay>> {
    db.first(sql!(
        select!(
            "WHERE (status = 'running' OR created_at > ?5) AND source_id = ?1 AND automation_id IS ?2 AND from_id = ?3
               AND to_id = ?4 ORDER BY id DESC LIMIT 1"
        ),
        replay.source_id.as_str(),
        replay.automation_id.as_ref().map(AutomationId::as_str),
        replay.from_id.as_str(),
        replay.to_id.as_str(),
        clicked_since
    ))
    .await
}

/// The replays that are running, oldest first.
pub async fn running(db: &dyn Database) -> Result<Vec<Replay>> {
    db.all(sql!(select!("WHERE status = 'running' ORDER BY id LIMIT 5"))).await
}

/// The next events of a replay, oldest first.
pub async fn next_events(db: &dyn Database, replay: &Replay, limit: u32) -> Result<Vec<EventId>> {
    db.all(sql!(
        "SELECT json_quote(id) AS row FROM events WHERE source_id = ?1 AND id > ?2 AND id >= ?3 AND id < ?4
         ORDER BY id LIMIT ?5",
        replay.source_id.as_str(),
        &replay.cursor,
        replay.from_id.as_str(),
        replay.to_id.as_str(),
        limit
    ))
    .await
}

/// Moves a replay on, if it is still running and still where it was; the last statement of the batch that makes runs.
pub fn advance(replay: &Replay, cursor: &EventId, done: u64) -> Statement {
    sql!(
        "UPDATE replays SET cursor = ?3, done = done + ?4 WHERE id = ?1 AND cursor = ?2 AND status = 'running'
         RETURNING id AS row",
        replay.id.as_str(),
        &replay.cursor,
        cursor.as_str(),
        done
    )
}

/// Counts the runs that a chunk has made.
pub fn count_runs(id: &ReplayId, runs: u64) -> Statement {
    sql!("UPDATE replays SET runs = runs + ?2 WHERE id = ?1 RETURNING id AS row", id.as_str(), runs)
}

/// Removes a bounded number of replays that were over before a moment.
pub async fn purge(db: &dyn Database, older_than: Timestamp, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM replays WHERE id IN (
           SELECT id FROM replays WHERE id < ?1 AND status <> 'running' AND finished_at < ?2 LIMIT ?3)
         RETURNING id AS row",
        ReplayId::floor(older_than).as_str(),
        older_than,
        limit
    ))
    .await
}

/// Ends a replay.
pub fn finish(id: &ReplayId, status: &str, now: Timestamp) -> Statement {
    sql!(
        "UPDATE replays SET status = ?2, finished_at = ?3 WHERE id = ?1 AND status = 'running' RETURNING id AS row",
        id.as_str(),
        status,
        now
    )
}
