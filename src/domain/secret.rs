//! A value that must never be written down by accident.
//!
//! It does not encrypt: sealing at rest is `app/seal.rs`'s work.

use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether two secrets are the same, in a time that tells neither where they differ nor how long either is.
///
/// Their digests are compared, not they: a comparison in constant time works on equal lengths only, and giving up early
/// on unequal ones would tell the length.
pub fn equal_secret(left: &[u8], right: &[u8]) -> bool {
    Sha256::digest(left).ct_eq(&Sha256::digest(right)).into()
}

/// A secret from the moment it is read. It has no `Display` and no `Serialize`, and its `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that must have it. Named so that a reader stops at it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_stars() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(***)");
    }

    #[test]
    fn only_the_same_secret_is_equal() {
        assert!(equal_secret(b"hunter2", b"hunter2") && equal_secret(b"", b""));
        for other in [&b""[..], b"hunter", b"hunter22", b"Hunter2"] {
            assert!(!equal_secret(b"hunter2", other));
        }
    }
}
