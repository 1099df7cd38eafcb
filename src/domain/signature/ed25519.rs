//! Ed25519 signatures, checked with a public key. It signs nothing: whoever holds only a public key cannot.
//!
//! `ed25519-dalek` was chosen by its weight in this worker beside what is here already (HMAC with SHA-256 and SHA-512):
//! 14.6 KiB raw, 6.8 compressed, because it shares our SHA-512; `ed25519-compact` is 32.8 and 10.7 and has its own,
//! `salty` 10.2 and 4.6, but does not refuse a scalar that is not reduced (RFC 8032, section 5.1.7). WebCrypto weighs
//! nothing and is asynchronous, which would make every scheme wait for the runtime.

use ed25519_dalek::{Signature, VerifyingKey};

/// Whether the bytes are a point of the curve, and so a key.
pub fn is_key(key: &[u8; 32]) -> bool {
    VerifyingKey::from_bytes(key).is_ok()
}

/// Whether the key's holder signed the message. Strict: keys of small order, with which one signature fits many
/// messages, verify nothing.
pub fn verifies(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}
