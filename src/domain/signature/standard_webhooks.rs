//! Standard Webhooks (`webhook-*` headers) and Svix (`svix-*`), which sign alike.
//!
//! Only the symmetric signature `v1` is read; other versions in the header are passed over.
//! Source: the Standard Webhooks specification, "Signature scheme".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Delivery, Scheme, Verification, hmac_sha256, is_fresh, same};

/// With the headers of the specification.
pub const STANDARD_WEBHOOKS: Scheme = Scheme {
    name: "standard_webhooks",
    takes_header: false,
    check_secret,
    verify: |_: &Verification, secrets, delivery| verify("webhook", secrets, delivery),
};

/// With Svix's older headers.
pub const SVIX: Scheme = Scheme {
    name: "svix",
    takes_header: false,
    check_secret,
    verify: |_: &Verification, secrets, delivery| verify("svix", secrets, delivery),
};

/// The key of a secret: what stands behind `whsec_`, decoded.
pub fn key(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok().filter(|key| !key.is_empty())
}

fn check_secret(secret: &str) -> Option<&'static str> {
    key(secret).is_none().then_some("must be `whsec_` and base64, as the sender shows it")
}

fn verify(prefix: &str, secrets: &[String], delivery: &Delivery<'_>) -> bool {
    let header = |name: &str| (delivery.header)(&format!("{prefix}-{name}"));
    let (Some(id), Some(timestamp), Some(signatures)) = (header("id"), header("timestamp"), header("signature")) else {
        return false;
    };
    if !is_fresh(&timestamp, delivery.now) {
        return false;
    }
    let given: Vec<Vec<u8>> =
        signatures.split(' ').filter_map(|part| STANDARD.decode(part.strip_prefix("v1,")?).ok()).collect();
    secrets.iter().filter_map(|secret| key(secret)).any(|key| {
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", delivery.body];
        hmac_sha256(&key, &signed).is_some_and(|expected| given.iter().any(|given| same(given, &expected)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::time::Timestamp;
    use super::*;

    // The vectors of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn verifies(secret: &str, body: &[u8], at: i64, signature: &str) -> bool {
        let header = |name: &str| match name {
            "webhook-id" => Some("msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned()),
            "webhook-timestamp" => Some("1614265330".to_owned()),
            "webhook-signature" => Some(signature.to_owned()),
            _ => None,
        };
        let now = Timestamp::from_millis(at * 1_000);
        (STANDARD_WEBHOOKS.verify)(
            &Verification { scheme: "standard_webhooks".to_owned(), header: None },
            &[secret.to_owned()],
            &Delivery { header: &header, body, now },
        )
    }

    #[test]
    fn the_published_vector_verifies() {
        let signature = "v2,zzz v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert!(verifies(SECRET, BODY, 1_614_265_330, signature));
        assert!(verifies(SECRET, BODY, 1_614_265_330 + 300, signature));
    }

    #[test]
    fn one_changed_part_does_not_verify() {
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert!(!verifies(SECRET, br#"{"test": 2432232315}"#, 1_614_265_330, signature));
        assert!(!verifies("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", BODY, 1_614_265_330, signature));
        assert!(!verifies(SECRET, BODY, 1_614_265_330 + 301, signature));
        assert!(!verifies(SECRET, BODY, 1_614_265_330, "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert!(!verifies(SECRET, BODY, 1_614_265_330, ""));
    }
}
