//! X (Twitter): `x-twitter-webhooks-signature: sha256=…`, base64 HMAC-SHA256 of the body with the consumer secret.
//!
//! **Invariant:** it verifies no body that could be a challenge's token. X makes us sign such a token with the same
//! secret and in the same way (`domain/challenge`), so whoever knows the URL can have one signed. Deliveries of X are
//! JSON objects, and no token that is signed holds a brace: what was signed as a challenge never passes as a body.
//! Source: X's manual, "Securing webhooks".

use super::{Encoding, Scheme, any_secret, signs_body};

/// X's scheme.
pub const X: Scheme = Scheme::simple("x", any_secret, |_, secret, delivery| {
    delivery.body.starts_with(b"{")
        && signs_body(secret, delivery, "x-twitter-webhooks-signature", "sha256=", Encoding::Base64)
});
