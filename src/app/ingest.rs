//! Receiving: from the bytes of a delivery to one durable write, and only then to an answer.
//!
//! **Invariant:** never a receipt without one durable write, in D1 or in the `INTAKE` queue.
//! **Invariant:** bytes are verified before they are parsed, and the bytes verified are the bytes stored.
//!
//! **Length:** the whole way of a delivery is read from top to bottom here, with the two places where it may end.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::domain::event::{self, Event, Header};
use crate::domain::field::{self, Sighting};
use crate::domain::ids::{EventId, Token};
use crate::domain::limits::Limits;
use crate::domain::payload::{self, Reading};
use crate::domain::problem::{Kind, Problem};
use crate::domain::signature;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;
use crate::store::events::{Admission, EventKey, Known as KnownEvent};
use crate::store::runs::Existing;
use crate::store::{DatabaseError, Reason, Rows, Statement, decode, events, fields};

use super::lookup::{self, Known};
use super::ports::{Level, Outgoing, QueueName};
use super::{After, App, learn, limits, order, privacy, storage, took_place, welcome, within};

/// How long D1 may take before the event goes to `INTAKE` instead.
pub(super) const DATABASE_MS: u32 = 1_500;

/// How long `INTAKE` may take before the answer is 503.
const INTAKE_MS: u32 = 800;

/// **Limit:** bytes of a message in `INTAKE`: Cloudflare's 128 KB less 100 bytes of metadata, with some room.
const MAX_INTAKE: usize = 120_000;

/// **Limit:** bytes of what is kept of one event. A body of at most 1 MiB can be kept as more (base64, or JSON in the
/// place of a form's files), and D1 takes no text above 2,000,000 bytes.
const MAX_KEPT: usize = 1_900_000;

/// One HTTP request to a source.
pub struct Delivery<'a> {
    /// The token in its URL.
    pub token: Token,
    /// Names a header.
    pub header: Header<'a>,
    /// Its query string.
    pub query: Option<&'a str>,
    /// Its body, raw.
    pub body: &'a [u8],
    /// The page from which a browser sent it; `None` when it was no browser.
    pub origin: Option<&'a str>,
    /// What is rarely asked of the request.
    pub sent: &'a dyn Sent,
}

/// What only some sources need to know of a request, so that it is made only then.
pub trait Sent {
    /// The URL to which it was sent, as this worker saw it.
    fn url(&self) -> String;
    /// The names of its headers.
    fn header_names(&self) -> Vec<String>;
}

impl Delivery<'_> {
    /// The URLs by which its sender may know the source: the public one, and the one to which it was sent.
    pub(super) fn urls(&self, app: &App) -> Vec<String> {
        let query = self.query.map_or_else(String::new, |query| format!("?{query}"));
        let public = app.settings().public_url.as_ref();
        let public = public.map(|url| format!("{url}/in/{}{query}", self.token.as_str()));
        public.into_iter().chain([self.sent.url()]).collect()
    }
}

/// What became of a delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The events; of a repeated delivery the first ones.
    pub ids: Vec<EventId>,
    /// Whether it was an array, and is answered with a list of ids.
    pub many: bool,
    /// Whether all of it had been received before.
    pub duplicate: bool,
    /// Whether it waits in `INTAKE` for D1.
    pub deferred: bool,
    /// How many fields the event has; of an array, the first one.
    pub fields: usize,
}

/// A receipt, and what is done after it was handed over.
pub struct Received {
    /// What is answered.
    pub receipt: Receipt,
    /// The source, for how it wants to answer.
    pub source: Rc<Known>,
    /// Handing off the runs, and publishing what was learned.
    pub after: Option<After>,
}

/// One item on its way into the database.
struct Item {
    event: Event,
    sightings: Vec<Sighting>,
    fields: usize,
}

/// An event that D1 could not take, as it waits in `INTAKE`.
#[derive(Serialize, Deserialize)]
pub struct Deferred {
    /// The events of one delivery.
    pub intake: Vec<Event>,
}

/// Receives a delivery.
///
/// # Errors
/// The refusals of the HTTP contract, by their codes.
pub async fn receive(app: &App, delivery: &Delivery<'_>) -> Result<Received, Problem> {
    let deadline = app.now().plus_ms(i64::from(DATABASE_MS));
    let mut known = in_time(app, deadline, lookup::find(app, &delivery.token)).await?;
    limits::within_rate(app, &known.source, delivery).await?;
    let mut asked = known.is_fresh(app.now());
    // Another round only when the source's rules changed, or might have, between look-up and verdict.
    for _ in 0..3 {
        match attempt(app, delivery, &known, deadline).await {
            Ok(Some(received)) => return Ok(received),
            // A cache may not know yet what the operator has just allowed: only D1 says no.
            Err(problem) if asked || !matches!(problem.kind, Kind::Unauthorized | Kind::Forbidden | Kind::TooMany) => {
                return Err(problem);
            }
            Ok(None) | Err(_) => {}
        }
        known = in_time(app, deadline, lookup::from_database(app, &delivery.token)).await?;
        asked = true;
    }
    Err(unavailable("the source keeps changing"))
}

fn left(app: &App, deadline: Timestamp) -> u32 {
    u32::try_from(deadline.since(app.now())).unwrap_or(0)
}

pub(super) async fn in_time(
    app: &App,
    deadline: Timestamp,
    look_up: impl Future<Output = Result<Rc<Known>, Problem>>,
) -> Result<Rc<Known>, Problem> {
    let in_time = within(app, left(app, deadline), look_up).await;
    in_time.unwrap_or_else(|| Err(unavailable("the look-up of the source took too long")))
}

async fn attempt(
    app: &App,
    delivery: &Delivery<'_>,
    known: &Rc<Known>,
    deadline: Timestamp,
) -> Result<Option<Received>, Problem> {
    let source = &known.source;
    limits::within_day(app, source)?;
    welcome::verify(app, source, delivery)?;
    let content_type = (delivery.header)("content-type");
    let reading = payload::read(delivery.body, content_type.as_deref(), delivery.query).map_err(refusal)?;
    if reading.items.iter().any(|item| item.kept.body.len() > MAX_KEPT) {
        return Err(refusal(payload::Refusal::PayloadTooLarge));
    }
    let many = reading.many;
    let items = items(app, source, delivery, content_type, reading)?;
    match within(app, left(app, deadline), store(app, delivery, known, &items)).await {
        Some(Ok(Stored::Refused)) => Ok(None),
        Some(Ok(Stored::Ids { ids, new, learned })) => {
            let receipt = Receipt {
                duplicate: new.is_empty(),
                ids,
                many,
                deferred: false,
                fields: items.first().map_or(0, |item| item.fields),
            };
            let source_id = source.id.clone();
            let keys = new.into_iter().map(|id| EventKey(source_id.clone(), id)).collect::<Vec<_>>();
            limits::accepted(app, source, keys.len(), bytes(&items));
            let set = source.settings.limits;
            let after = (!keys.is_empty()).then(|| -> After { Box::pin(hand_off(app.clone(), keys, learned, set)) });
            Ok(Some(Received { receipt, source: known.clone(), after }))
        }
        Some(Err(error)) if error.reason == Reason::NotMigrated => Err(error.into()),
        Some(Err(error)) => defer(app, known, items, many, &error.to_string()).await.map(Some),
        None => defer(app, known, items, many, "d1 took too long").await.map(Some),
    }
}

fn bytes(items: &[Item]) -> usize {
    items.iter().map(|item| item.event.body.len()).sum()
}

fn refusal(refusal: payload::Refusal) -> Problem {
    let kind = match refusal.code() {
        "payload_too_large" | "too_many_items" => Kind::TooLarge,
        "unsupported_media_type" => Kind::UnsupportedMedia,
        _ => Kind::Malformed,
    };
    Problem::new(kind, refusal.code(), refusal.message())
}

fn items(
    app: &App,
    source: &Source,
    delivery: &Delivery<'_>,
    content_type: Option<String>,
    reading: Reading,
) -> Result<Vec<Item>, Problem> {
    let header = delivery.header;
    let now = app.now();
    let test = header("x-uncino-test").as_deref() == Some("1");
    let user_agent = header("user-agent").map(|agent| agent.chars().take(200).collect::<String>());
    let hop = header("x-uncino-hop").and_then(|hop| hop.trim().parse::<u8>().ok()).unwrap_or(0);
    let names = source.settings.delivery_id_fields.clone().unwrap_or_default();
    let stripe = source.settings.verification.as_ref().is_some_and(signature::Verification::names_id_in_body);
    let many = reading.many;
    // A test must not make the real delivery that follows it a repetition.
    let apart = |id: String| if test { format!("test:{id}") } else { id };
    let policies = &source.settings.storage;
    let cover = storage::cover(app, &source.id, policies)?;
    let item = |(index, mut item): (usize, payload::Item)| {
        let delivery_id = event::delivery_id(&names, &item.payload, header, delivery.body, stripe);
        let mut delivery_id = delivery_id.map(|id| if many { format!("{id}#{index}") } else { id });
        let body_hash = (source.settings.dedupe_window_s > 0).then(|| match &cover {
            None => event::hash(item.kept.body.as_bytes()),
            Some(cover) => cover.body_hash(&item.kept.body),
        });
        let mut query = delivery.query.map(str::to_owned).filter(|query| !query.is_empty());
        if let Some(cover) = &cover {
            delivery_id = delivery_id.map(|id| cover.delivery_id(id, &names, header));
            query = cover.item(&mut item, content_type.as_deref(), query);
        }
        let mut flat = field::flatten(&item.payload);
        policies.cover(&mut flat.learned);
        let event = Event {
            id: EventId::new(now, app.entropy()),
            source_id: source.id.clone(),
            content_type: content_type.clone(),
            user_agent: user_agent.clone(),
            query,
            encoding: item.kept.encoding.as_str().to_owned(),
            body: item.kept.body,
            delivery_id: delivery_id.map(apart),
            body_hash: body_hash.map(apart),
            test,
            hop,
        };
        Item { event, fields: flat.fields.len(), sightings: flat.learned }
    };
    Ok(reading.items.into_iter().enumerate().map(item).collect())
}

enum Stored {
    /// The source's rules are not those under which the delivery was verified.
    Refused,
    Ids {
        /// One id an item, in order; of a repeated one the first.
        ids: Vec<EventId>,
        /// Those that went in.
        new: Vec<EventId>,
        /// Whether the ledger has learned something.
        learned: bool,
    },
}

/// The one durable write. A passing failure is tried once more: every id is ours, so nothing is stored twice.
async fn store(app: &App, delivery: &Delivery<'_>, known: &Known, items: &[Item]) -> Result<Stored, DatabaseError> {
    let source = &known.source;
    let now = app.now();
    let window = i64::from(source.settings.dedupe_window_s) * 1_000;
    let equal_since = (window > 0).then(|| now.plus_ms(-window));
    let rules = Admission { token: delivery.token.clone(), revision: source.revision, equal_since, now };
    let (statements, news) = writes(known, items, &rules, now);
    let results = match app.db().batch(statements).await {
        // Written down again rather than copied before: the first try nearly always does, and a body may be long.
        Err(error) if error.reason == Reason::Unavailable => {
            app.db().batch(writes(known, items, &rules, now).0).await?
        }
        results => results?,
    };
    // Behind the inserts stand pairs: what is learned, and the schema's revision.
    let learned = (items.len()..results.len()).step_by(2).any(|index| took_place(&results, index));
    let inserted: Vec<bool> = (0..items.len()).map(|index| took_place(&results, index)).collect();
    let stored = news.into_iter().filter(|(item, _)| inserted.get(*item).is_some_and(|inserted| *inserted));
    known.learned(stored.map(|(_, seen)| seen));
    let new: Vec<EventId> =
        items.iter().zip(&inserted).filter(|(_, new)| **new).map(|(item, _)| item.event.id.clone()).collect();
    if new.len() == items.len() {
        return Ok(Stored::Ids { ids: new.clone(), new, learned });
    }
    resolve(app, items, &inserted, equal_since, learned).await
}

/// The statements of one durable write: an insert an event, and two more when its shape is new. Beside them what is new,
/// each with its item's index.
///
/// What an item brings is left out when one before it brings it, but only where that one is sure to be stored with it: a
/// repeated item is not, and teaches nothing.
fn writes<'a>(
    known: &Known,
    items: &'a [Item],
    rules: &Admission,
    now: Timestamp,
) -> (Vec<Statement>, Vec<(usize, &'a Sighting)>) {
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
            statements.push(fields::schema_changed(source_id, now));
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
                new.push(item.event.id.clone());
            }
            Some(known) => ids.push(known.id),
            None => return Ok(Stored::Refused),
        }
    }
    Ok(Stored::Ids { ids, new, learned })
}

/// D1 does not take the event: it goes whole to `INTAKE`, or the sender is told to come back.
async fn defer(app: &App, known: &Rc<Known>, items: Vec<Item>, many: bool, why: &str) -> Result<Received, Problem> {
    app.log(Level::Warn, &format!("d1 did not take an event of {}, trying the intake queue: {why}", known.source.id));
    let fields = items.first().map_or(0, |item| item.fields);
    let size = bytes(&items);
    let events: Vec<Event> = items.into_iter().map(|item| item.event).collect();
    let ids: Vec<EventId> = events.iter().map(|event| event.id.clone()).collect();
    let body =
        serde_json::to_string(&Deferred { intake: events }).map_err(|error| Problem::internal(error.to_string()))?;
    if body.len() > MAX_INTAKE {
        return Err(unavailable("d1 does not answer and the event is too large for a message"));
    }
    let message = Outgoing { body, delay_s: super::consume::intake::again_s(app) };
    match within(app, INTAKE_MS, app.ports.queues.send(QueueName::Intake, vec![message])).await {
        Some(Ok(())) => {
            limits::accepted(app, &known.source, ids.len(), size);
            let receipt = Receipt { ids, many, duplicate: false, deferred: true, fields };
            Ok(Received { receipt, source: known.clone(), after: None })
        }
        Some(Err(error)) => Err(unavailable(&format!("neither d1 nor the intake queue took it: {error}"))),
        None => Err(unavailable("neither d1 nor the intake queue took it in time")),
    }
}

pub(super) fn unavailable(context: &str) -> Problem {
    let message = "the event could not be stored now, so it was not accepted; send it again in a moment";
    Problem::new(Kind::Unavailable, "storage_unavailable", message).retry_after(5).with_context(context)
}

/// After the answer: the runs' orders go to the queue, and what was learned to KV.
async fn hand_off(app: App, keys: Vec<EventKey>, learned: bool, set: Limits) {
    let source = keys.first().map(|key| key.0.clone());
    order::send_events(&app, &keys).await;
    let Some(source) = source else { return };
    if learned {
        learn::publish(&app, &source).await;
    }
    limits::refresh(&app, &source, set).await;
}

/// What became of a deferred delivery.
pub struct Taken {
    /// The events that went in just now.
    pub new: Vec<Event>,
    /// Their sources.
    pub sources: Vec<Source>,
    /// Whether the ledger has learned something.
    pub learned: bool,
    /// The runs that were made for them.
    pub runs: Vec<Existing>,
}

/// Stores a deferred delivery and makes its runs, in one transaction. The same message again changes nothing.
///
/// # Errors
/// When D1 still does not take it.
pub async fn take_deferred(app: &App, mut deferred: Deferred) -> Result<Taken, DatabaseError> {
    let now = app.now();
    privacy::drop_erased(app, &mut deferred.intake).await?;
    let sources = storage::hide_again(app, &mut deferred.intake).await?;
    let mut statements: Vec<Statement> = deferred.intake.iter().map(|event| events::insert(event, None)).collect();
    for event in &deferred.intake {
        let mut flat = field::flatten(&event.payload());
        if let Some(source) = sources.iter().find(|source| source.id == event.source_id) {
            source.settings.storage.cover(&mut flat.learned);
        }
        let sightings: Vec<&Sighting> = flat.learned.iter().collect();
        statements.push(order::queued_runs(&event.source_id, &event.id, now));
        statements.push(fields::learn(&event.source_id, &event.id, &sightings, event.test));
        statements.push(fields::schema_changed(&event.source_id, now));
    }
    let results = app.db().batch(statements).await?;
    let count = deferred.intake.len();
    let mut runs = Vec::new();
    for rows in results.iter().skip(count).step_by(3) {
        runs.extend(decode::<Existing>(rows.clone())?);
    }
    let new = deferred.intake.into_iter().enumerate().filter(|(index, _)| took_place(&results, *index));
    // Behind the inserts stand threes: the runs, what is learned, and the schema's revision.
    let learned = (count + 1..results.len()).step_by(3).any(|index| took_place(&results, index));
    let mut new = new.map(|(_, event)| event).collect();
    // Somebody may have been erased between the look before and the store.
    privacy::drop_erased(app, &mut new).await?;
    Ok(Taken { new, sources, learned, runs })
}
