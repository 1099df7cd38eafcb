//! The outside of a simulated world: other systems, WhatsApp and the mail service in one, that record what they were
//! asked and answer as chance says.
//!
//! It knows who asked from what was asked: every step writes its event and its name into what it sends.

use std::cell::{Cell, RefCell};

use serde_json::{Value, json};
use uncino::domain::action::{Answer, EmailMessage, HttpAnswer, HttpRequest, MailError};
use uncino::domain::time::Timestamp;

use super::stage::Stage;

/// Which step of which automation asked, for which event.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Who {
    pub event: String,
    pub automation: String,
    pub step: String,
}

/// One call that arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub who: Who,
    /// Whether the receiver did what it was asked, whatever it answered.
    pub acted: bool,
    /// Whether it said so.
    pub said_yes: bool,
    /// Whether it was told that repeating this is safe.
    pub repeatable: bool,
    /// The `Idempotency-Key`.
    pub key: Option<String>,
    /// Whom a message is for, and when it came, by the true clock.
    pub to: Option<String>,
    pub at: Timestamp,
}

#[derive(Default)]
pub struct Receiver {
    seen: RefCell<Vec<Seen>>,
    /// Of so many calls one is answered otherwise than with yes; 0 is none.
    pub moody: Cell<usize>,
    /// What cannot be told apart: a fault of the test.
    pub unknown: Cell<usize>,
}

/// Yes, in the words of whoever was asked.
pub fn ok(url: &str) -> Answer {
    let body = if url.contains("/messages") { json!({"messages": [{"id": "wamid.1"}]}) } else { json!({"ok": true}) };
    http(200, None, &body)
}

fn http(status: u16, retry_after: Option<&str>, body: &Value) -> Answer {
    Answer::Http(HttpAnswer {
        status,
        content_type: Some("application/json".to_owned()),
        retry_after: retry_after.map(str::to_owned),
        body: body.to_string().into_bytes(),
        ..HttpAnswer::default()
    })
}

/// `event automation step`, as the steps of [`super::play`] write it.
fn who(text: &str) -> Option<Who> {
    let mut words = text.split_whitespace().skip_while(|word| *word != "who").skip(1);
    let mut next = || words.next().map(str::to_owned);
    Some(Who { event: next()?, automation: next()?, step: next()? })
}

impl Receiver {
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    pub fn take(&self, stage: &Stage, request: &HttpRequest) -> Answer {
        let body: Value = serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap_or_default();
        let text = body.pointer("/text/body").or_else(|| body.get("who")).and_then(Value::as_str).unwrap_or_default();
        let key = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
        let answer = match stage.chance.below(if stage.chance.one_in(self.moody.get()) { 8 } else { 1 }) {
            0 => ok(&request.url),
            1 | 2 => http(500, None, &json!({"message": "broken"})),
            3 => http(429, Some("3"), &json!({})),
            4 => http(429, None, &json!({})),
            5 => http(400, None, &json!({"message": "no"})),
            6 => Answer::Timeout,
            _ => Answer::ConnectionLost,
        };
        let (acted, said_yes) = match &answer {
            Answer::Http(http) => (!matches!(http.status, 400 | 429), http.status == 200),
            Answer::Timeout | Answer::ConnectionLost => (true, false),
            Answer::NotSent { .. } | Answer::Mail(_) | Answer::Contact { .. } => (false, false),
        };
        let key = key.map(|(_, value)| value.clone());
        let repeatable = request.url.contains("again");
        let to = body.get("to").and_then(Value::as_str).map(str::to_owned);
        self.note(stage, text, |who| Seen { who, acted, said_yes, repeatable, key, to, at: stage.now() });
        answer
    }

    pub fn take_mail(&self, stage: &Stage, message: &EmailMessage) -> Result<String, MailError> {
        let error = |code: &str| Err(MailError { code: code.to_owned(), message: "no".to_owned() });
        let (answer, acted) = match stage.chance.below(if stage.chance.one_in(self.moody.get()) { 4 } else { 1 }) {
            0 => (Ok("mail-1".to_owned()), true),
            1 => (error("E_INTERNAL_SERVER_ERROR"), true),
            2 => (error("E_RATE_LIMIT_EXCEEDED"), false),
            _ => (error("E_RECIPIENT_SUPPRESSED"), false),
        };
        let said_yes = answer.is_ok();
        let to = Some(message.to.clone());
        let seen = |who| Seen { who, acted, said_yes, repeatable: false, key: None, to, at: stage.now() };
        self.note(stage, &message.subject, seen);
        answer
    }

    fn note(&self, stage: &Stage, text: &str, seen: impl FnOnce(Who) -> Seen) {
        let Some(who) = who(text) else {
            self.unknown.set(self.unknown.get() + 1);
            return;
        };
        let seen = seen(who);
        stage.tell(|| format!("the receiver sees {seen:?}"));
        self.seen.borrow_mut().push(seen);
    }
}
