//! The pace of one batch: how long it holds up the queue, and which calls may still begin.
//!
//! It starts and stops nothing itself. A slow receiver must not keep the runs of all others waiting, so a batch that takes
//! long is answered for while its calls go on; every run that is under way is in the database by then, and what the
//! platform cuts off is found by the sweep.

use std::cell::Cell;

use crate::domain::time::Timestamp;

/// How long a batch holds up the queue, when its calls let it go.
const HOLD_UP_MS: i64 = 500;

/// The pace of one batch.
pub struct Pace {
    began: Timestamp,
    /// How long work may go on after the answer; `None` where there is no such thing.
    grace_ms: Option<i64>,
    /// When the last of the calls that have begun will be over.
    busy_until: Cell<Timestamp>,
    /// Until when calls must be over since the batch was answered for.
    over_by: Cell<Option<Timestamp>>,
}

impl Pace {
    /// The pace of a batch that begins.
    pub fn new(began: Timestamp, grace_ms: Option<u32>) -> Self {
        let grace_ms = grace_ms.map(i64::from);
        Self { began, grace_ms, busy_until: Cell::new(began), over_by: Cell::new(None) }
    }

    /// Whether a call that takes at most so long may begin; if so, it counts as begun.
    pub fn begins(&self, now: Timestamp, timeout_ms: u32) -> bool {
        let over = now.plus_ms(i64::from(timeout_ms));
        if self.over_by.get().is_some_and(|by| over > by) {
            return false;
        }
        self.busy_until.set(self.busy_until.get().max(over));
        true
    }

    /// For how many milliseconds more the queue is held up; `None` for as long as the work takes. It is let go when every
    /// call that has begun will be over within the grace.
    pub fn holds_up_ms(&self, now: Timestamp) -> Option<u32> {
        let grace_ms = self.grace_ms?;
        let until = self.began.plus_ms(HOLD_UP_MS).max(self.busy_until.get().plus_ms(-grace_ms));
        u32::try_from(until.since(now).max(0)).ok()
    }

    /// The batch is answered for now, and its work goes on.
    pub fn let_go(&self, now: Timestamp) {
        self.over_by.set(self.grace_ms.map(|grace_ms| now.plus_ms(grace_ms)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_batch_lets_the_queue_go_once_its_calls_fit_into_the_grace() {
        let pace = Pace::new(at(0), Some(28_000));
        assert_eq!(pace.holds_up_ms(at(100)), Some(400));
        assert!(pace.begins(at(100), 20_000));
        assert_eq!(pace.holds_up_ms(at(500)), Some(0));
        assert!(pace.begins(at(500), 60_000));
        assert_eq!(pace.holds_up_ms(at(500)), Some(32_000));
    }

    #[test]
    fn no_call_begins_that_could_be_cut_off() {
        let pace = Pace::new(at(0), Some(28_000));
        pace.let_go(at(1_000));
        assert!(pace.begins(at(2_000), 20_000));
        assert!(!pace.begins(at(10_000), 20_000));
    }

    #[test]
    fn without_a_grace_everything_is_done_before() {
        assert_eq!(Pace::new(at(0), None).holds_up_ms(at(9_999)), None);
    }
}
