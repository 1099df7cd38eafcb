//! Twilio: `X-Twilio-Signature`, base64 HMAC-SHA1 of the URL, and of the form's parameters in the order of their names.
//!
//! A body that is no form is signed by its SHA-256, which Twilio adds to the URL as `bodySHA256`; without it nothing
//! protects such a body, and it proves nothing here. The URL is the one that was given to Twilio: the source's public
//! one, or the one of the request; Twilio's own libraries try it with and without a port, and so does this.
//! Source: Twilio's manual, "Webhooks security"; `RequestValidator` in its libraries.

use sha2::{Digest, Sha256};

use super::{Algorithm, Delivery, Encoding, Scheme, Verification, any_secret, hex, same};

/// Twilio's scheme.
pub const TWILIO: Scheme = Scheme::simple("twilio", any_secret, verify);

/// **Limit:** bytes of a form: Twilio's have a few thousand, and every URL and secret costs a look at all of them.
const MAX_FORM: usize = 64 * 1024;

fn verify(_: &Verification, secret: &str, delivery: &Delivery<'_>) -> bool {
    let Some(given) = (delivery.header)("x-twilio-signature") else { return false };
    let signs = |url: &str, parameters: &str| {
        ports(url).iter().any(|url| {
            let mac = Algorithm::Sha1.hmac(secret.as_bytes(), &[url.as_bytes(), parameters.as_bytes()]);
            same(given.as_bytes(), Encoding::Base64.text(&mac).as_bytes())
        })
    };
    (delivery.urls)().iter().any(|url| {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
        match named {
            // The body is only read when the URL is right.
            Some((_, hash)) => signs(url, "") && same(hash.as_bytes(), hex(&Sha256::digest(delivery.body)).as_bytes()),
            None => delivery.body.len() <= MAX_FORM && signs(url, &parameters(delivery.body)),
        }
    })
}

/// What of a form is signed.
fn parameters(body: &[u8]) -> String {
    // Between them what sorts before every character of a name.
    let mut pairs: Vec<String> = form_urlencoded::parse(body).map(|(name, value)| format!("{name}\0{value}")).collect();
    pairs.sort_unstable();
    // A value that stands twice under one name is signed once, as in Twilio's libraries.
    pairs.dedup();
    pairs.iter().map(|pair| pair.replacen('\0', "", 1)).collect()
}

/// The URL as it is, without its port, and with the usual one.
fn ports(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let bare = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    match bare {
        Some((host, _)) => all.push(format!("{scheme}://{host}{path}")),
        None => {
            let port = if scheme == "http" { 80 } else { 443 };
            all.push(format!("{scheme}://{host}:{port}{path}"));
        }
    }
    all
}
