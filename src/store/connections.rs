//! Connections: settings in clear, secrets sealed.
//!
//! It seals and opens nothing: what comes in here is sealed already.

use serde::Deserialize;

use crate::domain::action::Object;
use crate::domain::connection::Kind;
use crate::domain::event::flag;
use crate::domain::ids::ConnectionId;
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Page, Result, Statement, json_text, to_text};

/// A connection with its secrets sealed.
#[derive(Deserialize, Clone, PartialEq, Debug)]
pub struct Sealed {
    /// Its id.
    pub id: ConnectionId,
    /// Which provider it is for.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whether it sends nothing.
    #[serde(deserialize_with = "flag")]
    pub simulated: bool,
    /// Whether it is the default of its kind.
    #[serde(deserialize_with = "flag")]
    pub is_default: bool,
    /// What may be shown.
    #[serde(deserialize_with = "json_text")]
    pub settings: Object,
    /// What may not, sealed.
    pub secrets: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The columns of a connection as one JSON document.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT json_object('id', id, 'kind', kind, 'name', name, 'simulated', simulated, 'is_default', is_default, ",
            "'settings', settings, 'secrets', secrets, 'created_at', created_at, 'updated_at', updated_at) AS row ",
            "FROM connections ",
            $rest
        )
    };
}

/// A connection.
pub async fn get(db: &dyn Database, id: &ConnectionId) -> Result<Option<Sealed>> {
    db.first(sql!(select!("WHERE id = ?1"), id.as_str())).await
}

/// Of what kind some connections are; those that are not there are left out.
pub async fn kinds(db: &dyn Database, ids: &[&ConnectionId]) -> Result<Vec<(ConnectionId, Kind)>> {
    let statement = sql!(
        "SELECT json_array(id, kind) AS row FROM connections WHERE id IN (SELECT value FROM json_each(?1))",
        to_text(&ids)
    );
    db.all(statement).await
}

/// The default connection of a kind.
pub async fn default_of(db: &dyn Database, kind: Kind) -> Result<Option<Sealed>> {
    db.first(sql!(select!("WHERE kind = ?1 AND is_default ORDER BY id LIMIT 1"), kind.as_str())).await
}

/// Some connections, the defaults first, for a batch: few have more.
pub fn first(limit: u32) -> Statement {
    sql!(select!("ORDER BY is_default DESC, id LIMIT ?1"), limit)
}

/// Connections, newest first.
pub async fn list(db: &dyn Database, page: &Page) -> Result<Vec<Sealed>> {
    let statement =
        sql!(select!("WHERE (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2"), page.before.clone(), page.limit);
    db.all(statement).await
}

/// Writes a connection, new or changed; when it is to be the default, no other of its kind stays it.
pub fn put(connection: &Sealed) -> Vec<Statement> {
    let kind = connection.kind.as_str();
    let mut statements = Vec::new();
    if connection.is_default {
        statements.push(sql!(
            "UPDATE connections SET is_default = 0 WHERE kind = ?1 AND id <> ?2 AND is_default RETURNING id AS row",
            kind,
            connection.id.as_str()
        ));
    }
    statements.push(sql!(
        "INSERT INTO connections (id, kind, name, simulated, is_default, settings, secrets, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (id) DO UPDATE SET name = ?3, simulated = ?4, is_default = ?5, settings = ?6, secrets = ?7, updated_at = ?9
         RETURNING id AS row",
        connection.id.as_str(),
        kind,
        &connection.name,
        connection.simulated,
        connection.is_default,
        to_text(&connection.settings),
        connection.secrets.clone(),
        connection.created_at,
        connection.updated_at
    ));
    statements
}

/// Makes a simulated default, if its kind has no connection at all.
pub fn insert_if_none(connection: &Sealed) -> Statement {
    sql!(
        "INSERT INTO connections (id, kind, name, simulated, is_default, settings, created_at, updated_at)
         SELECT ?1, ?2, ?3, ?4, 1, '{}', ?5, ?5 WHERE NOT EXISTS (SELECT 1 FROM connections WHERE kind = ?2)
         RETURNING id AS row",
        connection.id.as_str(),
        connection.kind.as_str(),
        &connection.name,
        connection.simulated,
        connection.created_at
    )
}

/// Removes a connection.
pub fn delete(id: &ConnectionId) -> Statement {
    sql!("DELETE FROM connections WHERE id = ?1 RETURNING id AS row", id.as_str())
}
