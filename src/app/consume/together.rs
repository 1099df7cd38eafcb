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
pub async fn others_first() {
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
mod tests {
    use futures_util::future::{Either, join, join_all, select};

    use super::*;
    use crate::app::ports::Clock;
    use crate::memory::{MemoryClock, MemoryDatabase, When, block_on};
    use crate::sql;

    /// A database that notes what each call carried, and takes ten milliseconds for it.
    struct Noted {
        inner: MemoryDatabase,
        calls: RefCell<Vec<Vec<Statement>>>,
    }

    #[async_trait(?Send)]
    impl Database for Noted {
        async fn batch(&self, statements: Vec<Statement>) -> Answer {
            self.calls.borrow_mut().push(statements.clone());
            self.inner.batch(statements).await
        }
    }

    impl Noted {
        /// How many statements each call carried.
        fn sizes(&self) -> Vec<usize> {
            self.calls.borrow().iter().map(Vec::len).collect()
        }

        /// The first arguments of all statements, in the order in which they were carried.
        fn order(&self) -> Vec<Arg> {
            self.calls.borrow().iter().flatten().map(|statement| statement.args[0].clone()).collect()
        }
    }

    fn shared() -> (Rc<MemoryClock>, Rc<Noted>, Together) {
        let clock: Rc<MemoryClock> = Rc::default();
        let inner = MemoryDatabase::open(None, &clock, &Rc::default());
        inner.set_latency_ms(10);
        let noted = Rc::new(Noted { inner, calls: RefCell::default() });
        let together = Together::new(noted.clone());
        (clock, noted, together)
    }

    fn mark(name: &str) -> Statement {
        sql!("INSERT INTO marks (name, value) VALUES (?1, 'x') RETURNING name AS row", name)
    }

    fn rows(names: &[&str]) -> Vec<Rows> {
        names.iter().map(|name| vec![(*name).to_owned()]).collect()
    }

    #[test]
    fn who_asks_at_the_same_time_shares_a_call_and_gets_their_own_rows() {
        let (_, noted, together) = shared();
        let asked = ["a", "b", "c"].map(|run| together.batch(vec![mark(run), mark(&format!("{run}2"))]));
        let answers = block_on(join_all(asked));
        assert_eq!(answers, [Ok(rows(&["a", "a2"])), Ok(rows(&["b", "b2"])), Ok(rows(&["c", "c2"]))]);
        assert_eq!(noted.sizes(), [6]);
    }

    #[test]
    fn who_asks_while_a_call_is_under_way_goes_with_the_next() {
        let (_, noted, together) = shared();
        let later = |calls: usize, name: &'static str| {
            let (noted, together) = (&noted, &together);
            async move {
                while noted.sizes().len() < calls {
                    others_first().await;
                }
                (together.batch(vec![mark(name)]).await, name)
            }
        };
        let answers = block_on(join_all([later(0, "a"), later(1, "b"), later(1, "c"), later(2, "d")]));
        assert!(answers.into_iter().all(|(answer, name)| answer == Ok(rows(&[name]))));
        assert_eq!(noted.sizes(), [1, 2, 1]);
    }

    #[test]
    fn a_bad_one_harms_no_other() {
        let (_, noted, together) = shared();
        let asked = [vec![mark("a")], vec![mark("b"), mark("a")], vec![mark("c")]].map(|part| together.batch(part));
        let answers = block_on(join_all(asked));
        assert_eq!((&answers[0], &answers[2]), (&Ok(rows(&["a"])), &Ok(rows(&["c"]))));
        assert_eq!(answers[1].as_ref().unwrap_err().reason, Reason::Failed);
        assert_eq!(noted.inner.query("SELECT name FROM marks ORDER BY name"), ["a", "c"]);
        assert_eq!(noted.sizes(), [4, 1, 2, 1]);
        assert_eq!(block_on(together.batch(vec![mark("d")])), Ok(rows(&["d"])));
    }

    #[test]
    fn what_may_have_taken_place_is_not_repeated() {
        let (_, noted, together) = shared();
        noted.inner.faults.fail_nth(1, When::After);
        let answers = block_on(join_all(["a", "b"].map(|name| together.batch(vec![mark(name)]))));
        assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.reason == Reason::Unavailable)));
        assert_eq!(noted.sizes(), [2]);
    }

    #[test]
    fn a_call_is_bounded_and_takes_along_who_has_waited_longest() {
        let (_, noted, together) = shared();
        let names: Vec<String> = (0..130).map(|n| format!("{n:03}")).collect();
        let answers =
            block_on(join_all(names.iter().map(|name| together.batch(vec![mark(name), mark(&format!("{name}+"))]))));
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(noted.sizes(), [100, 100, 60]);
        let order = noted.order();
        assert!(order.is_sorted_by(|one, two| format!("{one:?}") < format!("{two:?}")), "{order:?}");
    }

    #[test]
    fn what_is_long_goes_alone_and_what_one_asks_for_is_not_divided() {
        let (_, noted, together) = shared();
        let long = "x".repeat(900_000);
        let put =
            |name: &str| sql!("INSERT INTO marks (name, value) VALUES (?1, ?2) RETURNING name AS row", name, &long);
        let many: Vec<Statement> = (0..150).map(|n| mark(&format!("m{n}"))).collect();
        let asked = [vec![put("a")], vec![put("b")], vec![mark("c")], many].map(|part| together.batch(part));
        assert!(block_on(join_all(asked)).iter().all(Result::is_ok));
        assert_eq!(noted.sizes(), [1, 2, 150]);
    }

    #[test]
    fn whoever_makes_the_call_may_go_away_in_the_middle_of_it() {
        let (clock, noted, together) = shared();
        let first = async {
            let asked = std::pin::pin!(together.batch(vec![mark("a")]));
            matches!(select(asked, std::pin::pin!(clock.sleep(5))).await, Either::Right(_))
        };
        let second = async {
            let in_doubt = together.batch(vec![mark("b")]).await;
            (in_doubt, together.batch(vec![mark("c")]).await)
        };
        let (gone, (in_doubt, after)) = block_on(join(first, second));
        assert!(gone);
        assert_eq!(in_doubt.unwrap_err().reason, Reason::Unavailable);
        assert_eq!(after, Ok(rows(&["c"])));
        assert_eq!(noted.sizes(), [2, 1]);
    }

    #[test]
    fn who_has_gone_away_before_the_call_asks_for_nothing() {
        let (clock, noted, together) = shared();
        let waits = async {
            clock.sleep(1).await;
            let asked = std::pin::pin!(together.batch(vec![mark("b")]));
            matches!(select(asked, std::pin::pin!(clock.sleep(5))).await, Either::Right(_))
        };
        let stays = async {
            clock.sleep(2).await;
            together.batch(vec![mark("c")]).await
        };
        let (first, (gone, last)) = block_on(join(together.batch(vec![mark("a")]), join(waits, stays)));
        assert!(gone);
        assert_eq!((first, last), (Ok(rows(&["a"])), Ok(rows(&["c"]))));
        assert_eq!(noted.sizes(), [1, 1]);
    }
}
