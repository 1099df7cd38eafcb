//! Refused deliveries: the latest of each source, and how many there were in each hour.
//!
//! It is written in bunches, never for one delivery: who gathers them is the app.

use serde::Serialize;

use crate::domain::ids::{RefusalId, SourceId};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Page, Result, Statement, to_text};

/// **Limit:** refusals that are kept of one source: two pages of a list, enough to see what is wrong, and nothing that a
/// flood could fill the database with.
pub const KEPT: u32 = 50;

/// A refused delivery.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The source to which it was sent.
    pub source_id: SourceId,
    /// Its id, which carries the time.
    pub id: RefusalId,
    /// Why, stable: the code that the sender was answered.
    pub code: String,
    /// Why, in the words that the sender was answered.
    pub detail: String,
    /// Its method.
    pub method: String,
    /// Its content type, as it was declared.
    pub content_type: Option<String>,
    /// The beginning of a body that could not be read.
    pub body: Option<String>,
}

/// How many deliveries were refused in an hour for one reason.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub struct Count(pub SourceId, pub i64, pub &'static str, pub u32);

/// Keeps what was gathered: three statements, whatever was gathered. Of each source only the latest stay.
pub fn keep(refusals: &[&Refusal], counts: &[&Count]) -> Vec<Statement> {
    let mut sources: Vec<&str> = refusals.iter().map(|refusal| refusal.source_id.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    vec![
        sql!(
            "INSERT INTO refusals (source_id, id, code, detail, method, content_type, body)
             SELECT value ->> 'source_id', value ->> 'id', value ->> 'code', value ->> 'detail', value ->> 'method',
               value ->> 'content_type',
               -- Who was erased since it came may be in it.
               CASE WHEN EXISTS (SELECT 1 FROM erasures WHERE erasures.id > 'ers_' || substr(value ->> 'id', 5)) THEN NULL
                 ELSE value ->> 'body' END
             FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING RETURNING id AS row",
            to_text(&refusals)
        ),
        sql!(
            "INSERT INTO refusal_counts (source_id, hour, code, count)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) WHERE true
             ON CONFLICT (source_id, hour, code) DO UPDATE SET count = count + excluded.count RETURNING code AS row",
            to_text(&counts)
        ),
        sql!(
            "DELETE FROM refusals WHERE (source_id, id) IN (
               SELECT source_id, id FROM (
                 SELECT r.source_id, r.id, row_number() OVER (PARTITION BY r.source_id ORDER BY r.id DESC) AS place
                 FROM json_each(?1) s JOIN refusals r ON r.source_id = s.value)
               WHERE place > ?2)
             RETURNING id AS row",
            to_text(&sources),
            KEPT
        ),
    ]
}

/// One refusal as it is listed: its id, code, detail, method, content type and the beginning of its body.
pub type Listed = (RefusalId, String, String, String, Option<String>, Option<String>);

/// The refusals of a source, newest first.
pub async fn list(db: &dyn Database, source: &SourceId, page: &Page) -> Result<Vec<Listed>> {
    db.all(sql!(
        "SELECT json_array(id, code, detail, method, content_type, body) AS row
         FROM refusals WHERE source_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        source.as_str(),
        page.before.clone().unwrap_or_else(|| "ref_~".to_owned()),
        page.limit
    ))
    .await
}

/// How many deliveries of a source were refused in each hour from one on, by reason.
pub async fn counts(db: &dyn Database, source: &SourceId, since_hour: i64) -> Result<Vec<(i64, String, u64)>> {
    db.all(sql!(
        "SELECT json_array(hour, code, count) AS row FROM refusal_counts
         WHERE source_id = ?1 AND hour >= ?2 ORDER BY hour, code LIMIT 1000",
        source.as_str(),
        since_hour
    ))
    .await
}

/// Removes a bounded number of refusals and counts that are older than a moment.
pub fn purge(older_than: Timestamp, older_than_hour: i64, limit: u32) -> [Statement; 2] {
    [
        sql!(
            "DELETE FROM refusals WHERE (source_id, id) IN (
               SELECT r.source_id, r.id FROM sources s CROSS JOIN refusals r ON r.source_id = s.id AND r.id < ?1 LIMIT ?2)
             RETURNING id AS row",
            RefusalId::floor(older_than).as_str(),
            limit
        ),
        sql!(
            "DELETE FROM refusal_counts WHERE (source_id, hour, code) IN (
               SELECT c.source_id, c.hour, c.code FROM sources s
               CROSS JOIN refusal_counts c ON c.source_id = s.id AND c.hour < ?1 LIMIT ?2)
             RETURNING code AS row",
            older_than_hour,
            limit
        ),
    ]
}
