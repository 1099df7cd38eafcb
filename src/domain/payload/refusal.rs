//! Why a body cannot be read, in the words that its sender sees.
//!
//! It knows no HTTP status, and no message quotes the body: refusals are listed and logged.

use thiserror::Error;

use super::{MAX_DEPTH, MAX_ITEMS};

/// A delivery whose body is refused. Only the sender can mend it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// The body claims to be JSON (by its type or its first characters) and is malformed.
    #[error("the body is not valid JSON at line {line}, column {column}: {message}")]
    InvalidJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
        /// What the parser expected there.
        message: String,
    },
    /// Nothing was sent: no body (or `{}`, `[]`) and no query.
    #[error("the body holds no field; send JSON, a form, XML or text, or put the fields in the query string")]
    EmptyBody,
    /// Nested beyond [`MAX_DEPTH`].
    #[error("the body is nested deeper than {MAX_DEPTH} levels; flatten it before sending")]
    TooDeep,
    /// Larger than [`MAX_BODY`](super::MAX_BODY).
    #[error("the body is larger than 1 MiB; send less, or a link to the data")]
    PayloadTooLarge,
    /// An array or NDJSON of more than [`MAX_ITEMS`] events.
    #[error("the body holds more than {MAX_ITEMS} items; send them in several requests")]
    TooManyItems,
    /// An item of an array or NDJSON that is no object.
    #[error(
        "item {index} (counted from 0) is not an object, and every item of a top-level array (or line of NDJSON) becomes one event; to send a list, wrap it: {{\"items\": […]}}"
    )]
    InvalidItem {
        /// Counted from 0.
        index: usize,
    },
    /// Neither text nor a form.
    #[error("the body is {what}; send JSON, a form, XML or text")]
    UnsupportedMediaType {
        /// What it is instead, with its article: `a PNG image`.
        what: String,
    },
}

impl Refusal {
    /// The stable code of the answer.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson { .. } => "invalid_json",
            Self::EmptyBody => "empty_body",
            Self::TooDeep => "too_deep",
            Self::PayloadTooLarge => "payload_too_large",
            Self::TooManyItems => "too_many_items",
            Self::InvalidItem { .. } => "invalid_item",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
        }
    }

    /// The sentence of the answer.
    pub fn message(&self) -> String {
        self.to_string()
    }
}
