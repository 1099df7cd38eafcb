//! Faults that a test switches on: calls that fail, that are slow, and calls during which the worker is killed.
//!
//! They hit calls by number, so that a test can walk through every call of a flow and fail each of them once.
//!
//! They never strike by chance, so a test that fails fails again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::clock::MemoryClock;
use crate::app::ports::Clock;

/// On which side of its effect a call fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Nothing happened.
    Before,
    /// It happened, and nobody was told: the ambiguous failure.
    After,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    Fail(When),
    Kill(When),
    /// It happens, and the answer comes late.
    Slow(u32),
}

/// Whether the worker still lives. A killed one is noticed by the executor, which drops what it was doing.
#[derive(Debug, Default)]
pub struct Life {
    killed: Cell<bool>,
}

impl Life {
    /// Whether it was killed since this was last asked.
    pub fn was_killed(&self) -> bool {
        self.killed.take()
    }

    async fn end(&self) -> ! {
        self.killed.set(true);
        loop {
            std::future::pending::<()>().await;
        }
    }
}

/// The faults of one port, in the order of the calls that they will hit.
#[derive(Debug)]
pub struct Switch {
    planned: RefCell<VecDeque<Option<Fault>>>,
    clock: Rc<MemoryClock>,
    life: Rc<Life>,
}

impl Switch {
    /// A switch on which nothing is planned.
    pub fn new(clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        Self { planned: RefCell::default(), clock: Rc::clone(clock), life: Rc::clone(life) }
    }

    /// The next calls fail.
    pub fn fail(&self, calls: usize, when: When) {
        self.plan(calls, Fault::Fail(when));
    }

    /// One call fails: the first from now on is number 1.
    pub fn fail_nth(&self, number: usize, when: When) {
        self.plan_nth(number, Fault::Fail(when));
    }

    /// The worker is killed in one call: the first from now on is number 1.
    pub fn kill_nth(&self, number: usize, when: When) {
        self.plan_nth(number, Fault::Kill(when));
    }

    /// The next calls have their effect at once and answer late.
    pub fn slow(&self, calls: usize, ms: u32) {
        self.plan(calls, Fault::Slow(ms));
    }

    /// What was planned and has not happened yet does not happen.
    pub fn heal(&self) {
        self.planned.borrow_mut().clear();
    }

    /// Whether anything is planned.
    pub(super) fn is_planned(&self) -> bool {
        !self.planned.borrow().is_empty()
    }

    fn plan(&self, calls: usize, fault: Fault) {
        self.planned.borrow_mut().extend(std::iter::repeat_n(Some(fault), calls));
    }

    fn plan_nth(&self, number: usize, fault: Fault) {
        let mut planned = self.planned.borrow_mut();
        planned.clear();
        planned.extend(std::iter::repeat_n(None, number.saturating_sub(1)));
        planned.push_back(Some(fault));
    }

    /// Makes a call with whatever is planned for it.
    pub(super) async fn call<T, E>(
        &self,
        effect: impl FnOnce() -> Result<T, E>,
        error: impl FnOnce() -> E,
    ) -> Result<T, E> {
        let fault = self.planned.borrow_mut().pop_front().flatten();
        match fault {
            None => effect(),
            Some(Fault::Fail(When::Before)) => Err(error()),
            Some(Fault::Fail(When::After)) => effect().and_then(|_| Err(error())),
            Some(Fault::Slow(ms)) => {
                let result = effect();
                self.clock.sleep(ms).await;
                result
            }
            Some(Fault::Kill(When::Before)) => self.life.end().await,
            Some(Fault::Kill(When::After)) => {
                let _ = effect();
                self.life.end().await
            }
        }
    }
}
