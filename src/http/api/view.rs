//! What the resources' views have in common: times, and pages of lists.
//!
//! A view is a struct of its own, never a row of the store: what is stored may change, what was promised may not.

use serde::Serialize;

use crate::domain::ids::SourceId;
use crate::domain::limits::Warning;
use crate::domain::time::Timestamp;

/// A moment in RFC 3339 with `Z`.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(transparent)]
pub struct Time(String);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at.to_string())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Something to look at before it is too late.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Notice"))]
pub struct Notice {
    /// Stable: `daily_limit_near`, `database_filling`, `retention_shortened`.
    pub code: &'static str,
    /// What is happening and what to do, in plain words.
    pub message: String,
    /// The source that it is about; null when it is about none.
    pub source_id: Option<String>,
}

impl Notice {
    /// A warning, about a source or none.
    pub fn new(warning: Warning, source: Option<&SourceId>) -> Self {
        Self { code: warning.code, message: warning.message, source_id: source.map(ToString::to_string) }
    }
}

/// A page of a list.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "{T}List"))]
pub struct List<T> {
    /// The rows.
    pub data: Vec<T>,
    /// What `?cursor=` of the next page is; null on the last one.
    pub next: Option<String>,
}

impl<T> List<T> {
    /// A page of at most `limit` rows, of which one more was asked for to know whether there is another page.
    pub fn page<R>(mut rows: Vec<R>, limit: u32, cursor: impl Fn(&R) -> String, view: impl FnMut(R) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { data: rows.into_iter().map(view).collect(), next }
    }
}
