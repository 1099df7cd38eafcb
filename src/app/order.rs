//! Orders: what stands in the queues, and what is done with each message that comes out of them.
//!
//! An order holds ids only. It is never the truth: a lost one is found by the sweep, a repeated one finds its run taken.

use std::collections::HashSet;

use futures_util::future::join;
use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};

use crate::domain::event::Event;
use crate::domain::ids::{EventId, RunId, SourceId};
use crate::domain::run::{Cause, Status, machine};
use crate::domain::time::Timestamp;
use crate::store::automations::Automation;
use crate::store::events::EventKey;
use crate::store::runs::{Existing, NamedEvent};
use crate::store::{DatabaseError, Statement, automations, decode, runs};

use super::execute::{self, Task};
use super::ingest::{self, Deferred};
use super::ports::{Incoming, Level, Outgoing, QueueName, Verdict};
use super::{App, learn};

/// **Limit:** messages of one `sendBatch` (Cloudflare Queues).
const MAX_BATCH: usize = 100;

/// **Limit:** runs that one invocation works on at once: the platform lets six connections wait for headers.
const CONCURRENCY: usize = 6;

/// **Limit:** after this time one invocation begins no more runs: the platform ends it after 15 minutes, a run is worked
/// on for 3, and its last call takes one more.
const LAST_START_MS: i64 = 600_000;

/// **Limit:** a message may be delayed by a day; what waits longer is found by the sweep.
const MAX_DELAY_S: i64 = 86_400;

/// How long a dead `INTAKE` message waits before it is tried again.
const INTAKE_AGAIN_S: u32 = 300;

/// A message of `RUNS`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Run the automations of an event.
    Event(EventKey),
    /// Go on with a run. The ticket is the `open` that it had when the order was sent: it lets the bearer take it.
    Run(RunId, Timestamp),
}

impl Order {
    fn outgoing(&self, delay_s: u32) -> Outgoing {
        Outgoing { body: serde_json::to_string(self).unwrap_or_default(), delay_s }
    }
}

async fn send(app: &App, messages: Vec<Outgoing>) {
    for chunk in messages.chunks(MAX_BATCH) {
        if let Err(error) = app.ports.queues.send(QueueName::Runs, chunk.to_vec()).await {
            let line = format!("{} orders were not queued, the sweep will send them again: {error}", chunk.len());
            app.log(Level::Warn, &line);
        }
    }
}

/// Orders the runs of events that were just stored.
pub async fn send_events(app: &App, keys: &[EventKey]) {
    send(app, keys.iter().map(|key| Order::Event(key.clone()).outgoing(0)).collect()).await;
}

/// Orders that runs go on at the moment from which they may be taken.
pub async fn send_runs(app: &App, tickets: impl Iterator<Item = (RunId, Timestamp)>, at_once: bool) {
    let now = app.now();
    let messages = tickets
        .filter_map(|(id, open)| {
            let delay_s = if at_once { 0 } else { (open.since(now).max(0) + 999) / 1_000 };
            let delay_s = u32::try_from(delay_s).ok().filter(|_| delay_s <= MAX_DELAY_S)?;
            Some(Order::Run(id, open).outgoing(delay_s))
        })
        .collect();
    send(app, messages).await;
}

/// Orders for runs that a statement has just made or moved.
pub async fn send_existing(app: &App, existing: Vec<Existing>) {
    let tickets = existing.into_iter().filter_map(|Existing(event, automation, number, open)| {
        Some((RunId { event, automation, number }, open.filter(|open| *open < Timestamp::NEVER)?))
    });
    send_runs(app, tickets, true).await;
}

/// The queued runs of an event that was acknowledged before it could be stored.
pub fn queued_runs(source: &SourceId, event: &EventId, now: Timestamp) -> Statement {
    runs::enqueue(source, event, None, Cause::Event, false, now)
}

/// Works on a batch of messages; one verdict each, in order.
pub async fn consume(app: &App, queue: QueueName, messages: Vec<Incoming>) -> Vec<Verdict> {
    match queue {
        QueueName::Runs => consume_runs(app, messages).await,
        QueueName::Intake => {
            let mut verdicts = Vec::with_capacity(messages.len());
            for message in messages {
                verdicts.push(consume_intake(app, &message).await);
            }
            verdicts
        }
        QueueName::Dead => {
            let mut verdicts = Vec::with_capacity(messages.len());
            for message in messages {
                verdicts.push(consume_dead(app, &message).await);
            }
            verdicts
        }
    }
}

/// How long a message waits that could not be worked on because something did not answer.
fn retry(app: &App, attempts: u32) -> Verdict {
    let base = 5u32.saturating_mul(1 << attempts.min(6)).min(300);
    let luck = u32::try_from(app.entropy() % u128::from(base / 2 + 1)).unwrap_or(0);
    Verdict::Retry { delay_s: base + luck }
}

async fn consume_runs(app: &App, messages: Vec<Incoming>) -> Vec<Verdict> {
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
    // Large events are worked on in several passes; each reads at least one of them.
    loop {
        let batch = match load(app, &keys).await {
            Ok(batch) => batch,
            Err(error) => {
                app.log(
                    Level::Warn,
                    &format!("{} events could not be read, their orders come again: {error}", keys.len()),
                );
                failed
                    .extend(orders.iter().enumerate().filter(|(_, order)| is_of(order, &keys)).map(|(index, _)| index));
                Batch::default()
            }
        };
        keys.retain(|key| batch.leaves_out(key));
        tasks.extend(batch.tasks(&orders, app.now()));
        let counted = count(app, learn::tallies(batch.fresh()));
        let (unfinished, ()) = join(work(app, std::mem::take(&mut tasks), began), counted).await;
        failed.extend(unfinished);
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

/// Whether an order is for one of some events.
fn is_of(order: &Option<Order>, keys: &[EventKey]) -> bool {
    matches!(order, Some(Order::Event(key)) if keys.contains(key))
}

/// Works on tasks; returns the indexes of those that were not finished.
async fn work(app: &App, tasks: Vec<(usize, Task)>, began: Timestamp) -> Vec<usize> {
    let work = stream::iter(tasks).map(|(index, task)| async move {
        if app.now().since(began) > LAST_START_MS {
            // The message comes back; what it began is then found, and the rest is begun.
            return Some(index);
        }
        let id = task.id();
        let done = execute::execute(app, task).await;
        done.err().map(|error| {
            app.log(Level::Error, &format!("{id} was not finished, it will be taken up again: {error}"));
            index
        })
    });
    work.buffer_unordered(CONCURRENCY).filter_map(std::future::ready).collect().await
}

/// Counts what events brought that are worked on for the first time. A crash in between loses a count, never doubles it:
/// counts are statistics, paths and kinds are the truth and were written with the event.
async fn count(app: &App, statements: Vec<Statement>) {
    if statements.is_empty() {
        return;
    }
    if let Err(error) = app.db().batch(statements).await {
        app.log(Level::Warn, &format!("a batch of events was not counted: {error}"));
    }
}

/// What the orders of a batch are about, read in one round trip.
#[derive(Default)]
struct Batch {
    events: Vec<NamedEvent>,
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
    Ok(Batch { events: decode(next())?, existing: decode(next())?, automations: decode(next())? })
}

impl Batch {
    /// The events that are worked on for the first time.
    fn fresh(&self) -> impl Iterator<Item = &Event> {
        let worked_on = |event: &Event| self.existing.iter().any(|run| run.0 == event.id);
        self.events.iter().filter_map(|named| named.event.as_deref()).filter(move |event| !worked_on(event))
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
                    None if older => tasks.push((index, Task::begin(automation, event, &named.source_name, now))),
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

async fn consume_intake(app: &App, message: &Incoming) -> Verdict {
    let Ok(deferred) = serde_json::from_str::<Deferred>(&message.body) else {
        app.log(Level::Error, "a message of the intake queue is not an event and was dropped");
        return Verdict::Ack;
    };
    match ingest::take_deferred(app, deferred).await {
        Ok(taken) => {
            count(app, learn::tallies(taken.new.iter())).await;
            let sources: HashSet<&SourceId> = taken.new.iter().map(|event| &event.source_id).collect();
            for source in sources {
                learn::publish(app, source).await;
            }
            send_existing(app, taken.runs).await;
            Verdict::Ack
        }
        Err(error) => {
            app.log(Level::Warn, &format!("d1 still does not take a deferred event, it stays in the queue: {error}"));
            retry(app, message.attempts)
        }
    }
}

/// A message that failed for good: runs say so, events go back to their queue until D1 holds them.
async fn consume_dead(app: &App, message: &Incoming) -> Verdict {
    if serde_json::from_str::<Deferred>(&message.body).is_ok() {
        if consume_intake(app, message).await == Verdict::Ack {
            return Verdict::Ack;
        }
        let again = Outgoing { body: message.body.clone(), delay_s: INTAKE_AGAIN_S };
        return match app.ports.queues.send(QueueName::Intake, vec![again]).await {
            Ok(()) => Verdict::Ack,
            Err(_) => retry(app, message.attempts),
        };
    }
    let failed = match serde_json::from_str::<Order>(&message.body) {
        Ok(Order::Event(key)) => fail_event(app, &key).await,
        Ok(Order::Run(id, _)) => fail_run(app, &id).await,
        Err(_) => {
            app.log(Level::Error, "a dead message is neither an order nor an event and was dropped");
            Ok(())
        }
    };
    match failed {
        Ok(()) => Verdict::Ack,
        Err(_) => retry(app, message.attempts),
    }
}

const GIVEN_UP: (&str, &str) = (
    "not_executed",
    "the run could not be executed after several tries, because a part of Uncino did not answer; resume it, or replay the event",
);

async fn fail_event(app: &App, key: &EventKey) -> Result<(), DatabaseError> {
    let now = app.now();
    let made: Vec<Existing> = match app.db().batch(vec![queued_runs(&key.0, &key.1, now)]).await?.into_iter().next() {
        Some(rows) => decode(rows)?,
        None => Vec::new(),
    };
    for Existing(event, automation, number, _) in made {
        fail_run(app, &RunId { event, automation, number }).await?;
    }
    Ok(())
}

async fn fail_run(app: &App, id: &RunId) -> Result<(), DatabaseError> {
    let Some(mut run) = runs::get(app.db(), id).await? else { return Ok(()) };
    let (found, open) = (run.status, run.open);
    // A run that somebody works on, or that was put off meanwhile, has not failed: only its message has.
    if found.is_over() || open.is_none_or(|open| open > app.now()) || found == Status::Held {
        return Ok(());
    }
    machine::give_up(&mut run, GIVEN_UP.0, GIVEN_UP.1, app.now());
    app.db().batch(vec![runs::decide(&run, found, open)]).await?;
    Ok(())
}
