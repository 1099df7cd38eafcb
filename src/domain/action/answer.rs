//! What the outside answered to a call, and what that means for the step.
//!
//! It does not decide about the run: a failure carries its class, and the machine acts on it.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::domain::ids::ContactId;
use crate::domain::time::Timestamp;

use super::{Call, Class, Failure, Object, http_request, send_email, send_whatsapp};

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
///
/// **Invariant:** of a call that is not repeatable, whatever leaves open what happened is [`Class::Uncertain`]; of one
/// that is, it is [`Class::Retry`].
pub fn read(call: &Call, answer: Answer, now: Timestamp) -> Outcome {
    match (call, answer) {
        (Call::Whatsapp(_), Answer::Http(http)) => send_whatsapp::read(&http, now),
        (Call::Http(call), Answer::Http(http)) => http_request::read(call, &http, now),
        (Call::Email(_), Answer::Mail(result)) => send_email::read(result),
        (Call::SaveContact(_), Answer::Contact { id, created }) => {
            let mut output = Object::new();
            output.insert("contact_id".to_owned(), id.as_str().into());
            output.insert("created".to_owned(), created.into());
            Outcome::Succeeded { output }
        }
        (_, Answer::NotSent { reason }) => Outcome::Failed(Failure::refused("not_sent", reason)),
        (call, Answer::Timeout) => Outcome::Failed(open(call, "timeout", "gave no answer in time")),
        (call, Answer::ConnectionLost) => {
            Outcome::Failed(open(call, "connection_lost", "broke the connection before it answered"))
        }
        (call, Answer::Http(_) | Answer::Mail(_) | Answer::Contact { .. }) => {
            Outcome::Failed(open(call, "unreadable_answer", "gave an answer that cannot be read"))
        }
    }
}

/// The failure of a call of which nobody knows what it did.
fn open(call: &Call, code: &str, what: &str) -> Failure {
    let who = match call {
        Call::SaveContact(_) => "the database",
        Call::Whatsapp(_) => "WhatsApp",
        Call::Email(_) => "the mail service",
        Call::Http(_) => "the server",
    };
    if call.repeatable() {
        return Failure::new(Class::Retry { after_s: None }, code, format!("{who} {what}; trying again is safe"));
    }
    let remedy = match call {
        Call::Whatsapp(_) | Call::Email(_) => "look for the message at the recipient",
        Call::Http(_) | Call::SaveContact(_) => "look there whether it was done",
    };
    let message = format!("{who} {what}, so it may have happened; {remedy}, then say `sent` or `not_sent`");
    Failure::new(Class::Uncertain, code, message)
}

/// The longest pause that is taken from an answer, in seconds: a day.
const LONGEST_PAUSE_S: u32 = 86_400;

/// `Retry-After` in seconds from now: a number, or an HTTP date (RFC 9110 §10.2.3).
pub(super) fn retry_after(value: Option<&str>, now: Timestamp) -> Option<u32> {
    let value = value?.trim();
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) if value.is_empty() || value.bytes().all(|byte| byte.is_ascii_digit()) => return None,
        Err(_) => {
            let at = OffsetDateTime::parse(value, &Rfc2822).ok()?.unix_timestamp().checked_mul(1_000)?;
            let ms = Timestamp::from_millis(at).since(now).max(0).unsigned_abs();
            ms.div_ceil(1_000)
        }
    };
    Some(u32::try_from(seconds).unwrap_or(LONGEST_PAUSE_S).min(LONGEST_PAUSE_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = Timestamp::from_millis(784_111_777_000 - 90_000);
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999", Some(LONGEST_PAUSE_S)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(90)),
            ("Sun, 06 Nov 1984 08:49:37 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(retry_after(Some(value), now), seconds, "{value}");
        }
        assert_eq!(retry_after(None, now), None);
    }
}
