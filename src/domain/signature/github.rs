//! GitHub: `X-Hub-Signature-256: sha256=…`, hexadecimal HMAC-SHA256 of the body.
//!
//! The older `X-Hub-Signature` with SHA-1, which GitHub sends beside it, is not read.
//! Source: GitHub's manual, "Validating webhook deliveries".

use super::{Encoding, Scheme, any_secret, signs_body};

/// GitHub's scheme.
pub const GITHUB: Scheme = Scheme::simple("github", any_secret, |_, secret, delivery| {
    signs_body(secret, delivery, "x-hub-signature-256", "sha256=", Encoding::Hex)
});
