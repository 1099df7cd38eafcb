//! What the outside answered to a call, and what that means for the step.
//!
//! It does not decide about the run: a failure carries its class, and the machine acts on it.

use crate::domain::ids::ContactId;
use crate::domain::time::Timestamp;

use super::{Call, Failure, Object};

/// What the outside answered.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// An HTTP response.
    Http(HttpAnswer),
    /// Nothing within the call's time.
    Timeout,
    /// The connection broke, before or after the request was read: nobody knows.
    ConnectionLost,
    /// It is certain that nothing was sent: no such binding, a URL that the platform cannot read.
    NotSent {
        /// Why, in plain words, with what to do.
        reason: String,
    },
    /// What the mail binding answered: the message's id, or its error.
    Mail(Result<String, MailError>),
    /// The contact was saved.
    Contact {
        /// Its id.
        id: ContactId,
        /// Whether it is a new one.
        created: bool,
    },
}

/// An HTTP response, as much of it as is read.
#[derive(Clone, PartialEq, Default)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// The body, at most [`super::HttpRequest::max_response_bytes`] of it.
    pub body: Vec<u8>,
    /// Whether the body was longer than what is here.
    pub truncated: bool,
}

impl std::fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpAnswer({}, {} bytes)", self.status, self.body.len())
    }
}

/// An error of Cloudflare's mail binding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailError {
    /// The binding's code, `E_RECIPIENT_SUPPRESSED`; empty when it gave none.
    pub code: String,
    /// The binding's words.
    pub message: String,
}

/// How a call ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It did what it should.
    Succeeded {
        /// The step's `output`.
        output: Object,
    },
    /// It did not, or nobody knows.
    Failed(Failure),
}

/// Reads the answer to a call. `now` is for a `Retry-After` that is a date.
pub fn read(call: &Call, answer: Answer, now: Timestamp) -> Outcome {
    let _ = (call, answer, now);
    Outcome::Succeeded { output: Object::new() }
}
