//! A gate with room for so much at once: those that come take of it what they need, in the order in which they came.
//!
//! It knows no time. Whoever waits is woken within one invocation only.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

/// A gate.
pub struct Gate {
    whole: usize,
    room: Cell<usize>,
    closed: Cell<bool>,
    /// Those that wait, each with its waker while it needs to be woken. Who is gone waits no more.
    waiting: RefCell<VecDeque<Weak<RefCell<Option<Waker>>>>>,
}

/// The room that somebody takes, as long as it lives.
pub struct Passed<'a> {
    gate: &'a Gate,
    takes: usize,
}

impl Drop for Passed<'_> {
    fn drop(&mut self) {
        self.gate.room.set(self.gate.room.get() + self.takes);
        self.gate.wake_next();
    }
}

impl Gate {
    /// A gate with so much room.
    pub fn new(room: usize) -> Self {
        Self { whole: room, room: Cell::new(room), closed: Cell::new(false), waiting: RefCell::default() }
    }

    /// Waits until there is room; `None` when the gate is closed and there is none. Who needs more than there is takes
    /// all of it.
    pub async fn pass(&self, needs: usize) -> Option<Passed<'_>> {
        let takes = needs.min(self.whole);
        let waker = Rc::new(RefCell::new(None));
        let mut waits = false;
        let room = poll_fn(|context| {
            let is_next = self.waiting.borrow().front().is_none_or(|next| next.as_ptr() == Rc::as_ptr(&waker));
            if is_next && self.room.get() >= takes {
                return Poll::Ready(true);
            }
            if self.closed.get() {
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
        let passed = room.then(|| {
            self.room.set(self.room.get().saturating_sub(takes));
            Passed { gate: self, takes }
        });
        self.wake_next();
        passed
    }

    /// Whether somebody waits.
    pub fn is_waited_at(&self) -> bool {
        self.waiting.borrow().iter().any(|waiting| waiting.strong_count() > 0)
    }

    /// Sends away those that wait, and whoever would have to.
    pub fn close(&self) {
        self.closed.set(true);
        for waker in self.waiting.take().iter().filter_map(|waiting| waiting.upgrade()?.take()) {
            waker.wake();
        }
    }

    /// Forgets those that are gone, and wakes the next that waits.
    fn wake_next(&self) {
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|waker| waker.strong_count() > 0);
        if let Some(waker) = waiting.front().and_then(|next| next.upgrade()?.take()) {
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

    #[test]
    fn a_few_pass_at_once_in_the_order_in_which_they_came() {
        let (clock, gate) = (MemoryClock::default(), Gate::new(5));
        let (most, order) = (Cell::new(0), RefCell::new(Vec::new()));
        let come = |n: usize| {
            let (gate, clock, most, order) = (&gate, &clock, &most, &order);
            async move {
                let _passed = gate.pass(1).await;
                most.set(most.get().max(5 - gate.room.get()));
                order.borrow_mut().push(n);
                clock.sleep(10).await;
            }
        };
        block_on(join_all((0..17).map(come)));
        assert_eq!((most.get(), clock.now().since(BEGINNING)), (5, 40));
        assert_eq!(order.into_inner(), (0..17).collect::<Vec<_>>());
    }

    #[test]
    fn who_needs_more_waits_for_it_and_is_not_overtaken() {
        let (clock, gate) = (MemoryClock::default(), Gate::new(10));
        let order = RefCell::new(Vec::new());
        let come = |needs: usize| {
            let (gate, clock, order) = (&gate, &clock, &order);
            async move {
                let _passed = gate.pass(needs).await;
                order.borrow_mut().push((clock.now().since(BEGINNING), needs));
                clock.sleep(10).await;
            }
        };
        block_on(join_all([6, 5, 1, 4, 900, 2].map(come)));
        assert_eq!(order.into_inner(), [(0, 6), (10, 5), (10, 1), (10, 4), (20, 900), (30, 2)]);
        assert_eq!(gate.room.get(), 10);
    }

    #[test]
    fn nobody_waits_at_a_closed_gate() {
        let (clock, gate) = (MemoryClock::default(), Gate::new(1));
        block_on(async {
            let passed = gate.pass(1).await;
            let close = async {
                clock.sleep(500).await;
                assert!(gate.is_waited_at());
                gate.close();
            };
            let (first, second, ()) = join3(gate.pass(1), gate.pass(1), close).await;
            assert!(passed.is_some() && first.is_none() && second.is_none() && gate.pass(1).await.is_none());
            assert!(!gate.is_waited_at());
            drop(passed);
            assert!(gate.pass(1).await.is_some());
        });
    }

    #[test]
    fn room_is_not_lost_with_who_waited_for_it() {
        let (clock, gate) = (MemoryClock::default(), Gate::new(1));
        block_on(async {
            let passed = gate.pass(1).await;
            let gives_up = async {
                let waits = std::pin::pin!(gate.pass(1));
                matches!(select(waits, std::pin::pin!(clock.sleep(5))).await, Either::Right(_))
            };
            let goes = async {
                clock.sleep(10).await;
                drop(passed);
            };
            let (gave_up, next, ()) = join3(gives_up, gate.pass(1), goes).await;
            assert!(gave_up && next.is_some());
        });
    }
}
