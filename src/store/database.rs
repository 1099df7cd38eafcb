//! The database port: statements in, rows out, one round trip, one transaction.
//!
//! It knows no table. D1 stands behind it in production, SQLite itself in native tests, so that every statement is
//! tried as it will run; a twin in maps would only prove that two people read the same sentence.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::problem::{Kind, Problem};
use crate::domain::time::Timestamp;

/// A value bound to a parameter. D1 knows neither 64-bit integers (its numbers are JavaScript's) nor cheap blobs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// SQL's null.
    Null,
    /// A whole number below 2^53.
    Int(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<u32> for Arg {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<u64> for Arg {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<Timestamp> for Arg {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.as_millis())
    }
}
impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}
impl<T: Into<Self>> From<Option<T>> for Arg {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One statement with its arguments (`?1`, `?2`, …).
///
/// **Invariant:** a statement that returns rows returns one column named `row` that holds a text, by convention a JSON
/// document made by SQLite: one crossing into the database's process and one string a row.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The SQL, written out in full: nothing that came from outside is ever part of it.
    pub sql: &'static str,
    /// The arguments in order. **Limit:** 100 (D1).
    pub args: Vec<Arg>,
}

impl Statement {
    /// Whether the statement only reads.
    pub fn reads_only(&self) -> bool {
        let sql = self.sql.trim_start();
        let writes = ["INSERT", "UPDATE", "DELETE", "REPLACE INTO"].iter().any(|word| sql.contains(word));
        sql.starts_with("SELECT") || (sql.starts_with("WITH") && !writes)
    }

    /// How long its arguments are together.
    pub fn characters(&self) -> usize {
        let length = |arg: &Arg| match arg {
            Arg::Text(text) => text.len(),
            Arg::Null | Arg::Int(_) => 0,
        };
        self.args.iter().map(length).sum()
    }
}

/// Writes a statement down: `sql!("SELECT …", a, b)`.
#[macro_export]
macro_rules! sql {
    ($sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::store::Statement { sql: $sql, args: vec![$($crate::store::Arg::from($arg)),*] }
    };
}

/// Why the database did not do it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A passing fault; the statement may or may not have been committed.
    Unavailable,
    /// Too much at once: come back later, not at once.
    Overloaded,
    /// A table or column is missing: the database was not migrated.
    NotMigrated,
    /// Anything else: a fault of ours.
    Failed,
}

/// The database did not do it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason:?}: {text}")]
pub struct DatabaseError {
    /// What sort of failure.
    pub reason: Reason,
    /// The database's own words, for the log.
    pub text: String,
}

impl DatabaseError {
    /// Sorts a failure by the words of D1 or SQLite, which carry no codes.
    ///
    /// Source: Cloudflare D1, "Debug D1" (errors to retry); SQLite's own messages.
    pub fn from_text(text: impl Into<String>) -> Self {
        const PASSING: [&str; 10] = [
            "Network connection lost",
            "caused object to be reset",
            "because its code was updated",
            "Cannot resolve D1 DB",
            "Replica disconnected",
            "client disconnected",
            "database is locked",
            "and was reset",
            "nternal error",
            "timed out",
        ];
        let text = text.into();
        let reason = if text.contains("no such table") || text.contains("no such column") {
            Reason::NotMigrated
        } else if text.contains("overloaded") || text.contains("exceeded timeout") || text.contains("limit exceeded") {
            Reason::Overloaded
        } else if PASSING.iter().any(|words| text.contains(words)) {
            Reason::Unavailable
        } else {
            Reason::Failed
        };
        Self { reason, text }
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error.reason {
            Reason::NotMigrated => Self::new(
                Kind::Misconfigured,
                "not_migrated",
                "the database has no tables yet; run `npx wrangler d1 migrations apply DB --local` (with `--remote` when deployed)",
            )
            .with_context(error.text),
            Reason::Unavailable | Reason::Overloaded => {
                Self::new(Kind::Unavailable, "storage_unavailable", "the database does not answer now; try again in a moment")
                    .retry_after(5)
                    .with_context(error.text)
            }
            Reason::Failed => Self::internal(error.text),
        }
    }
}

/// The rows of one statement, each a text.
pub type Rows = Vec<String>;

/// The database.
#[async_trait(?Send)]
pub trait Database {
    /// Runs the statements in order in one transaction: all of them or none.
    ///
    /// # Errors
    /// A failure may be ambiguous: the transaction may have been committed. Every statement of ours can therefore be
    /// repeated without harm.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError>;

    /// How many bytes the database holds; `None` when it does not say.
    ///
    /// # Errors
    /// When it does not answer.
    async fn size(&self) -> Result<Option<u64>, DatabaseError> {
        Ok(None)
    }
}

/// What [`Database`] can do for a caller that wants typed rows.
pub trait DatabaseExt {
    /// Runs one statement and decodes its rows.
    fn all<T: DeserializeOwned>(&self, statement: Statement) -> impl Future<Output = Result<Vec<T>, DatabaseError>>;
    /// Runs one statement and decodes its first row.
    fn first<T: DeserializeOwned>(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<T>, DatabaseError>>;
    /// Runs one statement and counts the rows it returned.
    fn count(&self, statement: Statement) -> impl Future<Output = Result<usize, DatabaseError>>;
}

impl DatabaseExt for dyn Database + '_ {
    async fn all<T: DeserializeOwned>(&self, statement: Statement) -> Result<Vec<T>, DatabaseError> {
        decode(self.batch(vec![statement]).await?.into_iter().next().unwrap_or_default())
    }

    async fn first<T: DeserializeOwned>(&self, statement: Statement) -> Result<Option<T>, DatabaseError> {
        Ok(self.all(statement).await?.into_iter().next())
    }

    async fn count(&self, statement: Statement) -> Result<usize, DatabaseError> {
        Ok(self.batch(vec![statement]).await?.into_iter().next().unwrap_or_default().len())
    }
}

/// Decodes rows that SQLite wrote as JSON. The failure names type and place only: serde's own words may quote what
/// somebody sent.
pub fn decode<T: DeserializeOwned>(rows: Rows) -> Result<Vec<T>, DatabaseError> {
    let unreadable = |error: &serde_json::Error| DatabaseError {
        reason: Reason::Failed,
        text: format!(
            "a row does not read as {} at column {} ({:?})",
            std::any::type_name::<T>(),
            error.column(),
            error.classify()
        ),
    };
    rows.iter().map(|row| serde_json::from_str(row).map_err(|error| unreadable(&error))).collect()
}

/// Decodes those rows that can be read, and says why others cannot: one that an older version wrote must not keep the
/// rest from being worked on.
pub fn decode_readable<T: DeserializeOwned>(rows: Rows) -> (Vec<T>, Vec<DatabaseError>) {
    let (mut readable, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match decode(vec![row]) {
            Ok(decoded) => readable.extend(decoded),
            Err(error) => unreadable.push(error),
        }
    }
    (readable, unreadable)
}
