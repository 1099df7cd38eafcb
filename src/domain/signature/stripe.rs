//! Stripe: `Stripe-Signature: t=…,v1=…` over `t.body`, hexadecimal HMAC-SHA256.
//!
//! Source: Stripe's manual, "Verify webhook signatures manually".
//!
//! Only `v1` is read; `v0`, which Stripe puts beside it for test events, proves nothing.

use super::{Delivery, Scheme, Verification, hmac_sha256, is_fresh, same};

/// Stripe's scheme.
pub const STRIPE: Scheme = Scheme { name: "stripe", takes_header: false, check_secret: |_| None, verify };

fn verify(_: &Verification, secrets: &[String], delivery: &Delivery<'_>) -> bool {
    let Some(header) = (delivery.header)("stripe-signature") else { return false };
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some((_, timestamp)) = parts().find(|(name, _)| *name == "t") else { return false };
    if !is_fresh(timestamp, delivery.now) {
        return false;
    }
    secrets.iter().any(|secret| {
        let Some(mac) = hmac_sha256(secret.as_bytes(), &[timestamp.as_bytes(), b".", delivery.body]) else {
            return false;
        };
        let expected: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        parts().any(|(name, value)| name == "v1" && same(value.as_bytes(), expected.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::time::Timestamp;
    use super::*;

    // Made with `openssl dgst -sha256 -hmac whsec_test` over `1700000000.{"id":"evt_1"}`.
    const SIGNATURE: &str = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";

    fn verifies(signature: &str, at: i64) -> bool {
        let header = |name: &str| (name == "stripe-signature").then(|| format!("t=1700000000,v0=x,v1={signature}"));
        let now = Timestamp::from_millis(at * 1_000);
        let rule = Verification { scheme: "stripe".to_owned(), header: None };
        verify(&rule, &["whsec_test".to_owned()], &Delivery { header: &header, body: br#"{"id":"evt_1"}"#, now })
    }

    #[test]
    fn only_the_right_signature_in_time_verifies() {
        assert!(verifies(SIGNATURE, 1_700_000_100));
        assert!(!verifies(SIGNATURE, 1_700_000_301));
        assert!(!verifies(&SIGNATURE.replacen('c', "0", 1), 1_700_000_100));
    }
}
