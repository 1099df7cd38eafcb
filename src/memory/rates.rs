//! Rates of requests in memory, in windows of a minute; without a limit until a test sets one.
//!
//! It is exact, as Cloudflare's own counter is not.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use async_trait::async_trait;

use super::clock::MemoryClock;
use crate::app::ports::{Clock, PortError, Rate, Rates};

/// The counters of a world.
pub struct MemoryRates {
    clock: Rc<MemoryClock>,
    /// Deliveries a minute to one source.
    pub per_source: Cell<Option<u32>>,
    /// Deliveries a minute to one source from one address.
    pub per_address: Cell<Option<u32>>,
    /// Every call takes so long.
    pub latency_ms: Cell<u32>,
    /// Whether nothing is counted, because the binding is missing.
    pub missing: Cell<bool>,
    counted: RefCell<HashMap<(&'static str, String, i64), u32>>,
}

impl MemoryRates {
    /// Counters that allow everything.
    pub fn new(clock: &Rc<MemoryClock>) -> Self {
        Self {
            clock: Rc::clone(clock),
            per_source: Cell::default(),
            per_address: Cell::default(),
            latency_ms: Cell::default(),
            missing: Cell::default(),
            counted: RefCell::default(),
        }
    }
}

#[async_trait(?Send)]
impl Rates for MemoryRates {
    async fn allows(&self, rate: Rate, key: &str) -> Result<bool, PortError> {
        if self.latency_ms.get() > 0 {
            self.clock.sleep(self.latency_ms.get()).await;
        }
        if self.missing.get() {
            return Err(PortError("there is no binding".to_owned()));
        }
        let (word, limit) = match rate {
            Rate::Source => ("source", self.per_source.get()),
            Rate::Address => ("address", self.per_address.get()),
        };
        let minute = self.clock.now().as_millis().div_euclid(60_000);
        let mut counted = self.counted.borrow_mut();
        let count = counted.entry((word, key.to_owned(), minute)).or_default();
        *count += 1;
        Ok(limit.is_none_or(|limit| *count <= limit))
    }
}
