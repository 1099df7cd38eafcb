//! HMAC, and how a signature is written.
//!
//! The only place that names the hash functions of signatures. It compares nothing and keeps no key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};

/// The hash function of an HMAC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// SHA-1: broken as a hash, not as an HMAC (RFC 6194, section 3.3), and what older senders use.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// All of them, the usual one first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha1, Self::Sha512];

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// HMAC over the parts, one after the other.
    pub fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha1 => mac::<Hmac<sha1::Sha1>>(key, parts),
            Self::Sha256 => mac::<Hmac<sha2::Sha256>>(key, parts),
            Self::Sha512 => mac::<Hmac<sha2::Sha512>>(key, parts),
        }
    }
}

/// Empty never: HMAC takes keys of any length.
fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = M::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// How bytes are written in a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Two hexadecimal digits a byte.
    Hex,
    /// Base64.
    Base64,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Hex, Self::Base64];

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }

    /// The usual way to write bytes.
    pub fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex(bytes),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }

    /// Every way to write bytes that a sender may have: in capitals, without padding, in the alphabet for URLs.
    pub fn texts(self, bytes: &[u8]) -> Vec<String> {
        let text = self.text(bytes);
        match self {
            Self::Hex => vec![text.to_ascii_uppercase(), text],
            Self::Base64 => {
                let for_urls = text.replace('+', "-").replace('/', "_");
                let bare = |text: &str| text.trim_end_matches('=').to_owned();
                vec![bare(&text), bare(&for_urls), for_urls, text]
            }
        }
    }
}

/// Hexadecimal in small letters.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
