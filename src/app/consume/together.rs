//! The database as the runs of one batch share it: what they ask for at the same time travels in one call.
//!
//! While a call is under way the others gather, and the next one takes them along, each run's statements one after
//! the other: what holds when runs ask in turn holds here. It repeats nothing that may have taken place: only what
//! SQLite refused, and then by itself, so that one bad run harms no other.
//!
//! **Invariant:** all who share it belong to one invocation. A future of another request must not be woken from here.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use async_trait::async_trait;

use crate::store::{Arg, Database, DatabaseError, Reason, Rows, Statement};

/// **Limit:** statements of one shared call, so that it stays far below the 30 seconds that D1 gives a batch. What one
/// run asks for is never divided.
const MAX_STATEMENTS: usize = 100;

/// **Limit:** characters that a shared call carries; what is longer goes alone.
const MAX_CHARACTERS: usize = 1_000_000;

type Answer = Result<Vec<Rows>, DatabaseError>;

/// The database, shared.
pub struct Together {
    db: Rc<dyn Database>,
    waiting: RefCell<VecDeque<Part>>,
    /// Whether a call is under way.
    busy: Cell<bool>,
}

/// What one run asks for: a transaction of its own.
struct Part {
    statements: Vec<Statement>,
    /// Gone when nobody waits for the answer any more.
    place: Weak<Place>,
}

/// Where one run waits for its answer.
#[derive(Default)]
struct Place {
    answer: RefCell<Option<Answer>>,
    waker: RefCell<Option<Waker>>,
}

impl Place {
    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Part {
    fn answer(&self, answer: Answer) {
        if let Some(place) = self.place.upgrade() {
            place.answer.replace(Some(answer));
            place.wake();
        }
    }

    fn characters(&self) -> usize {
        let length = |arg: &Arg| match arg {
            Arg::Text(text) => text.len(),
            Arg::Null | Arg::Int(_) => 0,
        };
        self.statements.iter().flat_map(|statement| &statement.args).map(length).sum()
    }
}

impl Together {
    /// A database that is shared.
    pub fn new(db: Rc<dyn Database>) -> Self {
        Self { db, waiting: RefCell::default(), busy: Cell::new(false) }
    }

    /// Those that have waited longest, as many as one call takes.
    fn next(&self) -> VecDeque<Part> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|part| part.place.strong_count() > 0);
        let (mut statements, mut characters) = (0, 0);
        let fits = |part: &&Part| {
            let alone = statements == 0;
            statements += part.statements.len();
            characters += part.characters();
            alone || (statements <= MAX_STATEMENTS && characters <= MAX_CHARACTERS)
        };
        let count = waiting.iter().take_while(fits).count();
        waiting.drain(..count).collect()
    }

    /// Makes the next call, for whoever is in it.
    async fn call(&self) {
        self.busy.set(true);
        let mut call = Call { of: self, parts: self.next() };
        let all: Vec<Statement> = call.parts.iter().flat_map(|part| part.statements.iter().cloned()).collect();
        match self.db.batch(all).await {
            Ok(results) => {
                let mut results = results.into_iter();
                while let Some(part) = call.parts.pop_front() {
                    part.answer(Ok(results.by_ref().take(part.statements.len()).collect()));
                }
            }
            // Nothing of it took place. Whose fault it was comes out when each goes by itself.
            Err(error) if error.reason == Reason::Failed && call.parts.len() > 1 => {
                while let Some(part) = call.parts.front() {
                    let answer = self.db.batch(part.statements.clone()).await;
                    part.answer(answer);
                    call.parts.pop_front();
                }
            }
            Err(error) => {
                while let Some(part) = call.parts.pop_front() {
                    part.answer(Err(error.clone()));
                }
            }
        }
    }
}

/// A call that is under way.
struct Call<'a> {
    of: &'a Together,
    /// Those that were not answered yet.
    parts: VecDeque<Part>,
}

impl Drop for Call<'_> {
    /// Also when whoever made the call was dropped in the middle of it: then nobody knows whether it took place.
    fn drop(&mut self) {
        for part in &self.parts {
            part.answer(Err(DatabaseError {
                reason: Reason::Unavailable,
                text: "whoever made the shared call was given up".to_owned(),
            }));
        }
        self.of.busy.set(false);
        for place in self.of.waiting.borrow().iter().filter_map(|part| part.place.upgrade()) {
            place.wake();
        }
    }
}

#[async_trait(?Send)]
impl Database for Together {
    async fn batch(&self, statements: Vec<Statement>) -> Answer {
        let place: Rc<Place> = Rc::default();
        self.waiting.borrow_mut().push_back(Part { statements, place: Rc::downgrade(&place) });
        others_first().await;
        loop {
            if let Some(answer) = place.answer.take() {
                return answer;
            }
            if !self.busy.get() {
                self.call().await;
                continue;
            }
            poll_fn(|context| {
                if place.answer.borrow().is_some() || !self.busy.get() {
                    return Poll::Ready(());
                }
                place.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            })
            .await;
        }
    }

    async fn size(&self) -> Result<Option<u64>, DatabaseError> {
        self.db.size().await
    }
}

/// Lets everybody else who is ready go on first: those that are about to ask too.
async fn others_first() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
#[path = "together_tests.rs"]
mod tests;
