//! What the orders of a batch are about, read in one round trip: their events, the runs that these have already, and the
//! automations that listen to their sources.
//!
//! It begins nothing. Which run may be taken is decided by the statement that takes it.

use std::collections::HashSet;
use std::rc::Rc;

use crate::app::App;
use crate::app::order::Order;
use crate::app::perform::{Connections, READ_TOGETHER};
use crate::app::ports::Level;
use crate::app::task::Task;
use crate::domain::automation::Plan;
use crate::domain::event::Opened;
use crate::domain::field::Policies;
use crate::domain::ids::{EventId, RunId};
use crate::domain::time::Timestamp;
use crate::store::automations::{self, Listener};
use crate::store::events::{self, EventKey};
use crate::store::ordered::{self, NamedEvent};
use crate::store::runs::Existing;
use crate::store::{DatabaseError, connections, decode, decode_readable};

/// What the orders of a batch are about, read in one round trip.
#[derive(Default)]
pub struct Batch {
    events: Vec<Named>,
    existing: Vec<Existing>,
    automations: Vec<(Listener, Rc<Plan>)>,
    connections: Rc<Connections>,
}

/// Reads what some orders are about.
pub async fn load(app: &App, keys: &[EventKey]) -> Result<Batch, DatabaseError> {
    if keys.is_empty() {
        return Ok(Batch::default());
    }
    let sources: HashSet<&str> = keys.iter().map(|key| key.0.as_str()).collect();
    let sources: Vec<&str> = sources.into_iter().collect();
    let plans = &app.memory.plans;
    let known = plans.known(&sources);
    let versions: Vec<_> = known.iter().map(|(version, _)| version).collect();
    let listeners = automations::listeners(&sources, &versions);
    let mut statements = vec![ordered::events_of(keys), ordered::existing(keys), listeners];
    let call_out = plans.call_out(&sources);
    if call_out {
        crate::app::connections::furnish(app).await?;
        statements.push(connections::first(READ_TOGETHER));
    }
    let asked_at = app.now();
    let mut results = app.db().batch(statements).await?.into_iter();
    let mut next = || results.next().unwrap_or_default();
    let (found, existing) = (NamedEvent::decode(next())?, decode(next())?);
    let (listeners, unreadable) = decode_readable::<Listener>(next());
    let unreadable = unreadable.into_iter().map(|error| error.to_string());
    let (mut automations, mut unknown) = (Vec::with_capacity(listeners.len()), Vec::new());
    for listener in listeners {
        match plans.plan(&listener, &known) {
            Ok(plan) => automations.push((listener, plan)),
            Err(words) => unknown.push(format!("{}: {words}", listener.id)),
        }
    }
    for words in unreadable.chain(unknown) {
        app.log(
            Level::Error,
            &format!("an automation cannot be read and runs nothing until it is saved again: {words}"),
        );
    }
    let connections = if call_out { Connections::new(decode(next())?, asked_at) } else { Connections::default() };
    let mut events = Vec::with_capacity(found.len());
    for NamedEvent { source_name, revision, storage, id, event } in found {
        let event = match event {
            // What was removed meanwhile is as if it had not been found.
            Some(read) => match events::whole(app.db(), read).await? {
                Some(event) => Some(Rc::new(event.into())),
                None => continue,
            },
            None => None,
        };
        events.push(Named { source_name, revision, storage: storage.unwrap_or_default(), id, event });
    }
    Ok(Batch { events, existing, automations, connections: Rc::new(connections) })
}

/// An event with the name of its source; without itself when it did not fit into this pass.
struct Named {
    source_name: String,
    revision: u32,
    storage: Policies,
    id: EventId,
    event: Option<Rc<Opened>>,
}

impl Named {
    fn with_rules(&self) -> Option<(&Opened, u32, &Policies)> {
        Some((self.event.as_deref()?, self.revision, &self.storage))
    }
}

impl Batch {
    /// The events that are worked on for the first time, with the rules of their sources.
    pub fn fresh(&self) -> impl Iterator<Item = (&Opened, u32, &Policies)> {
        let worked_on = |event: &Opened| self.existing.iter().any(|run| run.0 == event.id);
        self.events.iter().filter_map(Named::with_rules).filter(move |(event, ..)| !worked_on(event))
    }

    /// Whether an event is there and did not fit in.
    pub fn leaves_out(&self, key: &EventKey) -> bool {
        self.events.iter().any(|named| named.id == key.1 && named.event.is_none())
    }

    /// One task a run: those that do not exist yet, and those that do and may be taken.
    pub fn tasks(&self, orders: &[Option<Order>], now: Timestamp) -> Vec<(usize, Task)> {
        let mut tasks = Vec::new();
        for named in &self.events {
            let Some(event) = &named.event else { continue };
            let index = orders.iter().position(|order| matches!(order, Some(Order::Event(key)) if key.1 == event.id));
            let Some(index) = index else { continue };
            for (automation, plan) in self.automations.iter().filter(|(of, _)| of.source_id == event.source_id) {
                let mut existing = self.existing.iter().filter(|run| run.0 == event.id && run.1 == automation.id);
                let older = automation.since <= event.id;
                match existing.next() {
                    // An event that was forgotten before it was run has nothing to be run with.
                    None if older && event.encoding != "forgotten" => {
                        let task = Task::begin(automation, plan, event, &named.source_name, &self.connections, now);
                        tasks.push((index, task));
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
