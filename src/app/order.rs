//! Orders: the messages of the queue `RUNS`, and sending them. What is done with one stands in `consume`.
//!
//! The orders of what an isolate has stored are noted, and sent together: a lone one at once, under load one batch every
//! [`TOGETHER_MS`]. What is noted is plain data, and whoever was about to send it may die: the next one takes it along.
//!
//! An order holds ids only. It is never the truth: a lost one is found by the sweep, a repeated one finds its run taken.

use std::cell::{Cell, RefCell};

use serde::{Deserialize, Serialize};

use crate::domain::ids::{EventId, RunId, SourceId};
use crate::domain::run::Cause;
use crate::domain::time::Timestamp;
use crate::store::events::EventKey;
use crate::store::runs::Existing;
use crate::store::{Statement, runs};

use super::ports::{Level, Outgoing, QueueName};
use super::{After, App};

/// **Limit:** messages of one `sendBatch` (Cloudflare Queues).
const MAX_BATCH: usize = 100;

/// **Limit:** a message may be delayed by a day; what waits longer is found by the sweep.
const MAX_DELAY_S: i64 = 86_400;

/// From one send of what is noted to the next.
const TOGETHER_MS: i64 = 20;

/// A sender that has not sent so long after it was to is given up.
const LOST_MS: i64 = 500;

/// What an isolate has stored and not ordered yet: plain data.
#[derive(Default)]
pub struct Notes {
    keys: RefCell<Vec<EventKey>>,
    /// Who is about to send them, and until when that is believed.
    sender: Cell<Option<(u64, Timestamp)>>,
    last_sender: Cell<u64>,
    sent_at: Cell<Option<Timestamp>>,
}

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

/// Orders the runs of events.
pub async fn send_events(app: &App, keys: &[EventKey]) {
    send(app, keys.iter().map(|key| Order::Event(key.clone()).outgoing(0)).collect()).await;
}

/// Notes that the runs of events that were just stored are to be ordered.
pub fn note(app: &App, keys: impl IntoIterator<Item = EventKey>) {
    app.memory.notes.keys.borrow_mut().extend(keys);
}

/// Sends after an answer what is noted; `None` when nothing is, or somebody else is about to.
pub fn send_noted(app: &App) -> Option<After> {
    let (notes, now) = (&app.memory.notes, app.now());
    if notes.keys.borrow().is_empty() || notes.sender.get().is_some_and(|(_, until)| until > now) {
        return None;
    }
    let wait_ms = notes.sent_at.get().map_or(0, |sent| (TOGETHER_MS - now.since(sent)).clamp(0, TOGETHER_MS));
    let number = notes.last_sender.get() + 1;
    notes.last_sender.set(number);
    notes.sender.set(Some((number, now.plus_ms(wait_ms + LOST_MS))));
    let sender = Sender { app: app.clone(), number };
    Some(Box::pin(async move {
        if wait_ms > 0 {
            sender.app.ports.clock.sleep(u32::try_from(wait_ms).unwrap_or(0)).await;
        }
        let app = sender.app.clone();
        let keys = app.memory.notes.keys.take();
        app.memory.notes.sent_at.set(Some(app.now()));
        // What is noted from here on is the next one's.
        drop(sender);
        send_events(&app, &keys).await;
    }))
}

/// Who is about to send; no longer, once this is gone.
struct Sender {
    app: App,
    number: u64,
}

impl Drop for Sender {
    fn drop(&mut self) {
        let sender = &self.app.memory.notes.sender;
        sender.set(sender.get().filter(|(number, _)| *number != self.number));
    }
}

/// Sends orders again as they came, for another invocation to carry out at once.
pub async fn send_again(app: &App, orders: impl Iterator<Item = Order>) {
    send(app, orders.map(|order| order.outgoing(0)).collect()).await;
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
