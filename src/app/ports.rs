//! What the app needs of the world, as traits. None is implemented here: the platform and the memory twin each do it
//! once.
//!
//! The database port stands in [`crate::store`], because its statements do.

use std::rc::Rc;

use async_trait::async_trait;

use crate::domain::access::Key;
use crate::domain::action::{Answer, EmailMessage, HttpRequest, MailError, Mailbox};
use crate::domain::time::Timestamp;

/// Where a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueueName {
    /// Runs to execute: ids only.
    Runs,
    /// Events that the database could not take: whole.
    Intake,
    /// Messages that failed for good.
    Dead,
}

/// A message on its way into a queue: always a text, because the platform writes maps as `{}` (PLATFORM, Queues).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The message, JSON by convention.
    pub body: String,
    /// Not before so many seconds have passed. **Limit:** 86,400 (Cloudflare Queues).
    pub delay_s: u32,
}

/// A message as a queue delivers it: at least once, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The text that was sent; what was sent as anything else arrives as its JSON.
    pub body: String,
    /// How often it was delivered by now: 1 the first time.
    pub attempts: u32,
}

/// What the app decided about a message that it was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Done with it.
    Ack,
    /// Give it again after so many seconds.
    Retry {
        /// The delay.
        delay_s: u32,
    },
}

/// A port did not do it; its words are for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);

/// The key-value store at the edge: eventually consistent, one write a second per key.
#[async_trait(?Send)]
pub trait KeyValue {
    /// Reads a value. A miss proves nothing: misses are cached too.
    async fn get(&self, key: &str) -> Result<Option<String>, PortError>;
    /// Writes a value.
    async fn put(&self, key: &str, value: String) -> Result<(), PortError>;
    /// Removes a value.
    async fn delete(&self, key: &str) -> Result<(), PortError>;
}

/// The queues.
#[async_trait(?Send)]
pub trait Queues {
    /// Sends messages; resolves when the queue holds them all. **Limit:** 128 KB a message; the caller gives at most
    /// 100 at once, and 256 KB in all.
    async fn send(&self, queue: QueueName, messages: Vec<Outgoing>) -> Result<(), PortError>;
}

/// Time: what it is, and waiting inside of one request.
#[async_trait(?Send)]
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Resolves after so many milliseconds.
    async fn sleep(&self, ms: u32);
}

/// Randomness fit for secrets.
pub trait Entropy {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Calls to other systems.
#[async_trait(?Send)]
pub trait Outbound {
    /// Sends a request and waits for its answer, at most `request.timeout_ms`, reading at most
    /// `request.max_response_bytes`. Redirects are not followed.
    async fn send(&self, request: HttpRequest) -> Answer;
}

/// The code of a [`MailError`] that says that no mail binding is there, so that nothing can have been sent. It is ours:
/// Cloudflare has none for it.
pub const NO_MAIL_BINDING: &str = "no_mail_binding";

/// Outgoing e-mail.
#[async_trait(?Send)]
pub trait Mail {
    /// Hands an e-mail to the mail service; returns its message id.
    async fn send(&self, from: &Mailbox, message: &EmailMessage) -> Result<String, MailError>;
}

/// Verifying RSA signatures.
#[async_trait(?Send)]
pub trait Rsa {
    /// Whether the signature is the key's over these bytes (RS256: RSASSA-PKCS1-v1_5 with SHA-256).
    async fn verifies(&self, key: &Key, signed: &[u8], signature: &[u8]) -> Result<bool, PortError>;
}

/// What is counted by its rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rate {
    /// Deliveries to one source.
    Source,
    /// Deliveries to one source from one address.
    Address,
}

/// Counters of how often something comes. They are near and fast, and exact only nearly.
#[async_trait(?Send)]
pub trait Rates {
    /// Counts one more of a key, and says whether it is within the limit that the deployment has for such a rate.
    async fn allows(&self, rate: Rate, key: &str) -> Result<bool, PortError>;
}

/// Work that goes on after a batch of messages was answered for.
pub trait Background {
    /// For how long such work may go on, in milliseconds; `None` where everything has to be done before.
    fn grace_ms(&self) -> Option<u32>;
    /// Lets it go on.
    fn go_on(&self, work: super::After);
}

/// Everything is done before.
pub struct Foreground;

impl Background for Foreground {
    fn grace_ms(&self) -> Option<u32> {
        None
    }

    fn go_on(&self, _work: super::After) {}
}

/// How much a line in the log matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Somebody should look.
    Warn,
    /// Something is broken.
    Error,
}

/// The log. **Invariant:** ids and counts only, never a payload, a token or a secret (`docs/LOGGING.md`).
pub trait Log {
    /// Writes one line.
    fn write(&self, level: Level, line: &str);
}

/// All ports of one invocation. Cheap to clone.
#[derive(Clone)]
pub struct Ports {
    /// The database.
    pub db: Rc<dyn crate::store::Database>,
    /// The key-value store.
    pub kv: Rc<dyn KeyValue>,
    /// The queues.
    pub queues: Rc<dyn Queues>,
    /// The clock.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Calls to other systems.
    pub outbound: Rc<dyn Outbound>,
    /// Outgoing e-mail.
    pub mail: Rc<dyn Mail>,
    /// RSA signatures.
    pub rsa: Rc<dyn Rsa>,
    /// Counters of rates.
    pub rates: Rc<dyn Rates>,
    /// Work that goes on.
    pub background: Rc<dyn Background>,
    /// The log.
    pub log: Rc<dyn Log>,
}
