//! Signing what leaves, per Standard Webhooks (specification 1.0.0, "Signature scheme", symmetric).
//!
//! It verifies nothing: that is `signature`'s work, for what comes in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::time::Timestamp;

/// The key in a signing secret: base64 after `whsec_`. The specification asks for 24 to 64 bytes.
pub(in crate::domain) fn key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.trim().strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// The three headers of a signed request. `None` when the secret cannot be read.
pub(super) fn headers(secret: &str, id: &str, now: Timestamp, body: &[u8]) -> Option<[(&'static str, String); 3]> {
    let timestamp = now.as_millis().div_euclid(1_000).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(secret)?).ok()?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Some([("webhook-id", id.to_owned()), ("webhook-timestamp", timestamp), ("webhook-signature", signature)])
}

/// A message's id from the key of its step: the same for every attempt, and without the full stop, which separates the
/// signed parts.
pub(super) fn message_id(step_key: &str) -> String {
    step_key.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_reference_implementation() {
        // The example of the Standard Webhooks libraries.
        let headers = headers(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Timestamp::from_millis(1_614_265_330_000),
            br#"{"test": 2432232314}"#,
        )
        .unwrap();
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers[1].1, "1614265330");
    }

    #[test]
    fn a_secret_that_cannot_be_read_signs_nothing() {
        for secret in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_???", "whsec_c2hvcnQ="] {
            assert_eq!(key(secret), None, "{secret}");
        }
    }

    #[test]
    fn a_message_id_holds_no_separator() {
        assert_eq!(message_id("run_01A/s.1"), "run_01A_s_1");
    }
}
