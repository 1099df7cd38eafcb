//! Proofs of origin: how a source can demand that a delivery comes from who it says.
//!
//! Adding a scheme is adding one file and one row in [`SCHEMES`]. A scheme sees the raw bytes, before anything parses
//! them, and compares in constant time. It keeps no secret: they are opened by the caller for one look.

mod shared_token;
mod standard_webhooks;
mod stripe;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::input::Reader;
use super::problem::Fault;
use super::time::Timestamp;

/// How far a signed timestamp may be from now, in seconds: what the reference libraries of Standard Webhooks and
/// Stripe allow.
const TOLERANCE_S: i64 = 300;

/// **Limit:** secrets of one source, so that a rotation can overlap and a look stays cheap.
const MAX_SECRETS: usize = 5;

/// A delivery as a scheme sees it.
pub struct Delivery<'a> {
    /// Names a header.
    pub header: super::event::Header<'a>,
    /// The bytes as they came.
    pub body: &'a [u8],
    /// When they came.
    pub now: Timestamp,
}

/// One scheme.
pub struct Scheme {
    /// Its name in the API.
    pub name: &'static str,
    /// Whether the scheme wants to be told a header's name.
    takes_header: bool,
    /// Why a secret cannot be one of this scheme; `None` when it can.
    check_secret: fn(&str) -> Option<&'static str>,
    /// Whether one of the secrets proves the delivery.
    verify: fn(&Verification, &[String], &Delivery<'_>) -> bool,
}

/// Every scheme that can be set.
pub const SCHEMES: [&Scheme; 4] =
    [&standard_webhooks::STANDARD_WEBHOOKS, &standard_webhooks::SVIX, &stripe::STRIPE, &shared_token::SHARED_TOKEN];

/// What a source demands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verification {
    /// The scheme's name.
    pub scheme: String,
    /// The header in which a shared token stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
}

impl Verification {
    /// Reads what was sent: null takes verification away; otherwise the rule, and the secrets in clear.
    ///
    /// # Errors
    /// Every fault, by path.
    pub fn parse(value: &Value) -> Result<Option<(Self, Vec<String>)>, Vec<Fault>> {
        if value.is_null() {
            return Ok(None);
        }
        let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
        let name = reader.required_text("scheme", 40).unwrap_or_default();
        let secrets = reader.texts("secrets", MAX_SECRETS).unwrap_or_default();
        let header = reader.text("header", 100);
        match find(&name) {
            None if name.is_empty() => {}
            None => {
                let known: Vec<&str> = SCHEMES.iter().map(|scheme| scheme.name).collect();
                let message = format!("there is no scheme `{name}` here; there are `{}`", known.join("`, `"));
                reader.fault("scheme", "unknown_scheme", message);
            }
            Some(scheme) => {
                if secrets.is_empty() {
                    reader.fault("secrets", "required", "holds at least one secret");
                }
                for (index, secret) in secrets.iter().enumerate() {
                    if let Some(message) = (scheme.check_secret)(secret) {
                        reader.fault(&format!("secrets[{index}]"), "invalid", message);
                    }
                }
                match (&header, scheme.takes_header) {
                    (None, true) => reader.fault("header", "required", "names the header in which the token stands"),
                    (Some(_), false) => reader.fault("header", "unknown_key", "is not a part of this scheme"),
                    (Some(name), true) if !is_header_name(name) => {
                        reader.fault("header", "invalid", "must be the name of a header");
                    }
                    (Some(_), true) | (None, false) => {}
                }
            }
        }
        let faults = reader.finish();
        if faults.is_empty() { Ok(Some((Self { scheme: name, header }, secrets))) } else { Err(faults) }
    }

    /// The rule as the API shows it: secrets only by their number.
    pub fn to_json(&self, secrets: usize) -> Value {
        let mut json = Map::new();
        json.insert("scheme".to_owned(), self.scheme.clone().into());
        if let Some(header) = &self.header {
            json.insert("header".to_owned(), header.clone().into());
        }
        json.insert("secrets".to_owned(), secrets.into());
        Value::Object(json)
    }

    /// Whether the delivery proves its origin. A scheme that this version does not know proves nothing.
    pub fn holds(&self, secrets: &[String], delivery: &Delivery<'_>) -> bool {
        find(&self.scheme).is_some_and(|scheme| (scheme.verify)(self, secrets, delivery))
    }

    /// Whether the sender's own id stands in the body's `id`.
    pub fn names_id_in_body(&self) -> bool {
        self.scheme == stripe::STRIPE.name
    }
}

fn find(name: &str) -> Option<&'static Scheme> {
    SCHEMES.into_iter().find(|scheme| scheme.name == name)
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// HMAC with SHA-256 over the parts, one after the other. `None` never happens: HMAC takes keys of any length.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

/// Whether a signed Unix time is near enough to now that the delivery cannot be an old one played again.
fn is_fresh(seconds: &str, now: Timestamp) -> bool {
    let Ok(seconds) = seconds.parse::<i64>() else { return false };
    (now.as_millis() / 1_000).saturating_sub(seconds).abs() <= TOLERANCE_S
}

/// Whether two byte strings are equal, in a time that says nothing about where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}
