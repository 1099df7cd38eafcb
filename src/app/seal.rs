//! Sealing: secrets of connections and sources as they lie in the database.
//!
//! It keeps no key anywhere but in memory, draws no randomness (the caller brings the nonce) and never says more about
//! a sealed text than that it does not open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::domain::problem::{Kind, Problem};
use crate::domain::secret::Secret;
use crate::domain::signature::hmac_sha256;

/// How long a nonce is: 192 random bits, so that drawing each one at random stays safe however much is sealed.
///
/// The 96 bits of plain ChaCha20-Poly1305 would need a counter, which isolates cannot share.
/// Source: draft-irtf-cfrg-xchacha-03, section 2.1.
pub const NONCE_LEN: usize = 24;

/// What every sealed text begins with, so that another way of sealing can stand beside this one.
const VERSION: &str = "v1";

/// Why a sealed text does not open.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// It is not a sealed text, or one of a version that this Uncino does not know.
    #[error("the stored secret is not in a form that this version reads; enter it again")]
    Malformed,
    /// It was sealed with a key that is not set.
    #[error(
        "the stored secret was sealed with another key (`{key_id}`); set that key as `SECRET_KEY_PREVIOUS`, or enter the \
         secret again"
    )]
    UnknownKey {
        /// Which key: the first bytes of its SHA-256.
        key_id: String,
    },
    /// It was changed, or sealed for somebody else.
    #[error("the stored secret was changed after it was sealed, or belongs to something else; enter it again")]
    Forged,
    /// It is larger than the cipher takes, some 256 GB.
    #[error("the secret is too long to be sealed")]
    TooLong,
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        Self::new(Kind::Misconfigured, "cannot_open_secret", error.to_string())
    }
}

/// Seals with one key, opens with that one and the one before it.
///
/// A sealed text is `v1.<key id>.<base64 of nonce and ciphertext>`; version, key id and the owner's id are bound in as
/// associated data, so that a text moved to another row or marked with another key does not open.
#[derive(Clone)]
pub struct Sealer {
    current: Key,
    previous: Option<Key>,
}

#[derive(Clone)]
struct Key {
    /// The first four bytes of the key's SHA-256, in hex: tells keys apart and gives nothing away.
    id: String,
    bytes: Secret<[u8; 32]>,
}

impl Sealer {
    /// A sealer with a key and, while keys are being changed, the one before it.
    pub fn new(current: [u8; 32], previous: Option<[u8; 32]>) -> Self {
        let current = Key::new(current);
        // While keys are being changed the same one may be set twice for a moment.
        let previous = previous.map(Key::new).filter(|key| key.id != current.id);
        Self { current, previous }
    }

    /// Seals a secret for its owner, the id of a connection or a source. `nonce` must be fresh entropy.
    ///
    /// # Errors
    /// [`SealError::TooLong`], which nothing that fits into the database reaches.
    pub fn seal(&self, owner: &str, plain: &[u8], nonce: [u8; NONCE_LEN]) -> Result<String, SealError> {
        let key = &self.current;
        let sealed = key
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound(&key.id, owner).as_bytes() })
            .map_err(|_| SealError::TooLong)?;
        let mut bytes = Vec::with_capacity(NONCE_LEN + sealed.len());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(format!("{VERSION}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for this owner.
    ///
    /// # Errors
    /// The operator can mend all of them, by setting a key or by entering the secret again.
    pub fn open(&self, owner: &str, sealed: &str) -> Result<Vec<u8>, SealError> {
        let (key_id, body) = parts(sealed).ok_or(SealError::Malformed)?;
        let key = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.id == key_id)
            .ok_or_else(|| SealError::UnknownKey { key_id: key_id.to_owned() })?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealError::Malformed)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Malformed)?;
        key.cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: bound(key_id, owner).as_bytes() })
            .map_err(|_| SealError::Forged)
    }

    /// A key for one purpose, made of the current key: whoever has it can neither open what is sealed nor make another.
    ///
    /// It changes with `SECRET_KEY`.
    pub fn derive(&self, purpose: &str) -> Secret<[u8; 32]> {
        let parts = [b"uncino/v1/".as_slice(), purpose.as_bytes()];
        // HMAC takes keys of any length, so there is always one.
        Secret::new(hmac_sha256(self.current.bytes.expose(), &parts).unwrap_or_default())
    }

    /// The same of the key before it too, for comparing with what was made while that one sealed.
    pub fn derive_all(&self, purpose: &str) -> Vec<Secret<[u8; 32]>> {
        let of_previous = self.previous.clone().map(|key| Self { current: key, previous: None }.derive(purpose));
        std::iter::once(self.derive(purpose)).chain(of_previous).collect()
    }

    /// Which key seals: the first bytes of its SHA-256.
    pub fn key_id(&self) -> &str {
        &self.current.id
    }

    /// Whether there is a key before it that still opens.
    pub fn has_previous(&self) -> bool {
        self.previous.is_some()
    }

    /// What every text begins with that the current key has sealed; any other should be sealed again before the previous
    /// key goes.
    pub fn current_prefix(&self) -> String {
        format!("{VERSION}.{}.", self.current.id)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(***)")
    }
}

impl Key {
    fn new(bytes: [u8; 32]) -> Self {
        let id = Sha256::digest(bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self { id, bytes: Secret::new(bytes) }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes.expose().into())
    }
}

/// Key id and body of a sealed text of this version.
fn parts(sealed: &str) -> Option<(&str, &str)> {
    sealed.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')
}

/// What a ciphertext is bound to.
fn bound(key_id: &str, owner: &str) -> String {
    format!("{VERSION}.{key_id}.{owner}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [u8; 32] = [1; 32];
    const NEW: [u8; 32] = [2; 32];
    const NONCE: [u8; NONCE_LEN] = [9; NONCE_LEN];

    #[test]
    fn what_was_sealed_opens_for_its_owner_only() {
        let sealer = Sealer::new(NEW, None);
        let sealed = sealer.seal("con_a", b"hunter2", NONCE).unwrap();
        assert!(sealed.starts_with("v1.") && !sealed.contains("hunter2"));
        assert_eq!(sealer.open("con_a", &sealed).unwrap(), b"hunter2");
        assert_eq!(sealer.open("con_b", &sealed), Err(SealError::Forged));
        assert_eq!(sealer.open("", &sealed), Err(SealError::Forged));
    }

    #[test]
    fn nothing_seals_to_something_and_opens_to_nothing() {
        let sealer = Sealer::new(NEW, None);
        assert_eq!(sealer.open("con_a", &sealer.seal("con_a", b"", NONCE).unwrap()).unwrap(), b"");
    }

    #[test]
    fn any_character_changed_keeps_it_shut() {
        let sealer = Sealer::new(NEW, Some(OLD));
        let sealed = sealer.seal("con_a", b"hunter2", NONCE).unwrap();
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(sealer.open("con_a", &changed).is_err(), "character {at}");
        }
        for end in 0..sealed.len() {
            assert!(sealer.open("con_a", &sealed[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_text_cannot_be_passed_off_as_sealed_with_another_key() {
        let old = Sealer::new(OLD, None).seal("con_a", b"hunter2", NONCE).unwrap();
        let sealer = Sealer::new(NEW, Some(OLD));
        let id = sealer.current.id.clone();
        let (_, body) = parts(&old).unwrap();
        assert_eq!(sealer.open("con_a", &format!("v1.{id}.{body}")), Err(SealError::Forged));
    }

    #[test]
    fn the_previous_key_still_opens_and_what_it_sealed_can_be_told() {
        let old = Sealer::new(OLD, None).seal("con_a", b"hunter2", NONCE).unwrap();
        let both = Sealer::new(NEW, Some(OLD));
        assert_eq!(both.open("con_a", &old).unwrap(), b"hunter2");
        assert!(both.has_previous() && !old.starts_with(&both.current_prefix()));
        assert!(both.seal("con_a", b"hunter2", NONCE).unwrap().starts_with(&both.current_prefix()));
        let key_id = Sealer::new(OLD, None).current.id;
        assert_eq!(Sealer::new(NEW, None).open("con_a", &old), Err(SealError::UnknownKey { key_id }));
    }

    #[test]
    fn what_was_never_sealed_is_malformed() {
        let sealer = Sealer::new(NEW, None);
        let key_id = &sealer.current.id;
        for text in ["", "v1", "v1.", "v2.x.y", "hunter2", &format!("v1.{key_id}."), &format!("v1.{key_id}.AAAA")] {
            assert_eq!(sealer.open("con_a", text), Err(SealError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_sealer_prints_no_key() {
        assert_eq!(format!("{:?}", Sealer::new(NEW, Some(OLD))), "Sealer(***)");
    }
}
