//! Messages of `RUNS`: the runs of events, and runs that go on.
//!
//! What a batch needs is read in one round trip; each run then goes its own way. An order is not the truth: what it names
//! may have been done, taken or deleted meanwhile, and is then left alone.

use std::collections::HashSet;
use std::rc::Rc;

use crate::app::order::{self, Order};
use crate::app::pace::Pace;
use crate::app::ports::{Incoming, Level, Verdict};
use crate::app::task::Task;
use crate::app::{App, learn};
use crate::store::events::EventKey;

use super::batch::{Batch, load};
use super::retry;
use super::work::work;

/// Works on a batch of orders.
pub async fn consume(app: &App, messages: Vec<Incoming>) -> Vec<Verdict> {
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
        let tallies = learn::tallies(batch.fresh());
        let worked = work(app, std::mem::take(&mut tasks), tallies, began, &pace).await;
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

/// Whether an order is for one of some events.
fn is_of(order: &Option<Order>, keys: &[EventKey]) -> bool {
    matches!(order, Some(Order::Event(key)) if keys.contains(key))
}
