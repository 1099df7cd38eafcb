//! Stripe: `Stripe-Signature: t=…,v1=…` over `t.body`, hexadecimal HMAC-SHA256.
//!
//! Source: Stripe's manual, "Verify webhook signatures manually".
//!
//! Only `v1` is read; `v0`, which Stripe puts beside it for test events, proves nothing.

use super::{Algorithm, Delivery, Scheme, TOLERANCE_S, Verification, any_secret, hex, is_fresh, same};

/// Stripe's scheme.
pub const STRIPE: Scheme = Scheme::simple("stripe", any_secret, verify);

fn verify(_: &Verification, secret: &str, delivery: &Delivery<'_>) -> bool {
    let Some(header) = (delivery.header)("stripe-signature") else { return false };
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some((_, timestamp)) = parts().find(|(name, _)| *name == "t") else { return false };
    if !is_fresh(timestamp, delivery.now, TOLERANCE_S) {
        return false;
    }
    let signed = [timestamp.as_bytes(), b".", delivery.body];
    let expected = hex(&Algorithm::Sha256.hmac(secret.as_bytes(), &signed));
    parts().any(|(name, value)| name == "v1" && same(value.as_bytes(), expected.as_bytes()))
}
