//! From the bytes of one delivery to its payload, and to what of it is kept.
//!
//! Formats are recognised by looking, and the declared content type is only a hint, because senders lie: `curl -d`
//! declares a form and sends JSON, no-code tools declare `text/plain`, many declare nothing. A body format is one file
//! here and one line in [`FORMATS`].
//!
//! It does not verify signatures (that happens before, on the raw bytes), does not flatten (`domain/field`) and never
//! changes what was sent: names and nesting stay, also where a form tool wraps them (`fields[name][value]`).

mod binary;
mod declared;
mod form;
mod header;
mod json;
mod multipart;
mod names;
mod ndjson;
mod plain;
mod refusal;
mod rewrite;
mod text;
mod xml;

use std::borrow::Cow;
use std::cell::OnceCell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use declared::{Declared, Family};
pub use json::NUMBER;
pub use refusal::Refusal;
pub use rewrite::rewrite;

/// A decoded payload: names to values, in the order in which they were sent.
pub type Object = Map<String, Value>;

/// **Limit:** bytes of one body. A D1 row holds 2 MB, and escaping may double a text.
pub const MAX_BODY: usize = 1024 * 1024;

/// **Limit:** levels of nesting; a top-level object has depth 1. Deeper is no data but an attack on the stack, and
/// everything that walks a payload later may recurse because of this limit.
pub const MAX_DEPTH: usize = 32;

/// **Limit:** events that one delivery may hold, because they are stored in one durable write.
pub const MAX_ITEMS: usize = 100;

/// What one delivery held, decoded, and what of it is stored.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// One per event, in the order of the body; never empty.
    pub items: Vec<Item>,
    /// Whether the body was a top-level array or NDJSON: one event per item, answered with `ids`.
    pub many: bool,
}

/// One event's part of a delivery.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// The payload, with the query's parameters where the body does not name them.
    pub payload: Object,
    /// What is stored, from which [`reread`] makes the same payload.
    pub kept: Kept,
}

/// The stored form of a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// How to read `body`.
    pub encoding: Encoding,
    /// The body as text.
    pub body: String,
}

/// How a body is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// The bytes themselves, which are UTF-8 without NUL.
    Text,
    /// The bytes in base64, because they are no UTF-8 (or hold NUL, which a database's text does not carry).
    Base64,
    /// The body held files, which are not kept: the decoded payload as JSON stands in their place.
    Payload,
    /// The source stores some fields hashed or not at all, and the format could not be written anew: JSON of the fields
    /// that are left stands in the body's place.
    Fields,
}

impl Encoding {
    /// The word under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Base64 => "base64",
            Self::Payload => "payload",
            Self::Fields => "fields",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Text, Self::Base64, Self::Payload, Self::Fields].into_iter().find(|encoding| encoding.as_str() == word)
    }
}

/// A delivery as the formats look at it.
struct Delivery<'a> {
    bytes: &'a [u8],
    declared: Declared,
    text: OnceCell<Cow<'a, str>>,
}

impl Delivery<'_> {
    /// The body as text, decoded once and only when a format asks: a body with files is never decoded whole.
    fn text(&self) -> &str {
        self.text.get_or_init(|| text::decode(self.bytes))
    }
}

/// What a format found.
enum Found {
    /// One payload.
    One(Object),
    /// One payload per item, each with its own original text.
    Many(Vec<(Object, String)>),
    /// One payload from a body with files.
    WithFiles(Object),
}

/// `None`: this body is not of my format.
type Look = Option<Result<Found, Refusal>>;

/// The body formats in the order in which they look: the strict ones first, the one that takes everything last.
const FORMATS: [fn(&Delivery<'_>) -> Look; 8] =
    [multipart::look, json::look, ndjson::look, binary::look, xml::look, form::look, json::look_malformed, plain::look];

/// Reads one delivery: its body, the content type that its sender declared, and the query string of its URL.
///
/// Errors are the sender's to mend.
pub fn read(body: &[u8], content_type: Option<&str>, query: Option<&str>) -> Result<Reading, Refusal> {
    if body.len() > MAX_BODY {
        return Err(Refusal::PayloadTooLarge);
    }
    let query = form::parse(query.unwrap_or_default().as_bytes())?;
    let found = find(body, content_type)?;
    match found {
        Found::One(payload) => {
            let payload = complete(payload, &query)?;
            if payload.is_empty() {
                return Err(Refusal::EmptyBody);
            }
            Ok(Reading { items: vec![Item { payload, kept: keep(body) }], many: false })
        }
        Found::WithFiles(payload) => {
            let payload = complete(payload, &query)?;
            let body = Value::Object(payload.clone()).to_string();
            let kept = Kept { encoding: Encoding::Payload, body };
            Ok(Reading { items: vec![Item { payload, kept }], many: false })
        }
        Found::Many(found) => {
            let mut items = Vec::with_capacity(found.len());
            for (payload, body) in found {
                let payload = complete(payload, &query)?;
                items.push(Item { payload, kept: Kept { encoding: Encoding::Text, body } });
            }
            if items.iter().all(|item| item.payload.is_empty()) {
                return Err(Refusal::EmptyBody);
            }
            Ok(Reading { items, many: true })
        }
    }
}

/// The text of a body that [`read`] takes for a JSON object, if it is one, and keeps as it stands: for whoever wants to
/// look through it without decoding it.
pub fn json_text<'a>(body: &'a [u8], content_type: Option<&str>) -> Option<&'a str> {
    let text = std::str::from_utf8(body).ok()?;
    let is_plain = text.trim_start().starts_with('{') && !text.contains('\0') && json::is_plain(text);
    let other = matches!(Declared::parse(content_type).family, Family::Multipart | Family::Ndjson);
    (is_plain && !other && body.len() <= MAX_BODY).then_some(text)
}

/// The payload of a stored event, read again from what was kept.
///
/// **Invariant:** equal to the [`Item::payload`] of the time when it was received, given the same content type and
/// query. So the payload itself need not be stored. An error means that the stored row is damaged.
pub fn reread(
    encoding: Encoding,
    body: &str,
    content_type: Option<&str>,
    query: Option<&str>,
) -> Result<Object, Refusal> {
    let bytes: Cow<'_, [u8]> = match encoding {
        Encoding::Payload | Encoding::Fields => return json::object(body).ok_or(Refusal::EmptyBody),
        Encoding::Text => Cow::Borrowed(body.as_bytes()),
        Encoding::Base64 => Cow::Owned(
            STANDARD
                .decode(body)
                .map_err(|_| Refusal::UnsupportedMediaType { what: "stored as base64 and is none".to_owned() })?,
        ),
    };
    let query = form::parse(query.unwrap_or_default().as_bytes())?;
    let payload = match find(&bytes, content_type)? {
        Found::One(payload) | Found::WithFiles(payload) => payload,
        // An item that came as a line of declared NDJSON reads as NDJSON of one line.
        Found::Many(items) => items.into_iter().next().map(|(payload, _)| payload).unwrap_or_default(),
    };
    complete(payload, &query)
}

/// What was kept of a body as a text that can be searched: its characters, not its structure.
pub fn readable(kept: &Kept) -> Cow<'_, str> {
    match kept.encoding {
        Encoding::Text | Encoding::Payload | Encoding::Fields => Cow::Borrowed(&kept.body),
        Encoding::Base64 => match STANDARD.decode(&kept.body) {
            Ok(bytes) => Cow::Owned(text::decode(&bytes).into_owned()),
            Err(_) => Cow::Borrowed(&kept.body),
        },
    }
}

fn find(body: &[u8], content_type: Option<&str>) -> Result<Found, Refusal> {
    let delivery = Delivery { bytes: body, declared: Declared::parse(content_type), text: OnceCell::new() };
    FORMATS.iter().find_map(|look| look(&delivery)).unwrap_or_else(|| Ok(Found::One(Object::new())))
}

/// Adds the query's parameters that the body does not name, and holds the whole to the depth limit.
fn complete(mut payload: Object, query: &Object) -> Result<Object, Refusal> {
    for (name, value) in query {
        if !payload.contains_key(name) {
            payload.insert(name.clone(), value.clone());
        }
    }
    if fits(payload.values(), MAX_DEPTH - 1) { Ok(payload) } else { Err(Refusal::TooDeep) }
}

/// Whether no value is nested deeper than `left` levels. Recursion ends there too.
fn fits<'a>(mut values: impl Iterator<Item = &'a Value>, left: usize) -> bool {
    values.all(|value| match value {
        Value::Object(object) => left > 0 && fits_boxed(&mut object.values(), left - 1),
        Value::Array(list) => left > 0 && fits_boxed(&mut list.iter(), left - 1),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    })
}

/// [`fits`] behind a pointer, so that the two kinds of iterators do not nest into ever longer types.
fn fits_boxed(values: &mut dyn Iterator<Item = &Value>, left: usize) -> bool {
    fits(values, left)
}

fn keep(body: &[u8]) -> Kept {
    match std::str::from_utf8(body) {
        Ok(text) if !text.contains('\0') => Kept { encoding: Encoding::Text, body: text.to_owned() },
        Ok(_) | Err(_) => Kept { encoding: Encoding::Base64, body: STANDARD.encode(body) },
    }
}
