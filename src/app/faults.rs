//! Faults on demand: ports that fail because somebody asked for it, so that every way back can be seen from outside.
//!
//! Only local development and tests ever wrap their ports in these; a deployment never does (see
//! [`super::Config::read`]). How a port behaves when nobody asked is not touched.

use std::rc::Rc;

use async_trait::async_trait;

use super::ports::{Clock, KeyValue, Outgoing, PortError, Ports, QueueName, Queues};
use crate::store::{Database, DatabaseError, Reason, Rows, Statement};

/// How long a slow database takes longer: more than the ingest path waits for it.
const SLOW_MS: u32 = 3_000;

/// Which parts fail. The words of `UNCINO_FAULTS` are the names of these switches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// Every batch that writes fails before it has any effect.
    pub d1_write: bool,
    /// Every batch that writes begins three seconds late.
    pub d1_slow: bool,
    /// The key-value store answers nothing.
    pub kv: bool,
    /// Nothing can be sent to the queue of events.
    pub intake: bool,
    /// Nothing can be sent to the queue of runs.
    pub queue: bool,
}

impl Faults {
    /// Every word that `UNCINO_FAULTS` knows.
    pub const WORDS: [&str; 5] = ["d1_write", "d1_slow", "kv", "intake", "queue"];

    /// Reads a comma list; what it does not know comes back beside it.
    pub fn parse(text: &str) -> (Self, Vec<String>) {
        let mut faults = Self::default();
        let mut unknown = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "d1_write" => faults.d1_write = true,
                "d1_slow" => faults.d1_slow = true,
                "kv" => faults.kv = true,
                "intake" => faults.intake = true,
                "queue" => faults.queue = true,
                other => unknown.push(other.to_owned()),
            }
        }
        (faults, unknown)
    }

    /// The same ports, with those that shall fail wrapped; without a fault nothing is wrapped.
    #[must_use]
    pub fn wrap(self, mut ports: Ports) -> Ports {
        if self.d1_write || self.d1_slow {
            ports.db = Rc::new(FaultyDatabase { inner: ports.db, clock: Rc::clone(&ports.clock), faults: self });
        }
        if self.kv {
            ports.kv = Rc::new(FaultyKeyValue);
        }
        if self.intake || self.queue {
            ports.queues = Rc::new(FaultyQueues { inner: ports.queues, faults: self });
        }
        ports
    }
}

struct FaultyDatabase {
    inner: Rc<dyn Database>,
    clock: Rc<dyn Clock>,
    faults: Faults,
}

#[async_trait(?Send)]
impl Database for FaultyDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if !statements.iter().all(Statement::reads_only) {
            if self.faults.d1_slow {
                self.clock.sleep(SLOW_MS).await;
            }
            if self.faults.d1_write {
                return Err(DatabaseError {
                    reason: Reason::Unavailable,
                    text: "the fault `d1_write` is switched on".to_owned(),
                });
            }
        }
        self.inner.batch(statements).await
    }

    async fn size(&self) -> Result<Option<u64>, DatabaseError> {
        self.inner.size().await
    }
}

struct FaultyKeyValue;

impl FaultyKeyValue {
    fn error() -> PortError {
        PortError("the fault `kv` is switched on".to_owned())
    }
}

#[async_trait(?Send)]
impl KeyValue for FaultyKeyValue {
    async fn get(&self, _: &str) -> Result<Option<String>, PortError> {
        Err(Self::error())
    }
    async fn put(&self, _: &str, _: String) -> Result<(), PortError> {
        Err(Self::error())
    }
    async fn delete(&self, _: &str) -> Result<(), PortError> {
        Err(Self::error())
    }
}

struct FaultyQueues {
    inner: Rc<dyn Queues>,
    faults: Faults,
}

#[async_trait(?Send)]
impl Queues for FaultyQueues {
    async fn send(&self, queue: QueueName, messages: Vec<Outgoing>) -> Result<(), PortError> {
        let fault = match queue {
            QueueName::Intake => self.faults.intake.then_some("intake"),
            QueueName::Runs => self.faults.queue.then_some("queue"),
            QueueName::Dead => None,
        };
        match fault {
            Some(word) => Err(PortError(format!("the fault `{word}` is switched on"))),
            None => self.inner.send(queue, messages).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_switches_something_on_and_others_come_back() {
        for word in Faults::WORDS {
            let (faults, unknown) = Faults::parse(word);
            assert!(faults != Faults::default() && unknown.is_empty(), "{word}");
        }
        let (faults, unknown) = Faults::parse(" kv , d1,, queue ,smtp");
        assert_eq!(faults, Faults { kv: true, queue: true, ..Faults::default() });
        assert_eq!(unknown, ["d1", "smtp"]);
    }
}
