//! The dashboard's session: a cookie that says until when, and proves it with the admin token.
//!
//! Nothing is stored here: another `ADMIN_TOKEN` ends every session, and which were signed out before their time
//! [`crate::app::sessions`] knows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::auth::is_local;
use super::message::Request;
use crate::domain::secret::{Secret, equal_secret};
use crate::domain::signature::hmac_sha256;
use crate::domain::time::Timestamp;

/// How long a session lasts: a working day.
pub const LASTS_S: i64 = 43_200;

/// What a cookie is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// A session.
    Valid,
    /// It was one.
    Expired,
    /// It never was.
    Forged,
}

/// Whether the browser would keep a `Secure` cookie: not over plain HTTP, which only a developer's machine speaks.
fn is_plain(request: &Request) -> bool {
    request.scheme == "http" && is_local(&request.host)
}

fn name(request: &Request) -> &'static str {
    if is_plain(request) { "uncino" } else { "__Host-uncino" }
}

/// The session's cookie of a request.
pub fn of(request: &Request) -> Option<String> {
    let header = request.headers.get("cookie")?;
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name(request)).map(|(_, value)| value.to_owned())
}

/// The value of a session until a moment.
pub fn value(token: &Secret<String>, until: Timestamp) -> String {
    format!("{}.{}", until.as_millis(), proof(token, until))
}

fn proof(token: &Secret<String>, until: Timestamp) -> String {
    let until = until.as_millis().to_string();
    let proof = hmac_sha256(token.expose().as_bytes(), &[b"uncino session until ", until.as_bytes()]);
    proof.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default()
}

/// Until when a session says that it lasts; long ago when it says nothing.
pub fn until(value: &str) -> Timestamp {
    let until = value.split_once('.').and_then(|(until, _)| until.parse().ok());
    Timestamp::from_millis(until.unwrap_or_default())
}

/// What a cookie's value is worth now.
pub fn read(token: &Secret<String>, value: &str, now: Timestamp) -> Verdict {
    let Some((until, given)) = value.split_once('.') else { return Verdict::Forged };
    let Ok(until) = until.parse().map(Timestamp::from_millis) else { return Verdict::Forged };
    let expected = proof(token, until);
    if expected.is_empty() || !equal_secret(expected.as_bytes(), given.as_bytes()) {
        Verdict::Forged
    } else if until <= now {
        Verdict::Expired
    } else {
        Verdict::Valid
    }
}

/// The header that gives a browser its session, or with an empty value takes it away.
pub fn cookie(request: &Request, value: &str) -> String {
    let secure = if is_plain(request) { "" } else { "; Secure" };
    let age = if value.is_empty() { 0 } else { LASTS_S };
    format!("{}={value}; HttpOnly{secure}; SameSite=Strict; Path=/; Max-Age={age}", name(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_bound_to_its_token_and_its_time() {
        let token = Secret::new("a".repeat(32));
        let until = Timestamp::from_millis(10_000);
        let value = value(&token, until);
        assert_eq!(read(&token, &value, Timestamp::from_millis(9_999)), Verdict::Valid);
        assert_eq!(read(&token, &value, until), Verdict::Expired);
        assert_eq!(read(&Secret::new("b".repeat(32)), &value, until), Verdict::Forged);
        let longer = value.replacen("10000", "10001", 1);
        for forged in [longer.as_str(), "", "10000", "10000.", "x.y", ".", "10000.AAAA"] {
            assert_eq!(read(&token, forged, Timestamp::from_millis(1)), Verdict::Forged, "{forged}");
        }
    }
}
