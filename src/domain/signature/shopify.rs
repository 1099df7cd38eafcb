//! Shopify: `X-Shopify-Hmac-Sha256`, base64 HMAC-SHA256 of the body. No timestamp is signed, so none is checked.
//!
//! Source: Shopify's manual, "Deliver webhooks through HTTPS", "Verify the webhook".

use super::{Encoding, Scheme, any_secret, signs_body};

/// Shopify's scheme.
pub const SHOPIFY: Scheme = Scheme::simple("shopify", any_secret, |_, secret, delivery| {
    signs_body(secret, delivery, "x-shopify-hmac-sha256", "", Encoding::Base64)
});
