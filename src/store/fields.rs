//! The ledger of learned fields.
//!
//! It never deletes by itself and never guesses: what a field means comes with the sighting or the tally. What events add
//! to counts and samples is gathered in `tallies` first, and folded in before anybody looks.

use serde::Deserialize;
use serde_json::json;

use crate::domain::event::flag;
use crate::domain::field::{Field, FieldKind, Meaning, Sighting};
use crate::domain::ids::{EventId, SourceId};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement, json_text};

/// **Limit:** paths of one source. A sender that makes up keys (an id as a key) must not fill the ledger.
pub const MAX_PATHS: u32 = 500;

#[derive(Deserialize)]
struct Row {
    path: String,
    #[serde(deserialize_with = "json_text")]
    kinds: Vec<FieldKind>,
    meaning: Option<Meaning>,
    #[serde(deserialize_with = "flag")]
    chosen: bool,
    #[serde(deserialize_with = "flag")]
    masked: bool,
    #[serde(deserialize_with = "json_text")]
    samples: Vec<String>,
    present: u64,
    empty: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
    #[serde(deserialize_with = "flag")]
    test_only: bool,
}

impl From<Row> for Field {
    fn from(row: Row) -> Self {
        Self {
            path: row.path,
            kinds: row.kinds,
            meaning: row.meaning,
            meaning_set_by_operator: row.chosen,
            samples: row.samples,
            masked: row.masked,
            present: row.present,
            empty: row.empty,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            test_only: row.test_only,
        }
    }
}

/// The learned fields of a source, in the order in which they first appeared.
pub async fn list(db: &dyn Database, source: &SourceId) -> Result<Vec<Field>> {
    Ok(db.all::<Row>(select(source)).await?.into_iter().map(Field::from).collect())
}

/// The statement behind [`list`], for a batch.
pub fn select(source: &SourceId) -> Statement {
    sql!(
        "SELECT json_object('path', path, 'kinds', kinds, 'meaning', meaning, 'chosen', chosen, 'masked', masked,
           'samples', samples, 'present', present, 'empty', empty, 'first_seen', first_seen, 'last_seen', last_seen,
           'test_only', test_only) AS row
         FROM fields WHERE source_id = ?1 ORDER BY first_seen, position",
        source.as_str()
    )
}

/// The paths of some sources, each with its source's id: `[source id, path]`.
pub fn paths_of(sources: &[&SourceId]) -> Statement {
    sql!(
        "SELECT json_array(f.source_id, f.path) AS row
         FROM json_each(?1) s JOIN fields f ON f.source_id = s.value ORDER BY f.source_id, f.first_seen, f.position",
        super::to_text(&sources)
    )
}

/// Decodes what [`select`] returned.
pub fn decode(rows: super::Rows) -> Result<Vec<Field>> {
    Ok(super::decode::<Row>(rows)?.into_iter().map(Field::from).collect())
}

/// Writes paths and kinds that were never seen before, in the transaction of the event that brought them, and only
/// when that event was stored. Returns the paths that were really new.
///
/// What only tests have sent takes no place away from what is sent in earnest; what was sent in earnest since is known
/// by its tally.
pub fn learn(source: &SourceId, event: &EventId, sightings: &[&Sighting], test: bool) -> Statement {
    let rows: Vec<_> = sightings
        .iter()
        .map(|seen| {
            json!({
                "path": seen.path,
                "kinds": json!([seen.kind]).to_string(),
                "meaning": seen.meaning,
                "samples": json!(seen.sample.iter().collect::<Vec<_>>()).to_string(),
            })
        })
        .collect();
    sql!(
        "INSERT INTO fields (source_id, path, position, kinds, meaning, samples, first_seen, last_seen, test_only)
         SELECT ?1, j.value ->> 'path', j.key, j.value ->> 'kinds', j.value ->> 'meaning', j.value ->> 'samples', ?4, ?4, ?5
         FROM json_each(?2) j
         WHERE EXISTS (SELECT 1 FROM events WHERE source_id = ?1 AND id = ?3)
           AND (EXISTS (SELECT 1 FROM fields f WHERE f.source_id = ?1 AND f.path = j.value ->> 'path')
                OR (SELECT count(*) FROM fields f WHERE f.source_id = ?1 AND (f.test_only <= ?5 OR f.path IN (
                  SELECT e.value ->> 0 FROM tallies t, json_each('[' || t.entries || ']') e
                  WHERE t.source_id = ?1 AND e.value ->> 3 = 0))) + j.key < ?6)
         ON CONFLICT (source_id, path) DO UPDATE SET
           kinds = json_insert(kinds, '$[#]', json_extract(excluded.kinds, '$[0]')),
           meaning = CASE WHEN chosen THEN meaning ELSE coalesce(meaning, excluded.meaning) END,
           last_seen = max(last_seen, excluded.last_seen)
         WHERE NOT EXISTS (SELECT 1 FROM json_each(fields.kinds) k WHERE k.value = json_extract(excluded.kinds, '$[0]'))
         RETURNING path AS row",
        source.as_str(),
        json!(rows).to_string(),
        event.as_str(),
        event.received_at(),
        test,
        MAX_PATHS
    )
}

/// Raises the schema's revision, if the statement before it in the same transaction has changed a field.
pub fn schema_changed(source: &SourceId, now: Timestamp) -> Statement {
    sql!(
        "UPDATE sources SET schema_revision = schema_revision + 1, unpublished = ?2 WHERE id = ?1 AND changes() > 0
         RETURNING id AS row",
        source.as_str(),
        now
    )
}

/// Changes what an operator may change of a field. Masking forgets the samples at once.
pub fn change(source: &SourceId, path: &str, meaning: Option<Option<Meaning>>, masked: Option<bool>) -> Statement {
    sql!(
        "UPDATE fields SET
           meaning = CASE WHEN ?3 THEN ?4 ELSE meaning END,
           chosen = CASE WHEN ?3 THEN 1 ELSE chosen END,
           masked = coalesce(?5, masked),
           samples = CASE WHEN coalesce(?5, masked) THEN '[]' ELSE samples END
         WHERE source_id = ?1 AND path = ?2 RETURNING path AS row",
        source.as_str(),
        path,
        meaning.is_some(),
        meaning.flatten().map(Meaning::as_str),
        masked
    )
}

/// Makes a place for a field that was never sent, so that what is to become of it can be said before.
pub fn place(source: &SourceId, path: &str, now: Timestamp) -> Statement {
    sql!(
        "INSERT INTO fields (source_id, path, position, kinds, first_seen, last_seen, test_only)
         SELECT ?1, ?2, 0, '[]', ?3, ?3, 0
         WHERE (SELECT count(*) FROM fields WHERE source_id = ?1) < ?4
         ON CONFLICT DO NOTHING RETURNING path AS row",
        source.as_str(),
        path,
        now,
        2 * MAX_PATHS
    )
}

/// Writes the samples of a field anew, in the transaction that changes what is shown of it.
pub fn set_samples(source: &SourceId, path: &str, samples: &[String]) -> Statement {
    sql!(
        "UPDATE fields SET samples = ?3 WHERE source_id = ?1 AND path = ?2 RETURNING path AS row",
        source.as_str(),
        path,
        json!(samples).to_string()
    )
}

/// Removes a bounded number of fields of deleted sources.
pub async fn purge_deleted(db: &dyn Database, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM fields WHERE (source_id, path) IN (
           SELECT f.source_id, f.path FROM sources s CROSS JOIN fields f ON f.source_id = s.id
           WHERE s.deleted_at IS NOT NULL LIMIT ?1)
         RETURNING path AS row",
        limit
    ))
    .await
}

/// Forgets a field; it is learned anew when it is sent again.
pub fn forget(source: &SourceId, path: &str) -> Statement {
    sql!("DELETE FROM fields WHERE source_id = ?1 AND path = ?2 RETURNING path AS row", source.as_str(), path)
}
