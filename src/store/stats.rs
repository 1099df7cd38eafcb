//! Counts for the overview, the marks of the sweep and of ended sessions, and the look at the database's health.
//!
//! It keeps no counters of events or runs: they are counted over a key when somebody asks.

use crate::domain::ids::EventId;
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement};

/// Counts events between two moments, by the milliseconds in their ids.
///
/// Ids carry their time in base 32, so an hour is a range of ids: one statement an hour, each over a key.
pub fn events_between(from: Timestamp, to: Timestamp) -> Statement {
    sql!(
        "SELECT json(count(*)) AS row FROM sources s CROSS JOIN events e ON e.source_id = s.id AND e.id >= ?1 AND e.id < ?2",
        EventId::floor(from).as_str(),
        EventId::floor(to).as_str()
    )
}

/// Counts the runs of events between two moments by status.
pub fn runs_between(from: Timestamp, to: Timestamp) -> Statement {
    sql!(
        "SELECT json_array(status, count(*)) AS row FROM runs WHERE event_id >= ?1 AND event_id < ?2 GROUP BY status",
        EventId::floor(from).as_str(),
        EventId::floor(to).as_str()
    )
}

/// The moment from which the longest waiting run could have begun, if one is late.
pub async fn oldest_due(db: &dyn Database, now: Timestamp) -> Result<Option<Timestamp>> {
    db.first(sql!(
        "SELECT json(open) AS row FROM runs WHERE open IS NOT NULL AND open <= ?1 AND status <> 'held' ORDER BY open LIMIT 1",
        now
    ))
    .await
}

/// What the names of marks begin with that stand for a session that was signed out; the value is when it would have
/// been over, in milliseconds.
pub const SESSION_MARK: &str = "session:";

/// Removes the marks of sessions that are over by now.
pub async fn purge_sessions(db: &dyn Database, now: Timestamp, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM marks WHERE name IN (
           SELECT name FROM marks WHERE name >= 'session:' AND name < 'session;' AND CAST(value AS INTEGER) < ?1 LIMIT ?2)
         RETURNING name AS row",
        now.as_millis(),
        limit
    ))
    .await
}

/// Reads a mark.
pub async fn mark(db: &dyn Database, name: &str) -> Result<Option<String>> {
    db.first(sql!("SELECT json_quote(value) AS row FROM marks WHERE name = ?1", name)).await
}

/// Writes a mark.
pub fn set_mark(name: &str, value: &str) -> Statement {
    sql!(
        "INSERT INTO marks (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2 RETURNING name AS row",
        name,
        value
    )
}

/// Asks for as little as possible.
pub fn least() -> Statement {
    sql!("SELECT name AS row FROM marks LIMIT 1")
}

/// Whether the database answers.
pub async fn ping(db: &dyn Database) -> Result<()> {
    db.count(least()).await.map(|_| ())
}
