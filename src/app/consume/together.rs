//! The database as the runs of one batch share it: what they ask for at the same time travels in one call.
//!
//! While a call is under way the others gather, and the next one takes them along, each run's statements one after
//! the other: what holds when runs ask in turn holds here. It repeats nothing that may have taken place: only what
//! SQLite refused, and then by itself, so that one bad run harms no other.
//!
//! **Length:** two thirds are tests: of what is shared every way must be tried in which one could harm another.
//!
//! **Invariant:** whoever asks is polled beside [`Together::poll_call`], within one invocation: nothing else makes the
//! calls, and a future of another request must not be woken from here.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;

use crate::app::After;
use crate::store::{Database, DatabaseError, Reason, Rows, Statement, runs};

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
    /// The call that is under way.
    call: RefCell<Option<After>>,
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

impl Part {
    /// The key of the run that its first statement makes, if it does.
    fn makes_run(&self) -> Option<String> {
        self.statements.first().and_then(runs::inserts)
    }

    fn answer(&self, answer: Answer) {
        let Some(place) = self.place.upgrade() else { return };
        place.answer.replace(Some(answer));
        if let Some(waker) = place.waker.take() {
            waker.wake();
        }
    }

    fn characters(&self) -> usize {
        self.statements.iter().map(Statement::characters).sum()
    }
}

impl Together {
    /// A database that is shared.
    pub fn new(db: Rc<dyn Database>) -> Self {
        Self { db, waiting: RefCell::default(), call: RefCell::default() }
    }

    /// Goes on with the call that is under way, or makes the next one. Ready when one has ended: somebody has an answer.
    ///
    /// It is to be asked when nobody of those who share the database can go on without an answer: so they have gathered.
    pub fn poll_call(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut call = self.call.borrow_mut();
        if call.is_none() {
            let parts = self.next();
            if parts.is_empty() {
                return Poll::Pending;
            }
            *call = Some(Box::pin(carry(Rc::clone(&self.db), parts)));
        }
        let ended = call.as_mut().is_none_or(|call| call.as_mut().poll(context).is_ready());
        if !ended {
            return Poll::Pending;
        }
        *call = None;
        Poll::Ready(())
    }

    /// Those that have waited longest, as many as one call takes.
    fn next(&self) -> Vec<Part> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|part| part.place.strong_count() > 0);
        let (mut statements, mut characters) = (0, 0);
        let fits = |part: &&Part| {
            let first = statements == 0;
            statements += part.statements.len();
            characters += part.characters();
            first || (statements <= MAX_STATEMENTS && characters <= MAX_CHARACTERS)
        };
        let count = waiting.iter().take_while(fits).count();
        waiting.drain(..count).collect()
    }
}

/// Makes one call, and gives everybody their answer. When several runs are made in it, one statement makes them, before
/// all else: nothing that another run asks for depends on them.
async fn carry(db: Rc<dyn Database>, parts: Vec<Part>) {
    let mut keys: Vec<Option<String>> = parts.iter().map(Part::makes_run).collect();
    if keys.iter().flatten().count() < 2 {
        keys.fill(None);
    }
    let (mut made, mut all) = (Vec::new(), Vec::new());
    for (part, key) in parts.iter().zip(&keys) {
        made.extend(part.statements.first().filter(|_| key.is_some()));
        all.extend(part.statements.iter().skip(usize::from(key.is_some())).cloned());
    }
    let makes_runs = !made.is_empty();
    if makes_runs {
        all.insert(0, runs::insert_all(&made));
    }
    match db.batch(all).await {
        Ok(results) => {
            let mut results = results.into_iter();
            let mut made = if makes_runs { results.next().unwrap_or_default() } else { Rows::new() };
            for (part, key) in parts.into_iter().zip(keys) {
                let mut own = Vec::with_capacity(part.statements.len());
                if let Some(key) = key {
                    // Of two that make the same run only one has made it.
                    let at = made.iter().position(|row| *row == key);
                    own.push(at.map(|at| made.swap_remove(at)).into_iter().collect());
                }
                own.extend(results.by_ref().take(part.statements.len() - own.len()));
                part.answer(Ok(own));
            }
        }
        // Nothing of it took place. Whose fault it was comes out when each goes by itself.
        Err(error) if error.reason == Reason::Failed && parts.len() > 1 => {
            for part in parts {
                part.answer(db.batch(part.statements.clone()).await);
            }
        }
        Err(error) => {
            for part in parts {
                part.answer(Err(error.clone()));
            }
        }
    }
}

#[async_trait(?Send)]
impl Database for Together {
    async fn batch(&self, statements: Vec<Statement>) -> Answer {
        let place: Rc<Place> = Rc::default();
        self.waiting.borrow_mut().push_back(Part { statements, place: Rc::downgrade(&place) });
        poll_fn(|context| match place.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                place.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }

    async fn size(&self) -> Result<Option<u64>, DatabaseError> {
        self.db.size().await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{Either, join_all, join3, select};

    use super::*;
    use crate::domain::ids::{AutomationId, EventId, RunId, SourceId};
    use crate::domain::run::{Cause, Run, RunError, Status};
    use crate::domain::time::Timestamp;
    use crate::memory::{MemoryClock, MemoryDatabase, When};
    use crate::sql;
    use crate::store::Arg;

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

    fn shared() -> (Rc<Noted>, Together) {
        let clock: Rc<MemoryClock> = Rc::default();
        let inner = MemoryDatabase::open(None, &clock, &Rc::default());
        inner.set_latency_ms(10);
        let noted = Rc::new(Noted { inner, calls: RefCell::default() });
        let together = Together::new(noted.clone());
        (noted, together)
    }

    /// Runs what shares the database, as a batch does.
    fn run<T>(together: &Together, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        crate::memory::block_on(poll_fn(|context| {
            let done = work.as_mut().poll(context);
            if done.is_pending() && together.poll_call(context).is_ready() {
                context.waker().wake_by_ref();
            }
            done
        }))
    }

    /// Waits until so many calls have begun.
    async fn begun(noted: &Noted, calls: usize) {
        while noted.sizes().len() < calls {
            a_moment().await;
        }
    }

    async fn a_moment() {
        let mut waited = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn mark(name: &str) -> Statement {
        sql!("INSERT INTO marks (name, value) VALUES (?1, 'x') RETURNING name AS row", name)
    }

    fn rows(names: &[&str]) -> Vec<Rows> {
        names.iter().map(|name| vec![(*name).to_owned()]).collect()
    }

    fn run_of(event: i64) -> Run {
        let at = Timestamp::from_millis(1_764_000_000_000);
        Run {
            id: RunId { event: EventId::new(at.plus_ms(event), 1), automation: AutomationId::new(at, 1), number: 1 },
            source_id: SourceId::new(at, 1),
            revision: 1,
            status: Status::Succeeded,
            cause: Cause::Event,
            with_errors: false,
            created_at: at,
            started_at: Some(at),
            finished_at: Some(at),
            open: None,
            steps: Vec::new(),
            error: None,
        }
    }

    #[test]
    fn runs_are_made_by_one_statement_and_each_is_made_once() {
        let (noted, together) = shared();
        let [first, second, lost] = [1, 2, 3].map(run_of);
        let automation = &first.id.automation;
        noted.inner.query(&format!(
            "INSERT INTO automations (id, source_id, since, name, revision, created_at, updated_at)
             VALUES ('{automation}', '', '', '', 1, 1, 1) RETURNING id"
        ));
        for run in [&first, &second] {
            let (source, event) = (&run.source_id, &run.id.event);
            noted.inner.query(&format!(
                "INSERT INTO events (source_id, id, encoding, body) VALUES ('{source}', '{event}', 'text', '') RETURNING id"
            ));
        }
        let insert = |run: &Run| runs::insert(run, None, None);
        let key = |run: &Run| runs::inserts(&insert(run)).unwrap();
        let asked = [
            vec![insert(&first), mark("a")],
            vec![mark("b")],
            vec![insert(&first), mark("c")],
            vec![insert(&lost)],
            vec![insert(&second)],
        ];
        let answers = run(&together, join_all(asked.map(|statements| together.batch(statements))));
        let (made, not_made) = (|run: &Run| vec![key(run)], Rows::new());
        let expected = [
            vec![made(&first), vec!["a".to_owned()]],
            rows(&["b"]),
            vec![not_made.clone(), vec!["c".to_owned()]],
            vec![not_made],
            vec![made(&second)],
        ];
        assert_eq!(answers, expected.map(Ok));
        assert_eq!(noted.sizes(), [4]);
        assert_eq!(noted.inner.query("SELECT count(*) FROM runs WHERE steps = '[]' AND open IS NULL"), ["2"]);
    }

    #[test]
    fn a_run_with_a_long_ledger_is_made_by_itself() {
        let (noted, together) = shared();
        let run_with = |event: i64, text: &str| {
            let mut made = run_of(event);
            made.error = Some(RunError { step: None, code: "not_sent".to_owned(), message: text.to_owned() });
            made
        };
        // As JSON within JSON it would be too long for D1.
        let all = [run_with(1, &"\"".repeat(800_000)), run_with(2, "short"), run_with(3, "short too")];
        let (automation, source) = (&all[0].id.automation, &all[0].source_id);
        noted.inner.query(&format!(
            "INSERT INTO automations (id, source_id, since, name, revision, created_at, updated_at)
             VALUES ('{automation}', '', '', '', 1, 1, 1) RETURNING id"
        ));
        for made in &all {
            let event = &made.id.event;
            noted.inner.query(&format!(
                "INSERT INTO events (source_id, id, encoding, body) VALUES ('{source}', '{event}', 'text', '') RETURNING id"
            ));
        }
        for share in [&all[..1], &all[..]] {
            let asked = share.iter().map(|made| together.batch(vec![runs::insert(made, None, None)]));
            assert!(run(&together, join_all(asked)).iter().all(Result::is_ok));
        }
        assert_eq!(noted.inner.query("SELECT count(*) FROM runs"), ["3"]);
        assert_eq!(noted.sizes(), [1, 1, 1]);
    }

    #[test]
    fn who_asks_at_the_same_time_shares_a_call_and_gets_their_own_rows() {
        let (noted, together) = shared();
        let asked = ["a", "b", "c"].map(|run| together.batch(vec![mark(run), mark(&format!("{run}2"))]));
        let answers = run(&together, join_all(asked));
        assert_eq!(answers, [Ok(rows(&["a", "a2"])), Ok(rows(&["b", "b2"])), Ok(rows(&["c", "c2"]))]);
        assert_eq!(noted.sizes(), [6]);
    }

    #[test]
    fn who_asks_while_a_call_is_under_way_goes_with_the_next() {
        let (noted, together) = shared();
        let later = |calls: usize, name: &'static str| {
            let (noted, together) = (&noted, &together);
            async move {
                begun(noted, calls).await;
                (together.batch(vec![mark(name)]).await, name)
            }
        };
        let answers = run(&together, join_all([later(0, "a"), later(1, "b"), later(1, "c"), later(2, "d")]));
        assert!(answers.into_iter().all(|(answer, name)| answer == Ok(rows(&[name]))));
        assert_eq!(noted.sizes(), [1, 2, 1]);
    }

    #[test]
    fn a_bad_one_harms_no_other() {
        let (noted, together) = shared();
        let asked = [vec![mark("a")], vec![mark("b"), mark("a")], vec![mark("c")]].map(|part| together.batch(part));
        let answers = run(&together, join_all(asked));
        assert_eq!((&answers[0], &answers[2]), (&Ok(rows(&["a"])), &Ok(rows(&["c"]))));
        assert_eq!(answers[1].as_ref().unwrap_err().reason, Reason::Failed);
        assert_eq!(noted.inner.query("SELECT name FROM marks ORDER BY name"), ["a", "c"]);
        assert_eq!(noted.sizes(), [4, 1, 2, 1]);
        assert_eq!(run(&together, together.batch(vec![mark("d")])), Ok(rows(&["d"])));
    }

    #[test]
    fn what_may_have_taken_place_is_not_repeated() {
        let (noted, together) = shared();
        noted.inner.faults.fail_nth(1, When::After);
        let answers = run(&together, join_all(["a", "b"].map(|name| together.batch(vec![mark(name)]))));
        assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.reason == Reason::Unavailable)));
        assert_eq!(noted.sizes(), [2]);
    }

    #[test]
    fn a_call_is_bounded_and_takes_along_who_has_waited_longest() {
        let (noted, together) = shared();
        let names: Vec<String> = (0..130).map(|n| format!("{n:03}")).collect();
        let answers = run(
            &together,
            join_all(names.iter().map(|name| together.batch(vec![mark(name), mark(&format!("{name}+"))]))),
        );
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(noted.sizes(), [100, 100, 60]);
        let order = noted.order();
        assert!(order.is_sorted_by(|one, two| format!("{one:?}") < format!("{two:?}")), "{order:?}");
    }

    #[test]
    fn what_is_long_goes_alone_and_what_one_asks_for_is_not_divided() {
        let (noted, together) = shared();
        let long = "x".repeat(900_000);
        let put =
            |name: &str| sql!("INSERT INTO marks (name, value) VALUES (?1, ?2) RETURNING name AS row", name, &long);
        let many: Vec<Statement> = (0..150).map(|n| mark(&format!("m{n}"))).collect();
        let asked = [vec![put("a")], vec![put("b")], vec![mark("c")], many].map(|part| together.batch(part));
        assert!(run(&together, join_all(asked)).iter().all(Result::is_ok));
        assert_eq!(noted.sizes(), [1, 2, 150]);
    }

    #[test]
    fn who_goes_away_harms_nobody_and_asks_for_nothing_more() {
        let (noted, together) = shared();
        // The first is in the call that is under way when it goes.
        let first = async {
            let asked = std::pin::pin!(together.batch(vec![mark("a")]));
            matches!(select(asked, std::pin::pin!(begun(&noted, 1))).await, Either::Right(_))
        };
        // The second in none yet.
        let second = async {
            begun(&noted, 1).await;
            let asked = std::pin::pin!(together.batch(vec![mark("b")]));
            matches!(select(asked, std::pin::pin!(a_moment())).await, Either::Right(_))
        };
        let stays = async {
            let before = together.batch(vec![mark("c")]).await;
            (before, together.batch(vec![mark("d")]).await)
        };
        let (gone, gone_too, answers) = run(&together, join3(first, second, stays));
        assert!(gone && gone_too);
        assert_eq!(answers, (Ok(rows(&["c"])), Ok(rows(&["d"]))));
        assert_eq!(noted.order(), ["a", "c", "d"].map(Arg::from));
    }
}
