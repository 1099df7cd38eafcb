//! Every SQL statement, each in a function that says what it is for and gives back typed values.
//!
//! It decides nothing: conditions in a statement are those that must hold in the same instant as the write. Statements
//! that belong into one transaction with others are returned as [`Statement`]s; the others run by themselves.

mod database;

pub mod automations;
pub mod captures;
pub mod connections;
pub mod contacts;
pub mod events;
pub mod fields;
pub mod glimpses;
pub mod limits;
pub mod ordered;
pub mod outbox;
pub mod privacy;
pub mod refusals;
pub mod replays;
pub mod reports;
pub mod runs;
pub mod secrets;
pub mod sources;
pub mod stats;
pub mod tallies;

pub use database::{Arg, Database, DatabaseError, DatabaseExt, Reason, Rows, Statement, decode, decode_readable};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// The result of a statement.
pub type Result<T> = std::result::Result<T, DatabaseError>;

/// Reads a column that holds JSON as text, inside of a row that is JSON itself.
///
/// The text is not embedded as JSON by SQLite, because that would write numbers anew: `89.90` must stay `89.90`.
pub(crate) fn json_text<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(serde::de::Error::custom)
}

/// The same for a column that may be null.
pub(crate) fn optional_json_text<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> std::result::Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| serde_json::from_str(&text).map_err(serde::de::Error::custom)).transpose()
}

/// JSON as text for a parameter. Our own types do not fail to serialise.
pub(crate) fn to_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// One page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// Only what is older than this id.
    pub before: Option<String>,
    /// At most so many. **Limit:** 200.
    pub limit: u32,
}
