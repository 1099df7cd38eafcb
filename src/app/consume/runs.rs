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

use crate::app::execute::{self, Task};
use crate::app::order::{self, Order};
use crate::app::pace::Pace;
use crate::app::ports::{Incoming, Level, Verdict};
use crate::app::{App, learn, within};
use crate::domain::event::Event;
use crate::domain::field::Policies;
use crate::domain::ids::{EventId, RunId};
use crate::domain::time::Timestamp;
use crate::store::automations::Automation;
use crate::store::events::{self, EventKey};
use crate::store::runs::{Existing, NamedEvent};
use crate::store::{DatabaseError, automations, decode, decode_readable, runs};

use super::together::Together;
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
    let (all, owned) = (app.clone(), Rc::clone(pace));
    let work_on = move |(index, task): (usize, Task)| {
        let (app, pace) = (all.clone(), Rc::clone(&owned));
        async move {
            let _in_hand = pace.works();
            if app.now().since(began) > LAST_START_MS {
                // The message comes back; what it began is then found, and the rest is begun.
                return Some(index);
            }
            let id = task.id();
            let done = execute::execute(&app, task, &pace).await;
            done.err().map(|error| {
                app.log(Level::Error, &format!("{id} was not finished, it will be taken up again: {error}"));
                index
            })
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

/// What the orders of a batch are about, read in one round trip.
#[derive(Default)]
struct Batch {
    events: Vec<Named>,
    existing: Vec<Existing>,
    automations: Vec<Automation>,
}

async fn load(app: &App, keys: &[EventKey]) -> Result<Batch, DatabaseError> {
    if keys.is_empty() {
        return Ok(Batch::default());
    }
    let sources: HashSet<&str> = keys.iter().map(|key| key.0.as_str()).collect();
    let sources: Vec<&str> = sources.into_iter().collect();
    let statements = vec![runs::events_of(keys), runs::existing(keys), automations::of_sources(&sources)];
    let mut results = app.db().batch(statements).await?.into_iter();
    let mut next = || results.next().unwrap_or_default();
    let (found, existing) = (decode::<NamedEvent>(next())?, decode(next())?);
    let (automations, unreadable) = decode_readable(next());
    for error in unreadable {
        app.log(
            Level::Error,
            &format!("an automation cannot be read and runs nothing until it is saved again: {error}"),
        );
    }
    let mut events = Vec::with_capacity(found.len());
    for NamedEvent { source_name, revision, storage, id, event } in found {
        let event = match event {
            // What was removed meanwhile is as if it had not been found.
            Some(read) => match events::whole(app.db(), read).await? {
                Some(event) => Some(Rc::new(event)),
                None => continue,
            },
            None => None,
        };
        events.push(Named { source_name, revision, storage: storage.unwrap_or_default(), id, event });
    }
    Ok(Batch { events, existing, automations })
}

/// An event with the name of its source; without itself when it did not fit into this pass.
struct Named {
    source_name: String,
    revision: u32,
    storage: Policies,
    id: EventId,
    event: Option<Rc<Event>>,
}

impl Named {
    fn with_rules(&self) -> Option<(&Event, u32, &Policies)> {
        Some((self.event.as_deref()?, self.revision, &self.storage))
    }
}

impl Batch {
    /// The events that are worked on for the first time, with the rules of their sources.
    fn fresh(&self) -> impl Iterator<Item = (&Event, u32, &Policies)> {
        let worked_on = |event: &Event| self.existing.iter().any(|run| run.0 == event.id);
        self.events.iter().filter_map(Named::with_rules).filter(move |(event, ..)| !worked_on(event))
    }

    /// Whether an event is there and did not fit in.
    fn leaves_out(&self, key: &EventKey) -> bool {
        self.events.iter().any(|named| named.id == key.1 && named.event.is_none())
    }

    /// One task a run: those that do not exist yet, and those that do and may be taken.
    fn tasks(&self, orders: &[Option<Order>], now: Timestamp) -> Vec<(usize, Task)> {
        let mut tasks = Vec::new();
        for named in &self.events {
            let Some(event) = &named.event else { continue };
            let index = orders.iter().position(|order| matches!(order, Some(Order::Event(key)) if key.1 == event.id));
            let Some(index) = index else { continue };
            for automation in self.automations.iter().filter(|automation| automation.source_id == event.source_id) {
                let mut existing = self.existing.iter().filter(|run| run.0 == event.id && run.1 == automation.id);
                let older = automation.since <= event.id;
                match existing.next() {
                    // An event that was forgotten before it was run has nothing to be run with.
                    None if older && event.encoding != "forgotten" => {
                        tasks.push((index, Task::begin(automation, event, &named.source_name, now)))
                    }
                    None => {}
                    Some(first) => {
                        let due =
                            std::iter::once(first).chain(existing).filter(|run| run.3.is_some_and(|open| open <= now));
                        tasks.extend(due.map(|Existing(event, automation, number, _)| {
                            let id = RunId { event: event.clone(), automation: automation.clone(), number: *number };
                            (index, Task::Claim { id, ticket: None })
                        }));
                    }
                }
            }
        }
        tasks
    }
}
