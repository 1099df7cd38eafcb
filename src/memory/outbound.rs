//! Other systems and the mail service, by script: what was sent to them is recorded, what they answer is written down
//! before.
//!
//! Nothing leaves the process.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use async_trait::async_trait;
use serde_json::Value;

use super::clock::MemoryClock;
use super::fault::{Life, Switch};
use crate::app::ports::{Clock, Mail, Outbound};
use crate::domain::action::{Answer, EmailMessage, HttpAnswer, HttpRequest, MailError, Mailbox};
use crate::domain::time::Timestamp;

/// A request that left. It shows everything, secrets included: it only ever holds those of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there was none.
    pub body: Vec<u8>,
}

impl Sent {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// An HTTP answer with a JSON body.
pub fn answer(status: u16, body: &Value) -> Answer {
    Answer::Http(HttpAnswer {
        status,
        content_type: Some("application/json".to_owned()),
        body: body.to_string().into_bytes(),
        ..HttpAnswer::default()
    })
}

/// Every other system of a world.
pub struct MemoryOutbound {
    scripts: RefCell<Vec<(String, VecDeque<Answer>)>>,
    sent: RefCell<Vec<Sent>>,
    clock: Rc<MemoryClock>,
    /// Faults of every call: before, nothing was sent and nothing is known; after, it was sent and the connection broke.
    pub faults: Switch,
}

impl MemoryOutbound {
    /// A world in which nobody answers.
    pub fn new(clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        Self {
            scripts: RefCell::default(),
            sent: RefCell::default(),
            clock: Rc::clone(clock),
            faults: Switch::new(clock, life),
        }
    }

    /// What is answered to every address that begins so, one answer a call; the last one is repeated. The longest prefix
    /// counts, and a second script for the same prefix takes the place of the first.
    pub fn on(&self, prefix: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut scripts = self.scripts.borrow_mut();
        scripts.retain(|(known, _)| known != prefix);
        scripts.push((prefix.to_owned(), answers.into_iter().collect()));
        scripts.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    }

    /// Every request that left, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// Every request that left since this was last asked.
    pub fn take_sent(&self) -> Vec<Sent> {
        self.sent.take()
    }

    fn next(&self, url: &str) -> Answer {
        let mut scripts = self.scripts.borrow_mut();
        match scripts.iter_mut().find(|(prefix, _)| url.starts_with(prefix.as_str())) {
            Some((_, answers)) if answers.len() > 1 => answers.pop_front(),
            Some((_, answers)) => answers.front().cloned(),
            None => None,
        }
        .unwrap_or_else(|| Answer::NotSent { reason: format!("the test has no script for {url}") })
    }

    fn record(&self, request: HttpRequest) -> Answer {
        let (timeout_ms, limit) = (request.timeout_ms, request.max_response_bytes);
        let mut answer = self.next(&request.url);
        self.sent.borrow_mut().push(Sent {
            at: self.clock.now(),
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body.unwrap_or_default(),
        });
        match &mut answer {
            Answer::Http(http) if http.body.len() > limit => {
                http.body.truncate(limit);
                http.truncated = true;
            }
            Answer::Timeout => self.clock.advance(i64::from(timeout_ms)),
            Answer::Http(_)
            | Answer::ConnectionLost
            | Answer::NotSent { .. }
            | Answer::Mail(_)
            | Answer::Contact { .. } => {}
        }
        answer
    }
}

#[async_trait(?Send)]
impl Outbound for MemoryOutbound {
    async fn send(&self, request: HttpRequest) -> Answer {
        self.faults.call(|| Ok(self.record(request)), || Answer::ConnectionLost).await.unwrap_or_else(|lost| lost)
    }
}

/// The mail service of a world.
pub struct MemoryMail {
    answers: RefCell<VecDeque<Result<String, MailError>>>,
    sent: RefCell<Vec<(Mailbox, EmailMessage)>>,
    last: Cell<u32>,
    /// Faults of every call: before, nothing was sent; after, it was. Either way the service gives an internal error.
    pub faults: Switch,
}

impl MemoryMail {
    /// A service that takes everything.
    pub fn new(clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        Self {
            answers: RefCell::default(),
            sent: RefCell::default(),
            last: Cell::new(0),
            faults: Switch::new(clock, life),
        }
    }

    /// What it answers to the next calls; after that it takes everything again.
    pub fn answer(&self, answers: impl IntoIterator<Item = Result<String, MailError>>) {
        self.answers.borrow_mut().extend(answers);
    }

    /// Every e-mail that it was given, with its sender, also those that it refused.
    pub fn sent(&self) -> Vec<(Mailbox, EmailMessage)> {
        self.sent.borrow().clone()
    }

    fn take_in(&self, from: &Mailbox, message: &EmailMessage) -> Result<String, MailError> {
        self.sent.borrow_mut().push((from.clone(), message.clone()));
        self.last.set(self.last.get() + 1);
        self.answers.borrow_mut().pop_front().unwrap_or_else(|| Ok(format!("mail-{}", self.last.get())))
    }
}

#[async_trait(?Send)]
impl Mail for MemoryMail {
    async fn send(&self, from: &Mailbox, message: &EmailMessage) -> Result<String, MailError> {
        let error =
            || MailError { code: "E_INTERNAL_SERVER_ERROR".to_owned(), message: "a fault is switched on".to_owned() };
        self.faults.call(|| self.take_in(from, message), error).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::block_on;

    fn request(url: &str) -> HttpRequest {
        HttpRequest {
            method: "POST",
            url: url.to_owned(),
            headers: vec![("X-Key".to_owned(), "1".to_owned())],
            body: Some(b"{\"a\":1}".to_vec()),
            timeout_ms: 10_000,
            max_response_bytes: 4,
        }
    }

    #[test]
    fn the_script_is_followed_and_its_last_answer_repeated() {
        let clock: Rc<MemoryClock> = Rc::default();
        let outbound = MemoryOutbound::new(&clock, &Rc::default());
        outbound.on("https://a.example/", [Answer::Timeout, answer(200, &Value::from("long enough"))]);
        outbound.on("https://a.example/lost", [Answer::ConnectionLost]);
        let begun = clock.now();
        assert_eq!(block_on(outbound.send(request("https://a.example/x"))), Answer::Timeout);
        assert_eq!(clock.now().since(begun), 10_000);
        for _ in 0..2 {
            let Answer::Http(http) = block_on(outbound.send(request("https://a.example/x"))) else { panic!() };
            assert_eq!((http.status, http.body.len(), http.truncated), (200, 4, true));
        }
        assert_eq!(block_on(outbound.send(request("https://a.example/lost"))), Answer::ConnectionLost);
        assert!(matches!(block_on(outbound.send(request("https://b.example/"))), Answer::NotSent { .. }));
        let sent = outbound.take_sent();
        assert_eq!((sent.len(), sent[0].header("x-key"), sent[0].json()["a"].as_i64()), (5, Some("1"), Some(1)));
    }
}
