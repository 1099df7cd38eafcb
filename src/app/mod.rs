//! The use cases: what happens, in which order, through which port.
//!
//! The app decides nothing that a rule could decide (that is the domain's), and knows neither HTTP nor SQL.

pub mod config;
pub mod faults;
pub mod ports;
pub mod seal;

use std::pin::Pin;
use std::rc::Rc;

pub use config::Config;
pub use ports::Ports;

use ports::{Incoming, QueueName, Verdict};

/// Work that goes on after the answer: plain data and ports of this invocation, nothing of another request's.
pub type After = Pin<Box<dyn Future<Output = ()>>>;

/// One invocation's view of the application.
#[derive(Clone)]
pub struct App {
    /// The world.
    pub ports: Ports,
    /// What the deployer set.
    pub config: Rc<Config>,
    /// What this isolate remembers between invocations: plain data only.
    pub memory: Rc<Memory>,
}

/// What an isolate remembers between invocations. It only makes things fast: nothing is ever decided by it alone.
#[derive(Default)]
pub struct Memory {}

/// Takes in a batch of messages and says of each what becomes of it. (A stand-in until the use cases are merged.)
pub async fn consume(app: &App, queue: QueueName, messages: Vec<Incoming>) -> Vec<Verdict> {
    let _ = (app, queue);
    messages.iter().map(|_| Verdict::Ack).collect()
}

/// Brings back what was lost and begins what is due. (A stand-in until the use cases are merged.)
pub async fn sweep(app: &App) {
    let _ = app;
}
