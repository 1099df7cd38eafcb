//! What limits are checked against: a source's counts of today, and what was sent in a window.
//!
//! The counts of a source are written by `tallies`. It knows no limit: those are the domain's, and an argument where a
//! statement filters by them.

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

/// A source with the events and bytes that it received on a day.
pub type Used = (SourceId, u64, u64);

/// What some sources received on a day; one that received nothing is not among them.
pub async fn used(db: &dyn Database, sources: &[&SourceId], day: i64) -> Result<Vec<Used>> {
    db.all(sql!(
        "SELECT json_array(source_id, day_events, day_bytes) AS row FROM tallies
         WHERE source_id IN (SELECT value FROM json_each(?1)) AND day = ?2",
        to_text(&sources),
        day
    ))
    .await
}

/// The sources that received at least some percent of a limit of theirs on a day.
pub fn near_limit(day: i64, percent: u32) -> Statement {
    sql!(
        "SELECT json_array(s.id, t.day_events, t.day_bytes, s.name, s.settings ->> '$.limits.events_per_day',
           s.settings ->> '$.limits.bytes_per_day') AS row
         FROM tallies t CROSS JOIN sources s ON s.id = t.source_id
         WHERE s.deleted_at IS NULL AND t.day = ?1
           AND (t.day_events * 100 >= coalesce(s.settings ->> '$.limits.events_per_day', ?2) * ?4
             OR t.day_bytes * 100 >= coalesce(s.settings ->> '$.limits.bytes_per_day', ?3) * ?4)
         ORDER BY t.source_id LIMIT 20",
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
