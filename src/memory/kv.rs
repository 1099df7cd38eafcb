//! The key-value port in a map, as unreliable as the real one can be asked to be.
//!
//! It knows no places: what is stale is stale for every reader.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;

use super::clock::MemoryClock;
use super::fault::{Life, Switch};
use crate::app::ports::{Clock, KeyValue, PortError};
use crate::domain::time::Timestamp;

/// How far apart two writes to one key must be. Source: Cloudflare KV, "Limits".
const WRITE_INTERVAL_MS: i64 = 1_000;

/// A key-value store.
pub struct MemoryKv {
    values: RefCell<BTreeMap<String, String>>,
    /// What reads see while they are stale.
    seen: RefCell<Option<BTreeMap<String, String>>>,
    written: RefCell<BTreeMap<String, Timestamp>>,
    clock: Rc<MemoryClock>,
    /// Faults of every call.
    pub faults: Switch,
    reads: Cell<usize>,
    writes: Cell<usize>,
}

impl MemoryKv {
    /// An empty store.
    pub fn new(clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        Self {
            values: RefCell::default(),
            seen: RefCell::default(),
            written: RefCell::default(),
            clock: Rc::clone(clock),
            faults: Switch::new(clock, life),
            reads: Cell::new(0),
            writes: Cell::new(0),
        }
    }

    /// From now on reads see what is there now, misses included; `false`: they see what is written again.
    pub fn set_stale(&self, stale: bool) {
        *self.seen.borrow_mut() = stale.then(|| self.values.borrow().clone());
    }

    /// How many reads and how many writes (deletions among them) there were since this was last asked.
    pub fn take_counts(&self) -> (usize, usize) {
        (self.reads.take(), self.writes.take())
    }

    /// What is stored, whatever reads see.
    pub fn stored(&self, key: &str) -> Option<String> {
        self.values.borrow().get(key).cloned()
    }

    /// Every key that is stored.
    pub fn keys(&self) -> Vec<String> {
        self.values.borrow().keys().cloned().collect()
    }

    /// Stores behind the back of the application: what another, older writer left.
    pub fn overwrite(&self, key: &str, value: &str) {
        self.values.borrow_mut().insert(key.to_owned(), value.to_owned());
    }

    fn write(&self, key: &str, value: Option<String>) -> Result<(), PortError> {
        let now = self.clock.now();
        let before = self.written.borrow_mut().insert(key.to_owned(), now);
        if before.is_some_and(|before| now.since(before) < WRITE_INTERVAL_MS) {
            return Err(PortError("KV PUT failed: 429 Too Many Requests".to_owned()));
        }
        match value {
            Some(value) => self.values.borrow_mut().insert(key.to_owned(), value),
            None => self.values.borrow_mut().remove(key),
        };
        Ok(())
    }
}

fn error() -> PortError {
    PortError("KV: a fault is switched on".to_owned())
}

#[async_trait(?Send)]
impl KeyValue for MemoryKv {
    async fn get(&self, key: &str) -> Result<Option<String>, PortError> {
        self.reads.set(self.reads.get() + 1);
        let read = || {
            let seen = self.seen.borrow();
            Ok(seen.as_ref().map_or_else(|| self.stored(key), |seen| seen.get(key).cloned()))
        };
        self.faults.call(read, error).await
    }

    async fn put(&self, key: &str, value: String) -> Result<(), PortError> {
        self.writes.set(self.writes.get() + 1);
        self.faults.call(|| self.write(key, Some(value)), error).await
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.writes.set(self.writes.get() + 1);
        self.faults.call(|| self.write(key, None), error).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::block_on;

    #[test]
    fn a_stale_store_still_misses_what_was_written_since() {
        let clock = Rc::default();
        let kv = MemoryKv::new(&clock, &Rc::default());
        kv.set_stale(true);
        block_on(kv.put("a", "1".to_owned())).unwrap();
        assert_eq!(block_on(kv.get("a")), Ok(None));
        assert_eq!(kv.stored("a").as_deref(), Some("1"));
        kv.set_stale(false);
        assert_eq!(block_on(kv.get("a")), Ok(Some("1".to_owned())));
        assert_eq!(kv.take_counts(), (2, 1));
    }

    #[test]
    fn one_key_takes_one_write_a_second() {
        let clock: Rc<MemoryClock> = Rc::default();
        let kv = MemoryKv::new(&clock, &Rc::default());
        assert!(block_on(kv.put("a", "1".to_owned())).is_ok());
        assert!(block_on(kv.put("a", "2".to_owned())).is_err());
        assert!(block_on(kv.put("b", "2".to_owned())).is_ok());
        clock.advance(1_000);
        assert!(block_on(kv.put("a", "3".to_owned())).is_ok());
    }
}
