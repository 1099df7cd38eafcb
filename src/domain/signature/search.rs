//! Which rule a delivery was made under, found by trying: for an operator who has a secret and does not know the scheme.
//!
//! It knows no delivery but the one it is given, and proposes nothing that does not hold.

use super::hmac_builder::{HMAC, Signed};
use super::{Algorithm, Delivery, Encoding, SCHEMES, Verification, is_fresh};

/// **Limit:** characters that may stand before a signature in its header.
const MAX_PREFIX: usize = 50;

/// **Limit:** headers that are tried as the signed time, so that one question stays cheap whatever was sent.
const MAX_TIMES: usize = 3;

/// Every rule that the secret and the delivery fulfil: the named schemes first, each HMAC that says the same after them.
pub fn search(secret: &str, names: &[String], delivery: &Delivery<'_>) -> Vec<Verification> {
    let secrets = [secret.to_owned()];
    let of = |scheme: &&super::Scheme| match scheme.propose {
        Some(propose) => propose(secret, names, delivery),
        None => vec![Verification { scheme: scheme.name.to_owned(), ..Verification::default() }],
    };
    let fit = SCHEMES.iter().filter(|scheme| (scheme.check_secret)(secret).is_none());
    fit.flat_map(of).filter(|rule| rule.holds(&secrets, delivery)).collect()
}

/// The HMACs that end a header's value.
pub(super) fn hmacs(secret: &str, names: &[String], delivery: &Delivery<'_>) -> Vec<Verification> {
    /// A day: whether the time is near enough is tried afterwards.
    const ANY_DAY_S: i64 = 86_400;
    let values: Vec<(&String, String)> =
        names.iter().filter_map(|name| Some((name, (delivery.header)(name)?))).collect();
    let times = values.iter().filter(|(_, value)| is_fresh(value, delivery.now, ANY_DAY_S)).map(Some);
    let times = times.take(MAX_TIMES);
    let mut found: Vec<Verification> = Vec::new();
    for time in std::iter::once(None).chain(times) {
        for algorithm in Algorithm::ALL {
            let mac = match time {
                None => algorithm.hmac(secret.as_bytes(), &[delivery.body]),
                Some((_, time)) => algorithm.hmac(secret.as_bytes(), &[time.as_bytes(), b".", delivery.body]),
            };
            for encoding in Encoding::ALL {
                let texts = encoding.texts(&mac);
                for (name, value) in &values {
                    let mut prefixes = texts.iter().filter_map(|text| value.strip_suffix(text.as_str()));
                    let Some(prefix) = prefixes.find(|prefix| is_prefix(prefix)) else { continue };
                    found.push(Verification {
                        scheme: HMAC.name.to_owned(),
                        header: Some((*name).clone()),
                        algorithm: Some(algorithm),
                        encoding: Some(encoding),
                        prefix: Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty()),
                        signed: Some(if time.is_some() { Signed::TimestampBody } else { Signed::Body }),
                        timestamp_header: time.map(|(name, _)| (*name).clone()),
                        ..Verification::default()
                    });
                }
            }
        }
    }
    found
}

/// Whether a text can stand before every signature: one with a time or an id in it stood before this one only.
fn is_prefix(text: &str) -> bool {
    const MAX_DIGITS: usize = 4;
    let digits = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    text.len() <= MAX_PREFIX && digits <= MAX_DIGITS
}

/// Whether a header may tell where a delivery comes from: all but those that every request has, and never a cookie.
pub fn is_telling(name: &str) -> bool {
    const ORDINARY: [&str; 27] = [
        "accept",
        "baggage",
        "cache-control",
        "cdn-loop",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "dnt",
        "expect",
        "forwarded",
        "from",
        "host",
        "origin",
        "pragma",
        "priority",
        "range",
        "referer",
        "te",
        "traceparent",
        "tracestate",
        "user-agent",
        "via",
        "x-real-ip",
    ];
    const FAMILIES: [&str; 8] = ["accept-", "cf-", "if-", "mf-", "proxy-", "sec-", "transfer-", "x-forwarded-"];
    let name = name.to_ascii_lowercase();
    !ORDINARY.contains(&name.as_str()) && !FAMILIES.iter().any(|family| name.starts_with(family))
}
