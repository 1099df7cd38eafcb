//! The headers that keep a browser from doing with an answer what it is not for.
//!
//! It decides nothing about who may read an answer: that is [`super::auth`] and [`super::cors`]. Answers to deliveries
//! get the few that bind only the answer itself: they are read by programs, on hosts that belong to somebody's website.

use super::auth::is_local;
use super::message::{Request, Response};

/// What an answer that is no page may load, and who may frame it: nothing and nobody.
pub const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What no page of ours needs of the device.
pub const DEVICE: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
                           magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// For every answer, whoever gets it: whatever was written into it becomes no page, and is told to nobody.
pub fn of_all(response: Response) -> Response {
    let own = [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", NOTHING),
        ("referrer-policy", "no-referrer"),
    ];
    added(response, &own)
}

fn added(response: Response, own: &[(&str, &str)]) -> Response {
    own.iter().fold(
        response,
        |response, (name, value)| {
            if response.header(name).is_some() { response } else { response.with(name, *value) }
        },
    )
}

/// For every answer of the admin host, over those that it has already: nothing is stored, guessed, framed, embedded
/// elsewhere or told to others.
pub fn of_admin(request: &Request, response: Response) -> Response {
    let own = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", NOTHING),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", DEVICE),
    ];
    let response = added(response, &own);
    transport(request).into_iter().fold(response, |response, (name, value)| response.with(&name, value))
}

/// What binds a browser to HTTPS on this host: not on a developer's machine, whose other ports it would bind too; never on
/// the host of an inbound address alone, which is somebody's website.
pub fn transport(request: &Request) -> Option<(String, String)> {
    let binds = request.scheme == "https" && !is_local(&request.host);
    binds.then(|| ("strict-transport-security".to_owned(), "max-age=31536000".to_owned()))
}
