//! The HTTP request of a call: where credentials join what an action described.
//!
//! It sends nothing. What it makes holds secrets, so its `Debug` shows method and host only.

use std::fmt;

use crate::domain::connection::Connection;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;

use super::{Call, Failure, http_request, send_whatsapp};

/// How often an event may come through automations that call one another.
pub const MOST_HOPS: u8 = 5;

/// How every request of ours introduces itself.
pub const USER_AGENT: &str = concat!("Uncino/", env!("CARGO_PKG_VERSION"));

/// What a call needs beside itself when it leaves.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The connection, with its secrets opened; `None` when the call needs none.
    pub connection: Option<&'a Connection>,
    /// The deployment's settings.
    pub settings: &'a Settings,
    /// Run id, a slash, step id: the same for every attempt.
    pub step_key: &'a str,
    /// The same with the number of the attempt, from the second one on: what a report about a message comes back with.
    pub message_key: &'a str,
    /// How many hooks of ours the event had already come through.
    pub hop: u8,
    /// The time of this attempt.
    pub now: Timestamp,
}

/// An HTTP request, ready to leave.
#[derive(Clone, PartialEq)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Every header; some are secret.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// How long it may take.
    pub timeout_ms: u32,
    /// How much of the answer is read.
    pub max_response_bytes: usize,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} …)", self.method)
    }
}

/// The HTTP request of a call.
///
/// Fails before anything leaves: no connection, no credentials, a private address, a loop. A call that does not leave
/// over HTTP (`SaveContact`, `Email`) is refused with `not_http`.
pub fn request(call: &Call, delivery: &Delivery<'_>) -> Result<HttpRequest, Failure> {
    match call {
        Call::Whatsapp(message) => send_whatsapp::request(message, delivery),
        Call::Http(call) => http_request::request(call, delivery),
        Call::SaveContact(_) | Call::Email(_) => {
            Err(Failure::refused("not_http", "this call does not leave over HTTP"))
        }
    }
}
