//! What limits are checked against: a source's counts of today, and what was sent in a window.
//!
//! It knows no limit: those are the domain's, and an argument where a statement filters by them.

use crate::domain::ids::SourceId;
use crate::domain::limits::{self, Usage, Window};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement, to_text};

/// What a batch of events adds to the counts of their source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Received {
    /// All of them.
    pub events: u32,
    /// The newest day of theirs.
    pub day: i64,
    /// Those of that day. What comes late from an older day is left out: that day is over.
    pub today: Usage,
}

impl Received {
    /// Counts one event.
    pub fn note(&mut self, at: Timestamp, bytes: usize) {
        self.events += 1;
        let day = limits::day(at);
        if day > self.day {
            (self.day, self.today) = (day, Usage::default());
        }
        if day == self.day {
            self.today.events += 1;
            self.today.bytes += bytes as u64;
        }
    }
}

/// Counts events of a source, beside the counts of its fields: one row, whatever it counts.
pub fn count_events(source: &SourceId, received: &Received) -> Statement {
    sql!(
        "UPDATE sources SET events = events + ?2,
           day_events = CASE WHEN day = ?3 THEN day_events + ?4 WHEN coalesce(day, 0) < ?3 THEN ?4 ELSE day_events END,
           day_bytes = CASE WHEN day = ?3 THEN day_bytes + ?5 WHEN coalesce(day, 0) < ?3 THEN ?5 ELSE day_bytes END,
           day = max(coalesce(day, 0), ?3)
         WHERE id = ?1 RETURNING id AS row",
        source.as_str(),
        received.events,
        received.day,
        received.today.events,
        received.today.bytes
    )
}

/// A source with the events and bytes that it received on a day.
pub type Used = (SourceId, u64, u64);

/// What some sources received on a day; one that received nothing is not among them.
pub async fn used(db: &dyn Database, sources: &[&SourceId], day: i64) -> Result<Vec<Used>> {
    db.all(sql!(
        "SELECT json_array(id, day_events, day_bytes) AS row FROM sources
         WHERE id IN (SELECT value FROM json_each(?1)) AND day = ?2",
        to_text(&sources),
        day
    ))
    .await
}

/// The sources that received at least some percent of a limit of theirs on a day.
pub fn near_limit(day: i64, percent: u32) -> Statement {
    sql!(
        "SELECT json_array(id, day_events, day_bytes, name, settings ->> '$.limits.events_per_day',
           settings ->> '$.limits.bytes_per_day') AS row FROM sources
         WHERE deleted_at IS NULL AND day = ?1
           AND (day_events * 100 >= coalesce(settings ->> '$.limits.events_per_day', ?2) * ?4
             OR day_bytes * 100 >= coalesce(settings ->> '$.limits.bytes_per_day', ?3) * ?4)
         ORDER BY id LIMIT 20",
        day,
        limits::EVENTS_PER_DAY,
        limits::BYTES_PER_DAY,
        percent
    )
}

/// One row of [`near_limit`]: the source, its events and bytes, its name, and its limits as they were set.
pub type Near = (SourceId, u64, u64, String, Option<u32>, Option<u32>);

/// Counts one message in each of its windows, and says how many each has now, in their order.
///
/// Repeated after an ambiguous failure it counts twice, which only makes a limit come one message earlier.
pub fn count_sends(windows: &[Window]) -> Statement {
    let rows: Vec<_> = windows.iter().map(|window| (window.ends_at.as_millis(), &window.key)).collect();
    sql!(
        "INSERT INTO sends (ends_at, key, count) SELECT value ->> 0, value ->> 1, 1 FROM json_each(?1) WHERE true
         ON CONFLICT (ends_at, key) DO UPDATE SET count = count + 1 RETURNING json_array(key, count) AS row",
        to_text(&rows)
    )
}

/// Removes a bounded number of windows that are over.
pub fn purge_sends(now: Timestamp, limit: u32) -> Statement {
    sql!(
        "DELETE FROM sends WHERE (ends_at, key) IN (SELECT ends_at, key FROM sends WHERE ends_at < ?1 LIMIT ?2)
         RETURNING key AS row",
        now,
        limit
    )
}
