//! A clock that stands still until a test moves it, or until everything waits.
//!
//! A wait inside of a request (`sleep`) takes no real time: when all that a test runs is waiting, the clock jumps to the
//! earliest end of a wait. So time-outs happen, in their order, and a test can say how long an answer took.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;

use crate::app::ports::Clock;
use crate::domain::time::Timestamp;

/// Where every world begins: 24 November 2025, 16:00 UTC.
pub const BEGINNING: Timestamp = Timestamp::from_millis(1_764_000_000_000);

/// The clock of a world.
#[derive(Debug)]
pub struct MemoryClock {
    now: Cell<Timestamp>,
    waits: RefCell<BTreeSet<(Timestamp, u64)>>,
    last: Cell<u64>,
}

impl Default for MemoryClock {
    fn default() -> Self {
        Self { now: Cell::new(BEGINNING), waits: RefCell::default(), last: Cell::new(0) }
    }
}

impl MemoryClock {
    /// Moves the clock on.
    pub fn advance(&self, ms: i64) {
        self.now.set(self.now.get().plus_ms(ms));
    }

    /// Moves the clock to a moment; never back.
    pub fn advance_to(&self, at: Timestamp) {
        self.now.set(self.now.get().max(at));
    }
}

#[async_trait(?Send)]
impl Clock for MemoryClock {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    async fn sleep(&self, ms: u32) {
        let number = self.last.get() + 1;
        self.last.set(number);
        Sleep { clock: self, key: (self.now.get().plus_ms(i64::from(ms)), number), begun: false }.await;
    }
}

/// One wait. It asks to be polled again at once; being polled again means that everything beside it was polled too and
/// had nothing to do, so the earliest wait may end.
struct Sleep<'a> {
    clock: &'a MemoryClock,
    key: (Timestamp, u64),
    begun: bool,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.begun {
            let earliest = self.clock.waits.borrow().first() == Some(&self.key);
            if earliest || self.clock.now.get() >= self.key.0 {
                self.clock.advance_to(self.key.0);
                return Poll::Ready(());
            }
        } else {
            self.begun = true;
            self.clock.waits.borrow_mut().insert(self.key);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.clock.waits.borrow_mut().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{Either, join_all, select};

    use super::*;
    use crate::memory::block_on;

    #[test]
    fn the_shorter_wait_wins_and_the_clock_shows_it() {
        let clock = MemoryClock::default();
        let first = block_on(async {
            match select(clock.sleep(3_000), clock.sleep(1_500)).await {
                Either::Left(_) => "long",
                Either::Right(_) => "short",
            }
        });
        assert_eq!((first, clock.now().since(BEGINNING)), ("short", 1_500));
        block_on(clock.sleep(10));
        assert_eq!(clock.now().since(BEGINNING), 1_510);
    }

    #[test]
    fn many_waits_end_in_their_order() {
        let clock = MemoryClock::default();
        let order = RefCell::new(Vec::new());
        block_on(join_all((0..100_u32).map(|n| {
            let (clock, order) = (&clock, &order);
            async move {
                clock.sleep(1_000 - n * 10).await;
                order.borrow_mut().push(n);
            }
        })));
        assert_eq!(order.into_inner(), (0..100).rev().collect::<Vec<_>>());
        assert_eq!(clock.now().since(BEGINNING), 1_000);
    }
}
