//! What a payload teaches: its fields, their kinds and meanings, and the ledger that gathers them per source.
//!
//! Learning never validates and never changes a payload. Nothing here is stored by itself: the store writes what a
//! [`Tally`] gathered, and enforces the limit of paths per source.

mod flat;
mod glimpse;
mod ledger;
mod look;
mod meaning;
mod path;
mod policy;
mod schema;
mod shape;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use flat::{Flat, Sighting, flatten, sightings};
pub use glimpse::glimpse;
pub use ledger::{Entry, Field, MAX_SAMPLES, Tally};
pub use meaning::guess;
pub use path::{escape, split};
pub use policy::{Fate, MAX_POLICIES, Policies, Purpose, Storage, Treatment, hashed, is_path, mask};
pub use schema::Schema;

/// **Limit:** fields of one event that are flattened, and as many paths within its lists.
pub const MAX_FIELDS: usize = 500;

/// **Limit:** bytes of a path. It is part of a key in the ledger.
pub const MAX_PATH: usize = 256;

/// **Limit:** characters of a sample.
pub const MAX_SAMPLE: usize = 80;

/// What a field's value is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Text, also when it looks like something else.
    Text,
    /// A JSON number.
    Number,
    /// True or false.
    Boolean,
    /// Null, or an object with nothing in it.
    Null,
    /// An array, of whatever.
    List,
}

impl FieldKind {
    /// The kind of a value. An object has none of its own, it is opened; an empty one cannot be, and says as much as null.
    pub const fn of(value: &Value) -> Self {
        match value {
            Value::Null | Value::Object(_) => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
        }
    }

    /// The word under which it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
            Self::List => "list",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Text, Self::Number, Self::Boolean, Self::Null, Self::List].into_iter().find(|own| own.as_str() == word)
    }
}

/// What a field is about, guessed from its key and its values together, or set by the operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// The name of a person or a firm.
    Name,
    /// A day.
    Date,
    /// A moment.
    Datetime,
    /// An amount.
    Money,
    /// A web address.
    Url,
    /// A country, by name or code.
    Country,
    /// Something that identifies a thing: an order's number, a code.
    Id,
}

impl Meaning {
    /// Every meaning, in the order in which the dashboard offers them.
    pub const ALL: [Self; 9] = [
        Self::Email,
        Self::Phone,
        Self::Name,
        Self::Date,
        Self::Datetime,
        Self::Money,
        Self::Url,
        Self::Country,
        Self::Id,
    ];

    /// The word under which it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Name => "name",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Money => "money",
            Self::Url => "url",
            Self::Country => "country",
            Self::Id => "id",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == word)
    }
}
