//! Events: deliveries that were accepted and stored, and the delivery ids by which a repeated one is known.
//!
//! It reads no body (that is `payload`'s) and stores nothing.

use std::cell::OnceCell;
use std::ops::Deref;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ids::{EventId, SourceId};
use super::payload::{Encoding, Kept, Object, Refusal};
use super::template::Scope;

/// An event as it is stored. Its time of arrival is in its id.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The source that received it.
    pub source_id: SourceId,
    /// The declared content type.
    pub content_type: Option<String>,
    /// The sender's user agent.
    pub user_agent: Option<String>,
    /// The query string, percent-encoded as it came.
    pub query: Option<String>,
    /// How `body` is to be read: see [`Encoding`].
    pub encoding: String,
    /// What was kept of the body.
    pub body: String,
    /// The sender's own id for it.
    pub delivery_id: Option<String>,
    /// A hash of the body, kept only when the source refuses equal bodies.
    pub body_hash: Option<String>,
    /// Whether it came as a test: its runs are simulated throughout.
    #[serde(deserialize_with = "flag", serialize_with = "as_number")]
    pub test: bool,
    /// Through how many webhook automations it had come before.
    pub hop: u8,
}

/// SQLite knows no booleans.
pub(crate) fn flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    i64::deserialize(deserializer).map(|number| number != 0)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_number<S: serde::Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*flag))
}

impl Event {
    /// What was kept of the body.
    pub fn kept(&self) -> Kept {
        Kept { encoding: self.encoding(), body: self.body.clone() }
    }

    fn encoding(&self) -> Encoding {
        Encoding::parse(&self.encoding).unwrap_or(Encoding::Text)
    }

    /// The payload, read again from what was kept; empty when nothing was (`keep_body: false`).
    pub fn payload(&self) -> Object {
        self.read().unwrap_or_default()
    }

    /// The same, where it matters whether it could be read.
    ///
    /// # Errors
    /// For what was never accepted.
    pub fn read(&self) -> Result<Object, Refusal> {
        let (content_type, query) = (self.content_type.as_deref(), self.query.as_deref());
        super::payload::reread(self.encoding(), &self.body, content_type, query)
    }

    /// Puts what templates may know of the event beside its payload.
    pub fn describe(&self, scope: &mut Scope) {
        let about = serde_json::json!({
            "id": self.id.as_str(),
            "received_at": self.id.received_at().to_string(),
            "content_type": self.content_type,
            "test": self.test,
        });
        scope.set_system("event", about);
    }
}

/// An event that is worked with: its payload is read when somebody first asks for it, and then kept.
pub struct Opened {
    event: Event,
    payload: OnceCell<Rc<Object>>,
}

impl From<Event> for Opened {
    fn from(event: Event) -> Self {
        Self { event, payload: OnceCell::new() }
    }
}

impl Deref for Opened {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.event
    }
}

impl Opened {
    /// The payload: see [`Event::payload`].
    pub fn payload(&self) -> &Rc<Object> {
        self.payload.get_or_init(|| Rc::new(self.event.payload()))
    }
}

/// Names a header; `None` when it was not sent.
pub type Header<'a> = &'a dyn Fn(&str) -> Option<String>;

/// **Limit:** characters of a delivery id; a longer one is replaced by its hash, so that no index grows without bound.
const MAX_DELIVERY_ID: usize = 200;

/// The sender's own id for a delivery: the first that is present in the documented chain.
///
/// `fields` are the ones that the source names; `stripe` says that the source is verified as Stripe's, whose events
/// carry their id in the body. The index of an item in an array is the caller's to add.
pub fn delivery_id(
    fields: &[String],
    payload: &Object,
    header: Header<'_>,
    body: &[u8],
    stripe: bool,
) -> Option<String> {
    // An empty header is none: the next in the chain counts.
    let header = |name: &str| header(name).filter(|value| !value.trim().is_empty());
    let id = from_fields(fields, payload)
        .or_else(|| header("webhook-id"))
        .or_else(|| header("svix-id"))
        .or_else(|| header("idempotency-key"))
        .or_else(|| header("x-github-delivery"))
        .or_else(|| Some(with_topic(header("x-shopify-event-id")?, header("x-shopify-topic"))))
        .or_else(|| {
            // WooCommerce's id repeats within one second, so it counts only together with what it brought.
            let id = with_topic(header("x-wc-webhook-delivery-id")?, header("x-wc-webhook-topic"));
            Some(format!("{id}/{}", hash(body)))
        })
        .or_else(|| payload.get("id").filter(|_| stripe).and_then(|id| id.as_str()).map(str::to_owned))?;
    let id = id.trim();
    match id.chars().count() {
        0 => None,
        n if n > MAX_DELIVERY_ID => Some(hash(id.as_bytes())),
        _ => Some(id.to_owned()),
    }
}

fn with_topic(id: String, topic: Option<String>) -> String {
    match topic {
        Some(topic) => format!("{topic}/{id}"),
        None => id,
    }
}

/// All named fields together; `None` when one of them is missing or empty, because half a key is no key.
fn from_fields(fields: &[String], payload: &Object) -> Option<String> {
    if fields.is_empty() {
        return None;
    }
    let flat = super::field::flatten(payload);
    let mut parts = Vec::with_capacity(fields.len());
    for name in fields {
        let (_, value) = flat.fields.iter().find(|(path, _)| path == name)?;
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Null => return None,
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        if text.is_empty() {
            return None;
        }
        parts.push(text);
    }
    Some(parts.join("/"))
}

/// The first 32 hexadecimal digits of SHA-256: 128 bits, enough that no two bodies of one source meet by chance.
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
