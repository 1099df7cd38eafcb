//! The pace of one batch: how long it holds up the queue, which calls may still begin, and how many at once.
//!
//! It starts and stops nothing itself. A slow receiver must not keep the runs of all others waiting, so a batch that takes
//! long is answered for while its calls go on; every run that is under way is in the database by then, and what the
//! platform cuts off is found by the sweep.

use std::cell::Cell;

use crate::domain::time::Timestamp;

use super::gate::{Gate, Passed};

/// How long a batch holds up the queue, when its calls let it go.
const HOLD_UP_MS: i64 = 500;

/// How long it holds up the queue for those that wait for a turn, as long as one gets it every [`STALLS_MS`]: receivers
/// that answer are not worth handing runs over to another invocation for.
const HOLD_UP_FOR_TURNS_MS: i64 = 5_000;

/// Without a turn for so long, those that wait for one are behind receivers that hang.
const STALLS_MS: i64 = 1_000;

/// **Limit:** calls to other systems that one invocation makes at once: the platform lets six connections wait for
/// headers, and one is left for the queue. The database is not among them.
const CALLS: usize = 5;

/// **Limit:** characters of the bodies whose runs are worked on at once. Each run makes of its body many small values of
/// its own, and an isolate has 128 MB; one body of the largest size always fits.
const BODIES: usize = 2_000_000;

/// The pace of one batch.
pub struct Pace {
    began: Timestamp,
    /// How long work may go on after the answer; `None` where there is no such thing.
    grace_ms: Option<i64>,
    /// When the last of the calls that have begun will be over.
    busy_until: Cell<Timestamp>,
    /// When the last of them began.
    last_begun: Cell<Timestamp>,
    /// Until when calls must be over since the batch was answered for.
    over_by: Cell<Option<Timestamp>>,
    /// Runs that are worked on.
    in_hand: Cell<usize>,
    /// Those whose call is under way.
    calling: Cell<usize>,
    turns: Gate,
    places: Gate,
}

/// One of those that a pace counts, as long as it lives.
pub struct Counted<'a>(&'a Cell<usize>);

impl<'a> Counted<'a> {
    fn one_more(of: &'a Cell<usize>) -> Self {
        of.set(of.get() + 1);
        Self(of)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl Pace {
    /// The pace of a batch that begins.
    pub fn new(began: Timestamp, grace_ms: Option<u32>) -> Self {
        let grace_ms = grace_ms.map(i64::from);
        Self {
            began,
            grace_ms,
            busy_until: Cell::new(began),
            last_begun: Cell::new(began),
            over_by: Cell::new(None),
            in_hand: Cell::new(0),
            calling: Cell::new(0),
            turns: Gate::new(CALLS),
            places: Gate::new(BODIES),
        }
    }

    /// Counts a run that is worked on.
    pub fn works(&self) -> Counted<'_> {
        Counted::one_more(&self.in_hand)
    }

    /// Counts a call that is under way: its run is stored.
    pub fn calls(&self) -> Counted<'_> {
        Counted::one_more(&self.calling)
    }

    /// Whether every run that is worked on is stored and waits for the answer to its call.
    pub fn only_calls(&self) -> bool {
        self.in_hand.get() == self.calling.get()
    }

    /// Waits for a turn to make a call: `None` when the batch was let go and it would have to wait longer. Then somebody
    /// else makes the call, with connections of their own.
    pub async fn turn(&self) -> Option<Passed<'_>> {
        self.turns.pass(1).await
    }

    /// Waits for a place among the runs that are worked on, for a body of so many characters; `None` as for a turn.
    pub async fn place(&self, characters: usize) -> Option<Passed<'_>> {
        self.places.pass(characters).await
    }

    /// Whether a call that takes at most so long may begin; if so, it counts as begun.
    pub fn begins(&self, now: Timestamp, timeout_ms: u32) -> bool {
        let over = now.plus_ms(i64::from(timeout_ms));
        if self.over_by.get().is_some_and(|by| over > by) {
            return false;
        }
        self.busy_until.set(self.busy_until.get().max(over));
        self.last_begun.set(now);
        true
    }

    /// For how many milliseconds more the queue is held up; `None` for as long as the work takes. It is let go when every
    /// call that has begun will be over within the grace.
    pub fn holds_up_ms(&self, now: Timestamp) -> Option<u32> {
        let grace_ms = self.grace_ms?;
        let mut until = self.began.plus_ms(HOLD_UP_MS).max(self.busy_until.get().plus_ms(-grace_ms));
        if self.turns.is_waited_at() {
            let stalls = self.last_begun.get().plus_ms(STALLS_MS);
            until = until.max(stalls.min(self.began.plus_ms(HOLD_UP_FOR_TURNS_MS)));
        }
        u32::try_from(until.since(now).max(0)).ok()
    }

    /// The batch is answered for now, and its work goes on. Nobody waits for a turn or a place any more.
    pub fn let_go(&self, now: Timestamp) {
        self.over_by.set(self.grace_ms.map(|grace_ms| now.plus_ms(grace_ms)));
        self.turns.close();
        self.places.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::block_on;

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
    fn the_queue_is_held_up_for_those_that_wait_while_turns_come() {
        let pace = Pace::new(at(0), Some(28_000));
        block_on(async {
            let mut held = Vec::new();
            for _ in 0..CALLS {
                held.push(pace.turn().await);
                assert!(pace.begins(at(100), 10_000));
            }
            assert_eq!(pace.holds_up_ms(at(500)), Some(0));
            let mut waits = Box::pin(pace.turn());
            assert!(futures_util::poll!(&mut waits).is_pending());
            assert_eq!(pace.holds_up_ms(at(500)), Some(600));
            assert_eq!(pace.holds_up_ms(at(1_100)), Some(0));
            assert!(pace.begins(at(4_800), 10_000));
            assert_eq!(pace.holds_up_ms(at(4_900)), Some(100));
            drop(waits);
            assert_eq!(pace.holds_up_ms(at(4_900)), Some(0));
        });
    }

    #[test]
    fn without_a_grace_everything_is_done_before() {
        assert_eq!(Pace::new(at(0), None).holds_up_ms(at(9_999)), None);
    }
}
