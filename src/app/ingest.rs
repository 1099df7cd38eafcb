//! Receiving: from the bytes of a delivery to one durable write, and only then to an answer.
//!
//! **Invariant:** never a receipt without one durable write, in D1 or in the `INTAKE` queue.
//! **Invariant:** bytes are verified before they are parsed, and the bytes verified are the bytes stored.
//!
//! **Length:** the whole way of a delivery is read from top to bottom here, with the two places where it may end.

use std::borrow::Cow;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::domain::event::{self, Event, Header, Opened};
use crate::domain::field::{self, Sighting};
use crate::domain::ids::{EventId, Token};
use crate::domain::payload::{self, Encoding, Kept, Reading};
use crate::domain::problem::{Kind, Problem};
use crate::domain::signature;
use crate::domain::source::{Source, SourceSettings};
use crate::domain::time::Timestamp;
use crate::store::runs::Existing;
use crate::store::{DatabaseError, Reason, Statement, decode, events, fields};

use super::durable::{self, Item, Stored};
use super::lookup::{self, Known};
use super::ports::{Level, Outgoing, QueueName};
use super::{After, App, learn, left, limits, order, privacy, storage, took_place, welcome, within};

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
    let envelope = Envelope::of(app, delivery, (delivery.header)("content-type"));
    let (items, many) = match familiar(app, known, delivery, &envelope) {
        Some(item) => (vec![item], false),
        None => {
            let content_type = envelope.content_type.as_deref();
            let reading = payload::read(delivery.body, content_type, delivery.query).map_err(refusal)?;
            if reading.items.iter().any(|item| item.kept.body.len() > MAX_KEPT) {
                return Err(refusal(payload::Refusal::PayloadTooLarge));
            }
            let many = reading.many;
            (items(app, known, delivery, envelope, reading)?, many)
        }
    };
    match durable::store(app, &delivery.token, known, &items, deadline).await {
        Some(Ok(Stored::Refused)) => Ok(None),
        Some(Ok(Stored::Ids { ids, new, learned })) => {
            let receipt = Receipt {
                duplicate: new == 0,
                ids,
                many,
                deferred: false,
                fields: items.first().map_or(0, |item| item.fields),
            };
            if new > 0 {
                limits::accepted(app, source, new, bytes(&items));
            }
            Ok(Some(Received { receipt, source: known.clone(), after: after(app, source, learned) }))
        }
        Some(Err(error)) if error.reason == Reason::NotMigrated => Err(error.into()),
        Some(Err(error)) => defer(app, known, items, many, &error.to_string()).await.map(Some),
        None => defer(app, known, items, many, "d1 took too long").await.map(Some),
    }
}

/// How many automations an event has come through. One that has come through more than can be counted is not a first one.
fn hop_of(header: &str) -> u8 {
    let number = |hop: &str| {
        let hop = hop.trim();
        let many = !hop.is_empty() && hop.bytes().all(|byte| byte.is_ascii_digit());
        hop.parse().unwrap_or(if many { u8::MAX } else { 0 })
    };
    // A header that stands there twice comes as a list.
    header.split(',').map(number).max().unwrap_or(0)
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

/// What the events of one delivery have in common.
struct Envelope {
    content_type: Option<String>,
    user_agent: Option<String>,
    query: Option<String>,
    test: bool,
    hop: u8,
    now: Timestamp,
}

impl Envelope {
    fn of(app: &App, delivery: &Delivery<'_>, content_type: Option<String>) -> Self {
        let header = delivery.header;
        Self {
            content_type,
            user_agent: header("user-agent").map(|agent| agent.chars().take(200).collect()),
            query: delivery.query.map(str::to_owned).filter(|query| !query.is_empty()),
            test: header("x-uncino-test").as_deref() == Some("1"),
            hop: header("x-uncino-hop").map_or(0, |hop| hop_of(&hop)),
            now: app.now(),
        }
    }

    fn event(
        &self,
        app: &App,
        source: &Source,
        kept: Kept,
        delivery_id: Option<String>,
        body_hash: Option<String>,
    ) -> Event {
        // A test must not make the real delivery that follows it a repetition.
        let apart = |id: String| if self.test { format!("test:{id}") } else { id };
        Event {
            id: EventId::new(self.now, app.entropy()),
            source_id: source.id.clone(),
            content_type: self.content_type.clone(),
            user_agent: self.user_agent.clone(),
            query: self.query.clone(),
            encoding: kept.encoding.as_str().to_owned(),
            body: kept.body,
            delivery_id: delivery_id.map(apart),
            body_hash: body_hash.map(apart),
            test: self.test,
            hop: self.hop,
        }
    }
}

/// The item of a delivery that is JSON, brings nothing new, and of which the source wants nothing but that it is kept: its
/// text is looked through, and never decoded.
fn familiar(app: &App, known: &Known, delivery: &Delivery<'_>, envelope: &Envelope) -> Option<Item> {
    let settings = &known.source.settings;
    let wants_values = settings.delivery_id_fields.is_some() || names_id_in_body(settings) || settings.storage.hides();
    if wants_values || envelope.query.is_some() {
        return None;
    }
    let text = payload::json_text(delivery.body, envelope.content_type.as_deref())?;
    let fields = known.fields_of_text(text)?;
    let delivery_id = event::delivery_id(&[], &payload::Object::new(), delivery.header, delivery.body, false);
    let body_hash = (settings.dedupe_window_s > 0).then(|| event::hash(delivery.body));
    let kept = Kept { encoding: Encoding::Text, body: text.to_owned() };
    let event = envelope.event(app, &known.source, kept, delivery_id, body_hash);
    Some(Item { event, fields, sightings: Vec::new() })
}

fn names_id_in_body(settings: &SourceSettings) -> bool {
    settings.verification.as_ref().is_some_and(signature::Verification::names_id_in_body)
}

fn items(
    app: &App,
    known: &Known,
    delivery: &Delivery<'_>,
    mut envelope: Envelope,
    reading: Reading,
) -> Result<Vec<Item>, Problem> {
    let source = &known.source;
    let header = delivery.header;
    let names = source.settings.delivery_id_fields.clone().unwrap_or_default();
    let stripe = names_id_in_body(&source.settings);
    let many = reading.many;
    let policies = &source.settings.storage;
    let cover = storage::cover(app, &source.id, policies)?;
    let query = envelope.query.clone();
    let item = |(index, mut item): (usize, payload::Item)| {
        let delivery_id = event::delivery_id(&names, &item.payload, header, delivery.body, stripe);
        let mut delivery_id = delivery_id.map(|id| if many { format!("{id}#{index}") } else { id });
        let body_hash = (source.settings.dedupe_window_s > 0).then(|| {
            // Without its query a delivery of the same body may say something else.
            let all = match &query {
                None => Cow::Borrowed(&item.kept.body),
                Some(query) => Cow::Owned(format!("{query}\0{}", item.kept.body)),
            };
            cover.as_ref().map_or_else(|| event::hash(all.as_bytes()), |cover| cover.body_hash(&all))
        });
        if let Some(cover) = &cover {
            delivery_id = delivery_id.map(|id| cover.delivery_id(id, &names, header));
            envelope.query = cover.item(&mut item, envelope.content_type.as_deref(), query.clone());
        }
        let (fields, sightings) = match known.fields_of(&item.payload) {
            Some(fields) => (fields, Vec::new()),
            None => {
                let mut flat = field::flatten(&item.payload);
                policies.cover(&mut flat.learned);
                (flat.fields.len(), flat.learned)
            }
        };
        Item { event: envelope.event(app, source, item.kept, delivery_id, body_hash), fields, sightings }
    };
    Ok(reading.items.into_iter().enumerate().map(item).collect())
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

/// After the answer: the runs' orders go to the queue, and what was learned to KV. Under load most have nothing to do.
fn after(app: &App, source: &Source, learned: bool) -> Option<After> {
    let send = order::send_noted(app);
    let count = limits::refresh(app, &source.id, source.settings.limits);
    if send.is_none() && count.is_none() && !learned {
        return None;
    }
    let (app, source) = (app.clone(), source.id.clone());
    Some(Box::pin(async move {
        if let Some(send) = send {
            send.await;
        }
        if learned {
            learn::publish(&app, &source).await;
        }
        if let Some(count) = count {
            count.await;
        }
    }))
}

/// What became of a deferred delivery.
pub struct Taken {
    /// The events that went in just now.
    pub new: Vec<Opened>,
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
        let mut seen = field::sightings(&event.payload());
        if let Some(source) = sources.iter().find(|source| source.id == event.source_id) {
            source.settings.storage.cover(&mut seen);
        }
        let sightings: Vec<&Sighting> = seen.iter().collect();
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
    Ok(Taken { new: new.into_iter().map(Opened::from).collect(), sources, learned, runs })
}
