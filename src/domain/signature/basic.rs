//! HTTP's basic authentication: a name and a password in every delivery (RFC 7617). Nothing is signed.
//!
//! For senders that take `https://name:password@host/…` or two fields for it, and sign nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Delivery, Reader, Scheme, Verification, same};

/// The scheme.
pub const BASIC: Scheme = Scheme {
    name: "basic",
    read,
    check_secret: |secret| (secret.len() < 8).then_some("must have at least 8 characters"),
    verify,
    propose: Some(|_, _, delivery| {
        let given = given(delivery).and_then(|bytes| String::from_utf8(bytes).ok());
        let username = given.and_then(|pair| pair.split_once(':').map(|(name, _)| name.to_owned()));
        username.map(|username| Verification { username: Some(username), ..named() }).into_iter().collect()
    }),
};

fn named() -> Verification {
    Verification { scheme: BASIC.name.to_owned(), ..Verification::default() }
}

fn read(reader: &mut Reader<'_>, rule: &mut Verification) {
    rule.username = reader.required_text("username", 200);
    if rule.username.as_ref().is_some_and(|name| name.contains(|c: char| c == ':' || c.is_control())) {
        reader.fault("username", "invalid", "must hold no colon, which separates it from the password");
    }
}

/// The name and the password, with the colon between them.
fn given(delivery: &Delivery<'_>) -> Option<Vec<u8>> {
    let header = (delivery.header)("authorization")?;
    let (word, credentials) = header.split_once(' ')?;
    STANDARD.decode(credentials.trim()).ok().filter(|_| word.eq_ignore_ascii_case("basic"))
}

fn verify(rule: &Verification, secret: &str, delivery: &Delivery<'_>) -> bool {
    let (Some(username), Some(given)) = (&rule.username, given(delivery)) else { return false };
    same(&given, format!("{username}:{secret}").as_bytes())
}
