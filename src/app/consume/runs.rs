//! Messages of `RUNS`: the runs of events, and runs that go on.
//!
//! What a batch needs is read in one round trip; each run then goes its own way, all of them at once, and what they ask
//! the database for at the same time travels together. An order is not the truth: what it names
//! may have been done, taken or deleted meanwhile, and is then left alone.

use std::cell::RefCell;
use std::collections::HashSet;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures_util::future::{Either, join, select};
use futures_util::stream::{self, FuturesUnordered, Stream, StreamExt};

use crate::app::execute;
use crate::app::order::{self, Order};
use crate::app::pace::Pace;
use crate::app::ports::{Incoming, Level, Verdict};
use crate::app::task::Task;
use crate::app::{App, learn, within};
use crate::domain::time::Timestamp;
use crate::store::events::EventKey;

use super::batch::{Batch, load};
use super::together::{Together, others_first};
use super::{count, retry};

/// **Limit:** runs that one invocation takes from others at once: each may bring an event of the largest size. Those of
/// fresh events are not limited, because their events are read together and are few enough to be held.
const CLAIMED: usize = 5;

/// **Limit:** how long a batch that is let go is still held until each of its runs is stored and waits for its call. It
/// takes a moment, unless the database is away.
const SETTLES_MS: u32 = 5_000;

/// **Limit:** after this time one invocation begins no more runs: the platform ends it after 15 minutes, a run is worked
/// on for 3, and its last call takes one more.
const LAST_START_MS: i64 = 600_000;

/// Works on a batch of orders.
pub async fn consume(app: &App, messages: Vec<Incoming>) -> Vec<Verdict> {
    let app = &shared(app);
    let orders: Vec<Option<Order>> = messages.iter().map(|message| serde_json::from_str(&message.body).ok()).collect();
    let mut seen = HashSet::new();
    let mut keys: Vec<EventKey> = orders
        .iter()
        .filter_map(|order| match order {
            Some(Order::Event(key)) => seen.insert(key.1.clone()).then(|| key.clone()),
            Some(Order::Run(..)) | None => None,
        })
        .collect();
    let began = app.now();
    let mut tasks: Vec<(usize, Task)> = orders
        .iter()
        .enumerate()
        .filter_map(|(index, order)| match order {
            Some(Order::Run(id, ticket)) => Some((index, Task::Claim { id: id.clone(), ticket: Some(*ticket) })),
            Some(Order::Event(_)) | None => None,
        })
        .collect();
    let mut failed: HashSet<usize> = HashSet::new();
    let pace = Rc::new(Pace::new(began, app.ports.background.grace_ms()));
    // Large events are worked on in several passes; each reads at least one of them.
    loop {
        let batch = match load(app, &keys).await {
            Ok(batch) => batch,
            Err(error) => {
                let line = format!("{} events could not be read, their orders come again: {error}", keys.len());
                app.log(Level::Warn, &line);
                let unread = |(index, order): (usize, &Option<Order>)| is_of(order, &keys).then_some(index);
                failed.extend(orders.iter().enumerate().filter_map(unread));
                Batch::default()
            }
        };
        keys.retain(|key| batch.leaves_out(key));
        tasks.extend(batch.tasks(&orders, app.now()));
        let counted = count(app, learn::tallies(batch.fresh()));
        let (worked, ()) = join(work(app, std::mem::take(&mut tasks), began, &pace), counted).await;
        failed.extend(worked.unfinished);
        if worked.goes_on {
            let left = worked.not_begun.into_iter().filter_map(|index| orders.get(index)?.clone());
            order::send_again(app, left.chain(keys.into_iter().map(Order::Event))).await;
            break;
        }
        if keys.is_empty() {
            break;
        }
    }
    let verdict = |(index, (order, message)): (usize, (&Option<Order>, &Incoming))| match order {
        None => {
            app.log(Level::Error, "a message of the runs queue is not an order and was dropped");
            Verdict::Ack
        }
        Some(_) if failed.contains(&index) => retry(app, message.attempts),
        Some(Order::Event(_) | Order::Run(..)) => Verdict::Ack,
    };
    orders.iter().zip(&messages).enumerate().map(verdict).collect()
}

/// The application, with a database that the runs of this batch share.
fn shared(app: &App) -> App {
    let mut app = app.clone();
    app.ports.db = Rc::new(Together::new(app.ports.db));
    app
}

/// Whether an order is for one of some events.
fn is_of(order: &Option<Order>, keys: &[EventKey]) -> bool {
    matches!(order, Some(Order::Event(key)) if keys.contains(key))
}

/// What became of some tasks.
struct Worked {
    /// The indexes of those that failed.
    unfinished: Vec<usize>,
    /// Whether others go on in the background: what becomes of them is in the database.
    goes_on: bool,
    /// The indexes of those that then had no place among them: another invocation, with connections of its own, takes
    /// them up at once.
    not_begun: Vec<usize>,
}

/// Works on tasks, and lets those go on in the background that would hold up the queue.
async fn work(app: &App, tasks: Vec<(usize, Task)>, began: Timestamp, pace: &Rc<Pace>) -> Worked {
    let (all, owned, ordered) = (app.clone(), Rc::clone(pace), Rc::new(RefCell::new(Vec::new())));
    let work_on = move |(index, task): (usize, Task)| {
        let (app, pace, nexts) = (all.clone(), Rc::clone(&owned), Rc::clone(&ordered));
        async move {
            let _in_hand = pace.works();
            if app.now().since(began) > LAST_START_MS {
                // The message comes back; what it began is then found, and the rest is begun.
                return Some(index);
            }
            let id = task.id();
            match execute::execute(&app, task, &pace).await {
                Ok(None) => None,
                Ok(Some(next)) => {
                    // Runs that wait order themselves together, as they were stored.
                    nexts.borrow_mut().push(next);
                    others_first().await;
                    let nexts = nexts.take();
                    order::send_runs(&app, nexts.into_iter(), false).await;
                    None
                }
                Err(error) => {
                    app.log(Level::Error, &format!("{id} was not finished, it will be taken up again: {error}"));
                    Some(index)
                }
            }
        }
    };
    let (fresh, found): (Vec<_>, Vec<_>) = tasks.into_iter().partition(|(_, task)| task.is_fresh());
    let waiting = Rc::new(RefCell::new(found.into_iter()));
    let next = Rc::clone(&waiting);
    let fresh: FuturesUnordered<_> = fresh.into_iter().map(work_on.clone()).collect();
    let found = stream::iter(std::iter::from_fn(move || next.borrow_mut().next())).map(work_on);
    let mut work = Box::pin(stream::select(fresh, found.buffer_unordered(CLAIMED)));
    let mut unfinished = Vec::new();
    loop {
        let next = match pace.holds_up_ms(app.now()) {
            None => work.next().await,
            Some(0) => {
                pace.let_go(app.now());
                let mut not_begun: Vec<usize> = waiting.borrow_mut().by_ref().map(|(index, _)| index).collect();
                not_begun.dedup();
                let settled = within(app, SETTLES_MS, settle(&mut work, pace, &mut unfinished)).await;
                if settled != Some(true) {
                    app.ports.background.go_on(Box::pin(async move { while work.next().await.is_some() {} }));
                }
                return Worked { unfinished, goes_on: true, not_begun };
            }
            Some(ms) => match select(work.next(), app.ports.clock.sleep(ms)).await {
                Either::Left((next, _)) => next,
                Either::Right(_) => continue,
            },
        };
        match next {
            Some(failed) => unfinished.extend(failed),
            None => return Worked { unfinished, goes_on: false, not_begun: Vec::new() },
        }
    }
}

/// Works until nothing is under way but calls whose runs are stored; whether all is done.
async fn settle(
    work: &mut (impl Stream<Item = Option<usize>> + Unpin),
    pace: &Pace,
    unfinished: &mut Vec<usize>,
) -> bool {
    poll_fn(|context| {
        loop {
            match work.poll_next_unpin(context) {
                Poll::Ready(Some(failed)) => unfinished.extend(failed),
                Poll::Ready(None) => return Poll::Ready(true),
                Poll::Pending if pace.only_calls() => return Poll::Ready(false),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}
