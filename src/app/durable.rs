//! The one durable write of a delivery: what it consists of, and what became of it.
//!
//! How writes of several deliveries are put together is [`super::commit`]'s; what is done when there is none, and what is
//! answered, [`super::ingest`]'s.

use crate::domain::event::Event;
use crate::domain::field::Sighting;
use crate::domain::ids::{EventId, Token};
use crate::domain::time::Timestamp;
use crate::store::events::{Admission, EventKey, Known as KnownEvent};
use crate::store::{DatabaseError, Reason, Rows, Statement, decode, events, fields};

use super::commit::{self, Outcome};
use super::lookup::Known;
use super::{App, left, order, took_place, within};

/// One item on its way into the database.
pub struct Item {
    /// What is stored.
    pub event: Event,
    /// What may be learned of it.
    pub sightings: Vec<Sighting>,
    /// How many fields it has.
    pub fields: usize,
}

/// What became of a delivery's items.
pub enum Stored {
    /// The source's rules are not those under which the delivery was verified.
    Refused,
    /// They are in the database.
    Ids {
        /// One id an item, in order; of a repeated one the first.
        ids: Vec<EventId>,
        /// How many went in.
        new: usize,
        /// Whether the ledger has learned something.
        learned: bool,
    },
}

/// Stores a delivery; `None` when it took longer than until `deadline`. The orders of what went in are noted.
///
/// What fails for a moment, or of which a shared write tells nothing, is tried once more: every id is ours, so nothing is
/// stored twice.
pub async fn store(
    app: &App,
    token: &Token,
    known: &Known,
    items: &[Item],
    deadline: Timestamp,
) -> Option<Result<Stored, DatabaseError>> {
    let source = &known.source;
    let now = app.now();
    let window = i64::from(source.settings.dedupe_window_s) * 1_000;
    let equal_since = (window > 0).then(|| now.plus_ms(-window));
    let rules = Admission { token: token.clone(), revision: source.revision, equal_since, now };
    let mut again = false;
    if let [item] = items
        && known.news(&item.sightings).is_empty()
    {
        match commit::commit(app, &item.event, &rules, deadline).await? {
            Ok(Outcome::In) => {
                return Some(Ok(Stored::Ids { ids: vec![item.event.id.clone()], new: 1, learned: false }));
            }
            Ok(Outcome::Out) => {
                return within(app, left(app, deadline), resolve(app, items, &[false], equal_since, false)).await;
            }
            Ok(Outcome::Untold) => again = true,
            Err(error) if error.reason == Reason::Unavailable => again = true,
            Err(error) => return Some(Err(error)),
        }
    }
    match left(app, deadline) {
        0 => None,
        left_ms => within(app, left_ms, write(app, known, items, &rules, again)).await,
    }
}

/// Writes the items by themselves; `again` says that something of the kind was tried before.
async fn write(
    app: &App,
    known: &Known,
    items: &[Item],
    rules: &Admission,
    again: bool,
) -> Result<Stored, DatabaseError> {
    let (statements, news) = writes(known, items, rules);
    let results = match app.db().batch(statements).await {
        // Written down again rather than copied before: the first try nearly always does, and a body may be long.
        Err(error) if error.reason == Reason::Unavailable && !again => {
            app.db().batch(writes(known, items, rules).0).await?
        }
        results => results?,
    };
    // Behind the inserts stand pairs: what is learned, and the schema's revision.
    let learned = (items.len()..results.len()).step_by(2).any(|index| took_place(&results, index));
    let inserted: Vec<bool> = (0..items.len()).map(|index| took_place(&results, index)).collect();
    let stored = news.into_iter().filter(|(item, _)| inserted.get(*item).is_some_and(|inserted| *inserted));
    known.learned(stored.map(|(_, seen)| seen));
    if inserted.iter().all(|inserted| *inserted) {
        order::note(app, items.iter().map(key));
        let ids = items.iter().map(|item| item.event.id.clone()).collect();
        return Ok(Stored::Ids { ids, new: items.len(), learned });
    }
    resolve(app, items, &inserted, rules.equal_since, learned).await
}

fn key(item: &Item) -> EventKey {
    EventKey(item.event.source_id.clone(), item.event.id.clone())
}

/// The statements of one durable write: an insert an event, and two more when its shape is new. Beside them what is new,
/// each with its item's index.
///
/// What an item brings is left out when one before it brings it, but only where that one is sure to be stored with it: a
/// repeated item is not, and teaches nothing.
fn writes<'a>(known: &Known, items: &'a [Item], rules: &Admission) -> (Vec<Statement>, Vec<(usize, &'a Sighting)>) {
    let mut statements: Vec<Statement> = items.iter().map(|item| events::insert(&item.event, Some(rules))).collect();
    let mut news: Vec<(usize, &Sighting)> = Vec::new();
    let mut sure: Vec<&Sighting> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Event { source_id, id, test, delivery_id, body_hash, .. } = &item.event;
        let mut fresh = known.news(&item.sightings);
        fresh.retain(|seen| !sure.iter().any(|other| other.path == seen.path && other.kind == seen.kind));
        if delivery_id.is_none() && body_hash.is_none() {
            sure.extend(&fresh);
        }
        if !fresh.is_empty() {
            statements.push(fields::learn(source_id, id, &fresh, *test));
            statements.push(fields::schema_changed(source_id, rules.now));
            news.extend(fresh.into_iter().map(|seen| (index, seen)));
        }
    }
    (statements, news)
}

/// Fewer rows went in than were given: each of the others is stored already, repeated, or refused.
async fn resolve(
    app: &App,
    items: &[Item],
    inserted: &[bool],
    equal_since: Option<Timestamp>,
    learned: bool,
) -> Result<Stored, DatabaseError> {
    let looks = items.iter().map(|item| events::known(&item.event, equal_since)).collect();
    let found: Vec<Rows> = app.db().batch(looks).await?;
    let (mut ids, mut new) = (Vec::new(), Vec::new());
    for ((item, inserted), rows) in items.iter().zip(inserted).zip(found) {
        let first = decode::<KnownEvent>(rows)?.into_iter().next();
        match first {
            // Its own id without a row from the insert: an earlier try of the same batch had been committed.
            Some(known) if *inserted || known.id == item.event.id => {
                ids.push(item.event.id.clone());
                new.push(key(item));
            }
            Some(known) => ids.push(known.id),
            None => return Ok(Stored::Refused),
        }
    }
    let count = new.len();
    order::note(app, new);
    Ok(Stored::Ids { ids, new: count, learned })
}
