//! The scheme for everybody else: an HMAC in a header, put together from its parts.
//!
//! It reads one signature from one header, and never several. What packs several into one header (`t=…,v1=…`) needs a scheme of its own.

use super::{
    Algorithm, Delivery, Encoding, Reader, Scheme, TOLERANCE_S, Verification, is_fresh, read_header, same, word_of,
};

/// The scheme.
pub const HMAC: Scheme =
    Scheme { name: "hmac", read, check_secret: super::any_secret, verify, propose: Some(super::search::hmacs) };

/// **Limit:** characters before the signature: `sha256=` and the like.
const MAX_PREFIX: usize = 50;

/// **Limit:** the most that a signed time may lie away, in seconds: a day, after which no sender tries again.
const MAX_TOLERANCE_S: u32 = 86_400;

/// What is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signed {
    /// The body.
    Body,
    /// A time from another header, a full stop, the body.
    TimestampBody,
}

impl Signed {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Body, Self::TimestampBody];

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::TimestampBody => "timestamp.body",
        }
    }
}

fn choose<T: Copy>(reader: &mut Reader<'_>, key: &'static str, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
    let given = reader.required_text(key, 20)?;
    let found = word_of(all, word, &given);
    if found.is_none() {
        let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
        reader.fault(key, "invalid", format!("must be one of `{}`", words.join("`, `")));
    }
    found
}

fn read(reader: &mut Reader<'_>, rule: &mut Verification) {
    rule.header = read_header(reader, "header");
    rule.algorithm = choose(reader, "algorithm", &Algorithm::ALL, Algorithm::as_str);
    rule.encoding = choose(reader, "encoding", &Encoding::ALL, Encoding::as_str);
    rule.prefix = reader.text("prefix", MAX_PREFIX).filter(|prefix| !prefix.is_empty());
    rule.signed = choose(reader, "signed", &Signed::ALL, Signed::as_str);
    if rule.prefix.as_ref().is_some_and(|prefix| !prefix.bytes().all(|byte| matches!(byte, b' '..=b'~'))) {
        reader.fault("prefix", "invalid", "must be ASCII that can be seen, as headers are");
    }
    if rule.signed == Some(Signed::TimestampBody) {
        rule.timestamp_header = read_header(reader, "timestamp_header");
        rule.tolerance_s = reader.integer("tolerance_s", 1, MAX_TOLERANCE_S);
    } else {
        for key in ["timestamp_header", "tolerance_s"] {
            if reader.value(key).is_some_and(|value| !value.is_null()) {
                reader.fault(key, "invalid", "counts only with `\"signed\":\"timestamp.body\"`");
            }
        }
    }
}

fn verify(rule: &Verification, secret: &str, delivery: &Delivery<'_>) -> bool {
    let (Some(header), Some(algorithm), Some(encoding), Some(signed)) =
        (&rule.header, rule.algorithm, rule.encoding, rule.signed)
    else {
        return false;
    };
    let given = (delivery.header)(header);
    let Some(given) = given.as_deref().and_then(|given| given.strip_prefix(rule.prefix.as_deref().unwrap_or("")))
    else {
        return false;
    };
    let mac = match signed {
        Signed::Body => algorithm.hmac(secret.as_bytes(), &[delivery.body]),
        Signed::TimestampBody => {
            let timestamp = rule.timestamp_header.as_deref().and_then(|name| (delivery.header)(name));
            let tolerance = rule.tolerance_s.map_or(TOLERANCE_S, i64::from);
            let Some(timestamp) = timestamp.filter(|timestamp| is_fresh(timestamp, delivery.now, tolerance)) else {
                return false;
            };
            algorithm.hmac(secret.as_bytes(), &[timestamp.as_bytes(), b".", delivery.body])
        }
    };
    encoding.texts(&mac).iter().any(|expected| same(given.as_bytes(), expected.as_bytes()))
}
