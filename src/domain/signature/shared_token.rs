//! A shared token in a header: no signature, only something that both sides know.
//!
//! For senders that can set a header and sign nothing. The value is compared whole.

use super::{Delivery, Scheme, Verification, same};

/// The scheme.
pub const SHARED_TOKEN: Scheme = Scheme {
    name: "shared_token",
    takes_header: true,
    check_secret: |secret| (secret.len() < 8).then_some("must have at least 8 characters"),
    verify,
};

fn verify(rule: &Verification, secrets: &[String], delivery: &Delivery<'_>) -> bool {
    let given = rule.header.as_deref().and_then(|name| (delivery.header)(name));
    given.is_some_and(|given| secrets.iter().any(|secret| same(secret.as_bytes(), given.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::super::super::time::Timestamp;
    use super::*;

    #[test]
    fn only_the_token_in_its_header_verifies() {
        let rule = Verification { scheme: "shared_token".to_owned(), header: Some("x-key".to_owned()) };
        let verifies = |name: &'static str, value: &'static str| {
            let header = move |asked: &str| (asked == name).then(|| value.to_owned());
            let delivery = Delivery { header: &header, body: b"", now: Timestamp::from_millis(0) };
            verify(&rule, &["long enough".to_owned()], &delivery)
        };
        assert!(verifies("x-key", "long enough"));
        assert!(!verifies("x-key", "long enougH"));
        assert!(!verifies("x-other", "long enough"));
    }
}
