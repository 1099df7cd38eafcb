//! What events taught and the ledger of fields does not have yet: one row a source, to which each batch of events adds
//! itself, and the counts of events that stand in the same row.
//!
//! A row written for each field of each event was the larger half of what an event cost. So a batch adds its entries to a
//! text ([`append`]); now and then they are summed up in place ([`sum_up`]), so that the text has one entry a path and
//! stays short; and whoever is to see the ledger, or changes what it may hold, folds them into it first ([`fold`]).
//!
//! **Invariant:** a sample moves on (into the text, into a sum, into the ledger) only while its source has the revision
//! under which it was taken and its field is not masked. Each step is one transaction, so nothing is counted twice and
//! nothing that is added meanwhile is lost.
//!
//! It decides nothing about paths: one that the ledger does not know is dropped when entries are summed up or folded.

use serde_json::json;

use crate::domain::field::{Entry, Tally};
use crate::domain::ids::SourceId;
use crate::sql;

use super::limits::Received;
use super::{Database, DatabaseExt, Result, Statement};

/// **Limit:** bytes of entries that one batch adds, and from which on they are summed up at once. An ordinary batch has
/// less than one hundredth; with 500 long paths of a sender who makes them up, the row stays below D1's 2,000,000 bytes.
const MOST_BYTES: usize = 200_000;

/// Batches after which entries are summed up: on average the text then holds eight of them.
const BATCHES: u32 = 16;

/// **Limit:** bytes of entries beyond which a sum keeps no samples: what is left of 1,000 paths is shorter.
const SAMPLES_BYTES: u32 = 500_000;

/// A statement about what the entries of the source `?1` come to, one row a path in `merged`.
///
/// **Invariant:** it names no row from outside of itself: SQLite would work all of it out anew for each of its own rows.
macro_rules! with_merged {
    ($before:literal, $rest:literal) => {
        concat!(
            $before,
            "WITH entry AS MATERIALIZED (
               SELECT key AS n, value ->> 0 AS path, value ->> 1 AS revision, value ->> 2 AS last_seen,
                 value ->> 3 AS test_only, value ->> 4 AS present, value ->> 5 AS empty, value ->> 6 AS meaning,
                 value -> 7 AS samples
               FROM json_each('[' || (SELECT entries FROM tallies WHERE source_id = ?1) || ']')),
             sample AS (
               SELECT path, value, row_number() OVER (PARTITION BY path ORDER BY min(place)) AS place FROM (
                 SELECT e.path, s.value, row_number() OVER (ORDER BY e.last_seen DESC, e.n DESC, s.key) AS place
                 FROM entry e CROSS JOIN json_each(e.samples) s
                 WHERE e.revision = (SELECT revision FROM sources WHERE id = ?1))
               GROUP BY path, value),
             newest AS MATERIALIZED (
               SELECT path, max(CASE place WHEN 1 THEN value END) AS a, max(CASE place WHEN 2 THEN value END) AS b,
                 max(CASE place WHEN 3 THEN value END) AS c
               FROM sample WHERE place <= 3 GROUP BY path),
             merged AS (
               SELECT e.path, max(e.last_seen) AS last_seen, min(e.test_only) AS test_only, sum(e.present) AS present,
                 sum(e.empty) AS empty,
                 -- The first that was guessed.
                 substr(min(CASE WHEN e.meaning IS NOT NULL THEN (1000000 + e.n) || e.meaning END), 8) AS meaning,
                 CASE WHEN s.c IS NOT NULL THEN json_array(s.a, s.b, s.c) WHEN s.b IS NOT NULL THEN json_array(s.a, s.b)
                   WHEN s.a IS NOT NULL THEN json_array(s.a) ELSE '[]' END AS samples
               FROM entry e LEFT JOIN newest s ON s.path = e.path GROUP BY e.path)",
            $rest
        )
    };
}

/// Adds what a batch of events brought: one row, whatever it holds. Nothing is added to a deleted source, and no samples
/// that were taken under another revision than the source has now: a field may be hidden since.
pub fn append(source: &SourceId, revision: u32, tally: &Tally, received: &Received) -> Statement {
    sql!(
        "INSERT INTO tallies (source_id, events, day, day_events, day_bytes, batches, entries)
         SELECT id, ?2, ?3, ?4, ?5, 1, coalesce((
             SELECT group_concat(CASE
               WHEN revision <> ?7 OR value ->> 0 IN (SELECT path FROM fields WHERE source_id = ?1 AND masked = 1)
               THEN json_set(value, '$[7]', json('[]')) ELSE value END) FROM json_each(?6)), '')
           FROM sources WHERE id = ?1 AND deleted_at IS NULL
         ON CONFLICT (source_id) DO UPDATE SET
           events = events + excluded.events,
           day_events = CASE WHEN day = excluded.day THEN day_events + excluded.day_events
             WHEN coalesce(day, 0) < excluded.day THEN excluded.day_events ELSE day_events END,
           day_bytes = CASE WHEN day = excluded.day THEN day_bytes + excluded.day_bytes
             WHEN coalesce(day, 0) < excluded.day THEN excluded.day_bytes ELSE day_bytes END,
           day = max(coalesce(day, 0), excluded.day),
           batches = batches + 1,
           entries = CASE WHEN '' IN (entries, excluded.entries) THEN entries || excluded.entries
             ELSE entries || ',' || excluded.entries END
         RETURNING source_id AS row",
        source.as_str(),
        received.events,
        received.day,
        received.today.events,
        received.today.bytes,
        written(tally, revision),
        revision
    )
}

/// The entries of a tally as a JSON list. A list that would be too long goes without samples, then without its end.
fn written(tally: &Tally, revision: u32) -> String {
    let entry = |entry: &Entry, samples: &[String]| {
        let (last_seen, test_only) = (entry.last_seen.as_millis(), u8::from(!entry.any_real));
        let counts = (entry.present, entry.empty);
        json!([entry.path, revision, last_seen, test_only, counts.0, counts.1, entry.meaning(), samples]).to_string()
    };
    let mut written: Vec<String> = tally.entries().iter().map(|own| entry(own, &own.samples)).collect();
    if written.iter().map(String::len).sum::<usize>() > MOST_BYTES {
        written = tally.entries().iter().map(|own| entry(own, &[])).collect();
    }
    let mut bytes = 0;
    written.retain(|entry| {
        bytes += entry.len() + 1;
        bytes <= MOST_BYTES
    });
    format!("[{}]", written.join(","))
}

/// Sums the entries of a source up to one a path, when there are many of them. Goes behind [`append`], and mostly changes
/// nothing.
pub fn sum_up(source: &SourceId) -> Statement {
    sql!(
        with_merged!(
            "UPDATE tallies SET batches = 0, entries = (",
            " SELECT coalesce(group_concat(json_array(path, (SELECT revision FROM sources WHERE id = ?1), last_seen, test_only,
                present, empty, meaning, json(CASE WHEN
                  (SELECT length(CAST(entries AS BLOB)) FROM tallies WHERE source_id = ?1) > ?4 THEN '[]' ELSE samples END))), '')
              FROM merged m WHERE EXISTS (SELECT 1 FROM fields f WHERE f.source_id = ?1 AND f.path = m.path))
             WHERE source_id = ?1 AND (batches >= ?2 OR length(CAST(entries AS BLOB)) > ?3)
             RETURNING source_id AS row"
        ),
        source.as_str(),
        BATCHES,
        MOST_BYTES as u64,
        SAMPLES_BYTES
    )
}

/// Moves the entries of a source into its ledger. For the transaction that then reads the ledger or changes what it may
/// hold; a source without entries costs no row.
pub fn fold(source: &SourceId) -> [Statement; 2] {
    let into_ledger = sql!(
        with_merged!(
            "",
            " UPDATE fields SET
                present = fields.present + m.present,
                empty = fields.empty + m.empty,
                last_seen = max(fields.last_seen, m.last_seen),
                test_only = min(fields.test_only, m.test_only),
                meaning = CASE WHEN chosen THEN fields.meaning ELSE coalesce(fields.meaning, m.meaning) END,
                samples = CASE WHEN masked THEN '[]' ELSE
                  (SELECT json_group_array(value) FROM (
                     SELECT value FROM (
                       SELECT value, key + CASE WHEN m.last_seen < fields.last_seen THEN 20 ELSE 0 END AS place
                         FROM json_each(m.samples)
                       UNION ALL SELECT value, key + 10 FROM json_each(fields.samples))
                     GROUP BY value ORDER BY min(place) LIMIT 3)) END
              FROM merged m WHERE fields.source_id = ?1 AND fields.path = m.path
              RETURNING path AS row"
        ),
        source.as_str()
    );
    let emptied = sql!(
        "UPDATE tallies SET entries = '', batches = 0 WHERE source_id = ?1 AND entries <> '' RETURNING source_id AS row",
        source.as_str()
    );
    [into_ledger, emptied]
}

/// How many events of a source were counted.
pub async fn events(db: &dyn Database, source: &SourceId) -> Result<u64> {
    let statement = sql!("SELECT json(events) AS row FROM tallies WHERE source_id = ?1", source.as_str());
    Ok(db.first::<u64>(statement).await?.unwrap_or_default())
}

/// Removes a bounded number of rows of deleted sources.
pub async fn purge_deleted(db: &dyn Database, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM tallies WHERE source_id IN (
           SELECT t.source_id FROM tallies t CROSS JOIN sources s ON s.id = t.source_id
           WHERE s.deleted_at IS NOT NULL LIMIT ?1)
         RETURNING source_id AS row",
        limit
    ))
    .await
}
