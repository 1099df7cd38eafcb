//! Captures: the sealed signatures of a source's last deliveries, for a quarter of an hour.
//!
//! It opens none.

use serde::Deserialize;

use crate::domain::ids::{EventId, SourceId};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement};

/// **Limit:** captures of one source; the older ones make room.
pub const MAX: u32 = 5;

/// A capture.
#[derive(Deserialize, Clone, Debug)]
pub struct Capture {
    /// Its id, which carries its time.
    pub id: EventId,
    /// The event that holds the body; `None` when the body is in here.
    pub event_id: Option<EventId>,
    /// What was kept.
    pub sealed: String,
}

/// Keeps a capture of a source that is still there, and lets the oldest go.
pub fn insert(source: &SourceId, capture: &Capture, expires_at: Timestamp) -> [Statement; 2] {
    [
        sql!(
            "INSERT INTO captures (source_id, id, event_id, sealed, expires_at)
             SELECT ?1, ?2, ?3, ?4, ?5 FROM sources WHERE id = ?1 AND deleted_at IS NULL
             ON CONFLICT DO NOTHING RETURNING id AS row",
            source.as_str(),
            capture.id.as_str(),
            capture.event_id.as_ref().map(|id| id.as_str().to_owned()),
            &capture.sealed,
            expires_at
        ),
        sql!(
            "DELETE FROM captures WHERE source_id = ?1 AND id <= (
               SELECT id FROM captures WHERE source_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
             RETURNING id AS row",
            source.as_str(),
            MAX
        ),
    ]
}

/// The captures of a source that have not expired, newest first.
pub async fn list(db: &dyn Database, source: &SourceId, now: Timestamp) -> Result<Vec<Capture>> {
    db.all(sql!(
        "SELECT json_object('id', id, 'event_id', event_id, 'sealed', sealed) AS row
         FROM captures WHERE source_id = ?1 AND expires_at > ?2 ORDER BY id DESC",
        source.as_str(),
        now
    ))
    .await
}

/// Removes the captures of a source.
pub fn forget(source: &SourceId) -> Statement {
    sql!("DELETE FROM captures WHERE source_id = ?1 RETURNING id AS row", source.as_str())
}

/// Removes the captures of an event.
pub fn forget_event(source: &SourceId, event: &EventId) -> Statement {
    sql!(
        "DELETE FROM captures WHERE source_id = ?1 AND event_id = ?2 RETURNING id AS row",
        source.as_str(),
        event.as_str()
    )
}

/// Removes every capture: for an erasure, which cannot look into what is sealed.
pub fn forget_all() -> Statement {
    sql!("DELETE FROM captures WHERE source_id > '' RETURNING id AS row")
}

/// Removes what has expired.
pub fn expire(now: Timestamp) -> Statement {
    sql!("DELETE FROM captures WHERE expires_at <= ?1 RETURNING id AS row", now)
}
