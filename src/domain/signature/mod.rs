//! Proofs of origin: how a source can demand that a delivery comes from who it says.
//!
//! Adding a scheme is adding one file and one row in [`SCHEMES`]. A scheme sees the raw bytes, before anything parses
//! them, and compares in constant time. It keeps no secret: they are opened by the caller for one look.

mod basic;
mod ed25519;
mod github;
mod hmac_builder;
mod mac;
mod meta;
mod search;
mod shared_token;
mod shopify;
mod slack;
mod standard_webhooks;
mod stripe;
mod twilio;
mod woocommerce;
mod x;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::input::Reader;
use super::problem::Fault;
use super::time::Timestamp;

pub use hmac_builder::Signed;
pub use mac::{Algorithm, Encoding, hex};
pub use search::{is_telling, search};

/// How far a signed timestamp may be from now, in seconds: what the reference libraries of Standard Webhooks, Stripe and
/// Slack allow.
const TOLERANCE_S: i64 = 300;

/// **Limit:** secrets of one source, so that a rotation can overlap and a look stays cheap.
const MAX_SECRETS: usize = 5;

/// **Limit:** characters of a secret.
pub const MAX_SECRET: usize = 1_000;

/// A delivery as a scheme sees it.
pub struct Delivery<'a> {
    /// Names a header.
    pub header: super::event::Header<'a>,
    /// The URLs by which the sender may know the source, for a scheme that signs it.
    pub urls: &'a dyn Fn() -> Vec<String>,
    /// The bytes as they came.
    pub body: &'a [u8],
    /// When they came.
    pub now: Timestamp,
}

/// One scheme.
pub struct Scheme {
    /// Its name in the API.
    pub name: &'static str,
    /// Reads what the scheme wants to be told beside its secrets.
    read: fn(&mut Reader<'_>, &mut Verification),
    /// Why a secret cannot be one of this scheme; `None` when it can.
    check_secret: fn(&str) -> Option<&'static str>,
    /// Whether a secret proves the delivery.
    verify: fn(&Verification, &str, &Delivery<'_>) -> bool,
    /// The rules of this scheme under which a delivery with headers of these names may have been made; `None` where the
    /// scheme's name is the whole rule.
    propose: Option<Propose>,
}

type Propose = fn(&str, &[String], &Delivery<'_>) -> Vec<Verification>;

/// Every scheme that can be set.
pub const SCHEMES: [&Scheme; 14] = [
    &standard_webhooks::STANDARD_WEBHOOKS,
    &standard_webhooks::SVIX,
    &stripe::STRIPE,
    &github::GITHUB,
    &meta::META,
    &shopify::SHOPIFY,
    &woocommerce::WOOCOMMERCE,
    &slack::SLACK,
    &x::X,
    &twilio::TWILIO,
    &slack::ZOOM,
    &shared_token::SHARED_TOKEN,
    &basic::BASIC,
    &hmac_builder::HMAC,
];

/// What a source demands. It is kept and shown as one flat JSON object.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub struct Verification {
    /// The scheme's name.
    pub scheme: String,
    /// The header in which a shared token or an HMAC stands.
    pub header: Option<String>,
    /// The name that comes with the password of `basic`.
    pub username: Option<String>,
    /// The hash function of an HMAC.
    pub algorithm: Option<Algorithm>,
    /// How the HMAC is written.
    pub encoding: Option<Encoding>,
    /// What stands before the HMAC in its header.
    pub prefix: Option<String>,
    /// What the HMAC is made of.
    pub signed: Option<Signed>,
    /// The header in which the signed time stands.
    pub timestamp_header: Option<String>,
    /// How far that time may be from now.
    pub tolerance_s: Option<u32>,
}

impl From<Value> for Verification {
    fn from(value: Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let own = |key: &str| text(key).map(str::to_owned);
        Self {
            scheme: own("scheme").unwrap_or_default(),
            header: own("header"),
            username: own("username"),
            algorithm: text("algorithm").and_then(|word| word_of(&Algorithm::ALL, Algorithm::as_str, word)),
            encoding: text("encoding").and_then(|word| word_of(&Encoding::ALL, Encoding::as_str, word)),
            prefix: own("prefix"),
            signed: text("signed").and_then(|word| word_of(&Signed::ALL, Signed::as_str, word)),
            timestamp_header: own("timestamp_header"),
            tolerance_s: value.get("tolerance_s").and_then(Value::as_u64).and_then(|number| number.try_into().ok()),
        }
    }
}

impl From<Verification> for Value {
    fn from(rule: Verification) -> Self {
        let word = |word: Option<&'static str>| word.map(str::to_owned);
        let texts = [
            ("scheme", Some(rule.scheme)),
            ("header", rule.header),
            ("username", rule.username),
            ("algorithm", word(rule.algorithm.map(Algorithm::as_str))),
            ("encoding", word(rule.encoding.map(Encoding::as_str))),
            ("prefix", rule.prefix),
            ("signed", word(rule.signed.map(Signed::as_str))),
            ("timestamp_header", rule.timestamp_header),
        ];
        let mut json = Map::new();
        for (key, text) in texts {
            if let Some(text) = text {
                json.insert(key.to_owned(), text.into());
            }
        }
        if let Some(tolerance) = rule.tolerance_s {
            json.insert("tolerance_s".to_owned(), tolerance.into());
        }
        Self::Object(json)
    }
}

/// The one that is called by a word.
fn word_of<T: Copy>(all: &[T], name: fn(T) -> &'static str, word: &str) -> Option<T> {
    all.iter().copied().find(|one| name(*one) == word)
}

impl Scheme {
    /// A scheme that wants to be told nothing but its secrets.
    const fn simple(
        name: &'static str,
        check_secret: fn(&str) -> Option<&'static str>,
        verify: fn(&Verification, &str, &Delivery<'_>) -> bool,
    ) -> Self {
        Self { name, read: |_, _| {}, check_secret, verify, propose: None }
    }
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
        let mut rule = Self { scheme: reader.required_text("scheme", 40).unwrap_or_default(), ..Self::default() };
        let secrets = reader.texts("secrets", MAX_SECRETS);
        let Some(scheme) = find(&rule.scheme) else {
            if !rule.scheme.is_empty() {
                let known: Vec<&str> = SCHEMES.iter().map(|scheme| scheme.name).collect();
                let message = format!("there is no scheme `{}` here; there are `{}`", rule.scheme, known.join("`, `"));
                reader.fault("scheme", "unknown_scheme", message);
            }
            // Which other keys it should have nobody can say.
            return Err(reader.end());
        };
        if secrets.as_ref().is_none_or(Vec::is_empty) && !reader.has_faults() {
            reader.fault("secrets", "required", "holds at least one secret");
        }
        let secrets = secrets.unwrap_or_default();
        for (index, secret) in secrets.iter().enumerate() {
            let too_long = (secret.chars().count() > MAX_SECRET).then_some("is too long for a secret");
            if let Some(message) = too_long.or_else(|| (scheme.check_secret)(secret)) {
                reader.fault(&format!("secrets[{index}]"), "invalid", message);
            }
        }
        (scheme.read)(&mut reader, &mut rule);
        let faults = reader.finish();
        if faults.is_empty() { Ok(Some((rule, secrets))) } else { Err(faults) }
    }

    /// The rule as the API shows it: secrets only by their number, where there are some to speak of.
    pub fn to_json(&self, secrets: Option<usize>) -> Value {
        let mut json = Value::from(self.clone());
        if let (Some(secrets), Some(json)) = (secrets, json.as_object_mut()) {
            json.insert("secrets".to_owned(), secrets.into());
        }
        json
    }

    /// Whether the delivery proves its origin. A scheme that this version does not know proves nothing.
    pub fn holds(&self, secrets: &[String], delivery: &Delivery<'_>) -> bool {
        find(&self.scheme).is_some_and(|scheme| secrets.iter().any(|secret| (scheme.verify)(self, secret, delivery)))
    }

    /// Whether it is of this scheme.
    fn is(&self, scheme: &Scheme) -> bool {
        self.scheme == scheme.name
    }

    /// Whether it is X's, with whose secret a challenge is answered.
    pub fn is_x(&self) -> bool {
        self.is(&x::X)
    }

    /// Whether it is Zoom's, with whose secret a challenge is answered.
    pub fn is_zoom(&self) -> bool {
        self.is(&slack::ZOOM)
    }

    /// Whether the sender's own id stands in the body's `id`.
    pub fn names_id_in_body(&self) -> bool {
        self.is(&stripe::STRIPE)
    }
}

fn find(name: &str) -> Option<&'static Scheme> {
    SCHEMES.into_iter().find(|scheme| scheme.name == name)
}

/// Reads the name of a header, which must be there.
fn read_header(reader: &mut Reader<'_>, key: &'static str) -> Option<String> {
    let name = reader.required_text(key, 100)?;
    let possible = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !possible {
        reader.fault(key, "invalid", "must be the name of a header");
    }
    Some(name)
}

/// For schemes whose secrets may be any text.
fn any_secret(_: &str) -> Option<&'static str> {
    None
}

/// Whether a header holds a prefix and the HMAC-SHA256 of the body.
fn signs_body(secret: &str, delivery: &Delivery<'_>, header: &str, prefix: &str, encoding: Encoding) -> bool {
    let expected = encoding.text(&Algorithm::Sha256.hmac(secret.as_bytes(), &[delivery.body]));
    let given = (delivery.header)(header);
    let given = given.as_deref().and_then(|given| given.strip_prefix(prefix));
    given.is_some_and(|given| same(given.as_bytes(), expected.as_bytes()))
}

/// Whether a signed Unix time, in seconds, or in milliseconds as some senders count, is near enough to now that the
/// delivery cannot be an old one played again.
fn is_fresh(text: &str, now: Timestamp, tolerance_s: i64) -> bool {
    /// No time in seconds is later than this (the year 5138), none in milliseconds of this century earlier.
    const MILLIS_FROM: i64 = 100_000_000_000;
    let Ok(number) = text.parse::<i64>() else { return false };
    let seconds = if number >= MILLIS_FROM { number / 1_000 } else { number };
    (now.as_millis() / 1_000).saturating_sub(seconds).saturating_abs() <= tolerance_s
}

/// HMAC with SHA-256 over the parts, one after the other. `None` never happens: HMAC takes keys of any length.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Option<[u8; 32]> {
    Algorithm::Sha256.hmac(key, parts).try_into().ok()
}

/// Whether two byte strings are equal, in a time that says nothing about where they differ. Nothing proves nothing: two
/// empty ones are not.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    !a.is_empty() && bool::from(a.ct_eq(b))
}

#[cfg(test)]
mod tests;
