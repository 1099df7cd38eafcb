//! Sources: their settings and tokens.
//!
//! It removes none: a deleted source stays as a row, so that its URL answers 410.

use serde::Deserialize;

use crate::domain::event::flag;
use crate::domain::field::Policies;
use crate::domain::ids::{SourceId, Token};
use crate::domain::source::{Source, SourceSettings};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Page, Result, Statement, json_text, to_text};

#[derive(Deserialize)]
struct Row {
    id: SourceId,
    name: String,
    token: Token,
    old_token: Option<Token>,
    old_token_until: Option<Timestamp>,
    revision: u32,
    #[serde(deserialize_with = "json_text")]
    settings: SourceSettings,
    secrets: Option<String>,
    schema_revision: u32,
    created_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

impl From<Row> for Source {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            token: row.token,
            old_token: row.old_token,
            old_token_until: row.old_token_until,
            revision: row.revision,
            settings: row.settings,
            secrets: row.secrets,
            schema_revision: row.schema_revision,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// The columns of a source as one JSON document.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT json_object('id', id, 'name', name, 'token', token, 'old_token', old_token, 'old_token_until', ",
            "old_token_until, 'revision', revision, 'settings', settings, 'secrets', secrets, 'schema_revision', ",
            "schema_revision, 'created_at', created_at, 'deleted_at', deleted_at) AS row FROM sources ",
            $rest
        )
    };
}

/// The source of a token, also of one that was rotated away or belongs to a deleted source: the caller decides.
pub async fn by_token(db: &dyn Database, token: &Token) -> Result<Option<Source>> {
    let statement = sql!(select!("WHERE token = ?1 OR old_token = ?1 LIMIT 1"), token.as_str());
    Ok(db.first::<Row>(statement).await?.map(Source::from))
}

/// A source that was not deleted.
pub async fn get(db: &dyn Database, id: &SourceId) -> Result<Option<Source>> {
    let statement = sql!(select!("WHERE id = ?1 AND deleted_at IS NULL"), id.as_str());
    Ok(db.first::<Row>(statement).await?.map(Source::from))
}

/// The sources that were not deleted.
pub async fn list(db: &dyn Database, page: &Page) -> Result<Vec<Source>> {
    let statement = sql!(
        select!("WHERE deleted_at IS NULL AND (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2"),
        page.before.clone(),
        page.limit
    );
    Ok(db.all::<Row>(statement).await?.into_iter().map(Source::from).collect())
}

/// What a source stores of which field, also when it was deleted: what was hidden stays so.
pub async fn storage(db: &dyn Database, id: &SourceId) -> Result<Policies> {
    let statement = sql!("SELECT coalesce(settings -> 'storage', '[]') AS row FROM sources WHERE id = ?1", id.as_str());
    Ok(db.first::<Policies>(statement).await?.unwrap_or_default())
}

/// Some sources, those that were not deleted.
pub fn of_ids(ids: &[&SourceId]) -> Statement {
    sql!(select!("WHERE id IN (SELECT value FROM json_each(?1)) AND deleted_at IS NULL"), to_text(&ids))
}

/// Decodes what [`of_ids`] returned.
pub fn decode(rows: super::Rows) -> Result<Vec<Source>> {
    Ok(super::decode::<Row>(rows)?.into_iter().map(Source::from).collect())
}

/// A new source.
pub fn insert(source: &Source) -> Statement {
    sql!(
        "INSERT INTO sources (id, name, token, revision, settings, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING RETURNING id AS row",
        source.id.as_str(),
        &source.name,
        source.token.as_str(),
        source.revision,
        to_text(&source.settings),
        source.created_at
    )
}

/// Stores name, token and settings of a source that still has the revision before it; the KV document is then old.
pub fn update(source: &Source, now: Timestamp) -> Statement {
    sql!(
        "UPDATE sources SET name = ?2, token = ?3, old_token = ?4, old_token_until = ?5, settings = ?6, secrets = ?7,
           revision = ?8, unpublished = ?9
         WHERE id = ?1 AND revision = ?8 - 1 AND deleted_at IS NULL RETURNING id AS row",
        source.id.as_str(),
        &source.name,
        source.token.as_str(),
        source.old_token.as_ref().map(Token::as_str),
        source.old_token_until,
        to_text(&source.settings),
        source.secrets.clone(),
        source.revision,
        now
    )
}

/// Marks a source as deleted: from this instant no delivery is stored.
pub fn delete(id: &SourceId, now: Timestamp) -> Statement {
    sql!(
        "UPDATE sources SET deleted_at = ?2, revision = revision + 1, unpublished = ?2
         WHERE id = ?1 AND deleted_at IS NULL RETURNING id AS row",
        id.as_str(),
        now
    )
}

/// Marks a source as deleted unless an automation that was not deleted listens to it.
pub fn delete_unless_used(id: &SourceId, now: Timestamp) -> Statement {
    sql!(
        "UPDATE sources SET deleted_at = ?2, revision = revision + 1, unpublished = ?2
         WHERE id = ?1 AND deleted_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM automations WHERE source_id = ?1 AND deleted_at IS NULL)
         RETURNING id AS row",
        id.as_str(),
        now
    )
}

/// A source whose KV document may be older than the ledger.
#[derive(Deserialize, Clone, Debug)]
pub struct Unpublished {
    /// The source.
    pub id: SourceId,
    /// Its token.
    pub token: Token,
    /// The newest revision of its settings.
    pub revision: u32,
    /// The newest revision of its fields.
    pub schema_revision: u32,
    /// Since when.
    pub unpublished: Timestamp,
    /// Whether the source was deleted, so that no document leads to it any more.
    #[serde(deserialize_with = "flag")]
    pub deleted: bool,
}

/// Sources whose KV document should be looked at again: those that changed before `until`.
pub async fn unpublished(db: &dyn Database, until: Timestamp) -> Result<Vec<Unpublished>> {
    db.all(sql!(
        "SELECT json_object('id', id, 'token', token, 'revision', revision, 'schema_revision', schema_revision,
           'unpublished', unpublished, 'deleted', deleted_at IS NOT NULL) AS row
         FROM sources WHERE unpublished IS NOT NULL AND unpublished <= ?1 ORDER BY unpublished LIMIT 50",
        until
    ))
    .await
}

/// Says that a KV document was seen to be the newest, unless the source has changed meanwhile.
pub fn published(source: &Unpublished) -> Statement {
    sql!(
        "UPDATE sources SET unpublished = NULL WHERE id = ?1 AND unpublished = ?2 RETURNING id AS row",
        source.id.as_str(),
        source.unpublished
    )
}

/// Says that a KV document was written and should be looked at once more later.
pub fn republished(id: &SourceId, now: Timestamp) -> Statement {
    sql!("UPDATE sources SET unpublished = ?2 WHERE id = ?1 RETURNING id AS row", id.as_str(), now)
}
