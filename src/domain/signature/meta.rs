//! Meta (WhatsApp, Facebook, Instagram, Messenger): the header of GitHub, the secret is the app's.
//!
//! Meta writes other characters than ASCII as `\u00e8` and signs them so: the raw bytes are what counts, never the
//! decoded text.
//! Source: Meta's manual, "Webhooks: Validating Payloads".

use super::{Encoding, Scheme, any_secret, signs_body};

/// Meta's scheme.
pub const META: Scheme = Scheme::simple("meta", any_secret, |_, secret, delivery| {
    signs_body(secret, delivery, "x-hub-signature-256", "sha256=", Encoding::Hex)
});
