//! Standard Webhooks (`webhook-*` headers) and Svix (`svix-*`), which sign alike: `v1` is HMAC-SHA256 with a secret
//! (`whsec_…`), `v1a` is Ed25519 with a public key (`whpk_…`).
//!
//! Which of the two counts is said by the secret, never by the sender: a `v1` made with the text of a public key, which
//! anybody may know, proves nothing. Other versions in the header are passed over.
//! Source: the Standard Webhooks specification 1.0.0, "Signature scheme".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Algorithm, Delivery, Scheme, TOLERANCE_S, ed25519, is_fresh, same};

/// With the headers of the specification.
pub const STANDARD_WEBHOOKS: Scheme =
    Scheme::simple("standard_webhooks", check_secret, |_, secret, delivery| verify("webhook", secret, delivery));

/// With Svix's older headers.
pub const SVIX: Scheme = Scheme::simple("svix", check_secret, |_, secret, delivery| verify("svix", secret, delivery));

/// **Limit:** signatures of one delivery that are looked at: a sender adds one for each key that it rotates, and each
/// costs a good part of a millisecond with Ed25519.
const MAX_SIGNATURES: usize = 8;

enum Key {
    Shared(Vec<u8>),
    Public([u8; 32]),
}

impl Key {
    fn read(secret: &str) -> Option<Self> {
        if let Some(public) = secret.strip_prefix("whpk_") {
            let key = STANDARD.decode(public).ok()?.try_into().ok()?;
            return ed25519::is_key(&key).then_some(Self::Public(key));
        }
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
        (!key.is_empty()).then_some(Self::Shared(key))
    }
}

fn check_secret(secret: &str) -> Option<&'static str> {
    Key::read(secret).is_none().then_some("must be `whsec_` or `whpk_` and base64, as the sender shows it")
}

fn verify(prefix: &str, secret: &str, delivery: &Delivery<'_>) -> bool {
    let header = |name: &str| (delivery.header)(&format!("{prefix}-{name}"));
    let (Some(id), Some(timestamp), Some(signatures)) = (header("id"), header("timestamp"), header("signature")) else {
        return false;
    };
    if !is_fresh(&timestamp, delivery.now, TOLERANCE_S) {
        return false;
    }
    let of = |version: &str| -> Vec<Vec<u8>> {
        let own = signatures.split(' ').filter_map(|part| part.strip_prefix(version)?.strip_prefix(','));
        own.take(MAX_SIGNATURES).filter_map(|text| STANDARD.decode(text).ok()).collect()
    };
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", delivery.body];
    match Key::read(secret) {
        None => false,
        Some(Key::Shared(key)) => {
            let expected = Algorithm::Sha256.hmac(&key, &signed);
            of("v1").iter().any(|given| same(given, &expected))
        }
        Some(Key::Public(key)) => {
            let message = signed.concat();
            of("v1a").iter().any(|given| {
                given.as_slice().try_into().is_ok_and(|given: &[u8; 64]| ed25519::verifies(&key, &message, given))
            })
        }
    }
}
