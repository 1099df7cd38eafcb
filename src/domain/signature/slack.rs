//! Slack and Zoom, which sign alike: `v0=` and hexadecimal HMAC-SHA256 of `v0:timestamp:body`.
//!
//! Slack's older verification token in the body proves nothing here.
//! Sources: Slack's manual, "Verifying requests from Slack"; Zoom's manual, "Using webhooks", "Verify webhook events".

use super::{Algorithm, Delivery, Scheme, TOLERANCE_S, any_secret, hex, is_fresh, same};

/// Slack's scheme.
pub const SLACK: Scheme = Scheme::simple("slack", any_secret, |_, secret, delivery| {
    verify(secret, delivery, "x-slack-signature", "x-slack-request-timestamp")
});

/// Zoom's scheme.
pub const ZOOM: Scheme = Scheme::simple("zoom", any_secret, |_, secret, delivery| {
    verify(secret, delivery, "x-zm-signature", "x-zm-request-timestamp")
});

fn verify(secret: &str, delivery: &Delivery<'_>, signature: &str, timestamp: &str) -> bool {
    let (Some(given), Some(timestamp)) = ((delivery.header)(signature), (delivery.header)(timestamp)) else {
        return false;
    };
    if !is_fresh(&timestamp, delivery.now, TOLERANCE_S) {
        return false;
    }
    let signed = [b"v0:", timestamp.as_bytes(), b":", delivery.body];
    let expected = format!("v0={}", hex(&Algorithm::Sha256.hmac(secret.as_bytes(), &signed)));
    same(given.as_bytes(), expected.as_bytes())
}
