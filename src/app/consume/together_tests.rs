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
    let answers = block_on(join_all(names.iter().map(|name| together.batch(vec![mark(name), mark(&format!("{name}+"))]))));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(noted.sizes(), [100, 100, 60]);
    let order = noted.order();
    assert!(order.is_sorted_by(|one, two| format!("{one:?}") < format!("{two:?}")), "{order:?}");
}

#[test]
fn what_is_long_goes_alone_and_what_one_asks_for_is_not_divided() {
    let (_, noted, together) = shared();
    let long = "x".repeat(900_000);
    let put = |name: &str| sql!("INSERT INTO marks (name, value) VALUES (?1, ?2) RETURNING name AS row", name, &long);
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
