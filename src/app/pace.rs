//! The pace of one batch: how long it holds up the queue, which calls may still begin, and how many at once.
//!
//! It starts and stops nothing itself. A slow receiver must not keep the runs of all others waiting, so a batch that takes
//! long is answered for while its calls go on; every run that is under way is in the database by then, and what the
//! platform cuts off is found by the sweep.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use crate::domain::time::Timestamp;

/// How long a batch holds up the queue, when its calls let it go.
const HOLD_UP_MS: i64 = 500;

/// **Limit:** calls to other systems that one invocation makes at once: the platform lets six connections wait for
/// headers, and one is left for the queue. The database is not among them.
const CALLS: usize = 5;

/// The pace of one batch.
pub struct Pace {
    began: Timestamp,
    /// How long work may go on after the answer; `None` where there is no such thing.
    grace_ms: Option<i64>,
    /// When the last of the calls that have begun will be over.
    busy_until: Cell<Timestamp>,
    /// Until when calls must be over since the batch was answered for.
    over_by: Cell<Option<Timestamp>>,
    /// Runs that are worked on.
    in_hand: Cell<usize>,
    /// Those of them that have a turn.
    turns: Cell<usize>,
    /// Those whose call is under way.
    calling: Cell<usize>,
    /// Those that wait for a turn, in the order in which they came.
    waiting: RefCell<VecDeque<Weak<RefCell<Option<Waker>>>>>,
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

/// The right to make a call, as long as it lives.
pub struct Turn<'a> {
    pace: &'a Pace,
    counted: Option<Counted<'a>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.counted = None;
        self.pace.wake_next();
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
            over_by: Cell::new(None),
            in_hand: Cell::new(0),
            turns: Cell::new(0),
            calling: Cell::new(0),
            waiting: RefCell::default(),
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

    /// Waits for its turn to make a call, as long as the queue is held up: `None` when it would have to wait longer.
    /// Then somebody else makes the call, with connections of their own.
    pub async fn turn(&self) -> Option<Turn<'_>> {
        let waker = Rc::new(RefCell::new(None));
        let mut waits = false;
        let free = poll_fn(|context| {
            let first =
                |waiting: &VecDeque<Weak<_>>| waiting.front().is_none_or(|first| first.as_ptr() == Rc::as_ptr(&waker));
            if self.turns.get() < CALLS && first(&self.waiting.borrow()) {
                return Poll::Ready(true);
            }
            if self.over_by.get().is_some() {
                return Poll::Ready(false);
            }
            waker.replace(Some(context.waker().clone()));
            if !std::mem::replace(&mut waits, true) {
                self.waiting.borrow_mut().push_back(Rc::downgrade(&waker));
            }
            Poll::Pending
        })
        .await;
        drop(waker);
        let turn = free.then(|| Turn { pace: self, counted: Some(Counted::one_more(&self.turns)) });
        self.wake_next();
        turn
    }

    /// Forgets those that wait no more, and wakes the first that does.
    fn wake_next(&self) {
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|waker| waker.strong_count() > 0);
        if self.turns.get() < CALLS
            && let Some(waker) = waiting.front().and_then(|first| first.upgrade()?.take())
        {
            waker.wake();
        }
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

    /// The batch is answered for now, and its work goes on. Nobody waits for a turn any more.
    pub fn let_go(&self, now: Timestamp) {
        self.over_by.set(self.grace_ms.map(|grace_ms| now.plus_ms(grace_ms)));
        for waker in self.waiting.take().iter().filter_map(|waiting| waiting.upgrade()?.take()) {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{Either, join_all, join3, select};

    use super::*;
    use crate::app::ports::Clock;
    use crate::memory::clock::BEGINNING;
    use crate::memory::{MemoryClock, block_on};

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
    fn a_few_calls_are_made_at_once_in_the_order_in_which_they_came() {
        let clock = MemoryClock::default();
        let pace = Pace::new(clock.now(), None);
        let (most, order) = (Cell::new(0), RefCell::new(Vec::new()));
        let run = |n: usize| {
            let (pace, clock, most, order) = (&pace, &clock, &most, &order);
            async move {
                let turn = pace.turn().await;
                assert!(turn.is_some());
                most.set(most.get().max(pace.turns.get()));
                order.borrow_mut().push(n);
                clock.sleep(10).await;
            }
        };
        block_on(join_all((0..17).map(run)));
        assert_eq!((most.get(), clock.now().since(BEGINNING)), (CALLS, 40));
        assert_eq!(order.into_inner(), (0..17).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_waits_for_a_turn_once_the_batch_was_let_go() {
        let clock = MemoryClock::default();
        let pace = Pace::new(clock.now(), Some(28_000));
        let turns = block_on(async {
            let mut held = Vec::new();
            for _ in 0..CALLS {
                held.push(pace.turn().await);
            }
            let let_go = async {
                clock.sleep(500).await;
                pace.let_go(clock.now());
            };
            let (first, second, ()) = join3(pace.turn(), pace.turn(), let_go).await;
            assert!(first.is_none() && second.is_none() && pace.turn().await.is_none());
            held.pop();
            (held.len(), pace.turn().await.is_some())
        });
        assert_eq!(turns, (CALLS - 1, true));
    }

    #[test]
    fn a_turn_is_not_lost_with_who_waited_for_it() {
        let clock = MemoryClock::default();
        let pace = Pace::new(clock.now(), None);
        block_on(async {
            let mut held = Vec::new();
            for _ in 0..CALLS {
                held.push(pace.turn().await);
            }
            let gives_up = async {
                let waits = std::pin::pin!(pace.turn());
                matches!(select(waits, std::pin::pin!(clock.sleep(5))).await, Either::Right(_))
            };
            let gives_back = async {
                clock.sleep(10).await;
                held.clear();
            };
            let (gave_up, turn, ()) = join3(gives_up, pace.turn(), gives_back).await;
            assert!(gave_up && turn.is_some());
        });
    }

    #[test]
    fn without_a_grace_everything_is_done_before() {
        assert_eq!(Pace::new(at(0), None).holds_up_ms(at(9_999)), None);
    }
}
