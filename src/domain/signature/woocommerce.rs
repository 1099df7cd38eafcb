//! WooCommerce: `X-WC-Webhook-Signature`, base64 HMAC-SHA256 of the body. No timestamp is signed, so none is checked.
//!
//! Source: `WC_Webhook::generate_signature` in WooCommerce.

use super::{Encoding, Scheme, any_secret, signs_body};

/// WooCommerce's scheme.
pub const WOOCOMMERCE: Scheme = Scheme::simple("woocommerce", any_secret, |_, secret, delivery| {
    signs_body(secret, delivery, "x-wc-webhook-signature", "", Encoding::Base64)
});
