//! What is known about a person: handed over, and erased with a receipt.
//!
//! Both walk over every table along its key, piece by piece, and read what each row says in all its notations; nothing
//! is found by searching in SQL. A request does as much as fits into it. An erasure goes on in the sweep, because it must
//! come to its end; an export is asked on with its cursor, and nothing of it is kept. What was under way while an erasure
//! went through the tables and was written behind it is found by its second look ([`again`]).
//!
//! **Invariant:** a receipt holds ids and counts and a keyed hash, never the number or the address.
//!
//! **Length:** what is erased and what is exported stand side by side, so that a table that one of them knows is not
//! forgotten in the other.

use serde_json::Value;

use crate::domain::contact::subject::{Search, Subject};
use crate::domain::event::Event;
use crate::domain::field;
use crate::domain::ids::{AutomationId, ContactId, ErasureId, EventId, RunId, SourceId};
use crate::domain::input::Reader;
use crate::domain::payload;
use crate::domain::problem::{Kind, Problem, verdict};
use crate::domain::run::{Run, machine};
use crate::domain::signature::hmac_sha256;
use crate::store::contacts::Contact;
use crate::store::outbox::Message;
use crate::store::privacy::{self, Erasure, Found, Place, Row, Since, Stage};
use crate::store::{DatabaseError, Page, captures, contacts, events, fields, outbox, runs};

use super::{App, learn, took_place};

mod again;

pub use again::{drop_erased, look_again};

/// **Limit:** pieces of a walk in one request. Each takes some milliseconds and a few calls of D1, of which one request
/// may make a thousand; most installations are walked through at once.
const PIECES_OF_REQUEST: usize = 30;

/// **Limit:** pieces of one erasure in one sweep.
const PIECES_OF_SWEEP: usize = 30;

/// **Limit:** bytes of data, roughly, in one answer of an export, beyond its last row.
const MOST_EXPORTED: usize = 2_000_000;

fn read_subject<'a>(app: &App, reader: &mut Reader<'a>) -> Option<Subject> {
    Subject::read(reader, &app.settings().default_country)
}

/// For whom a walk looks, and among what.
struct Walk<'a> {
    /// Whether a text mentions the person.
    finds: &'a dyn Fn(&str) -> bool,
    /// Of a second look: since when.
    since: Option<Since>,
}

/// What the keys are for that are derived for receipts.
const HASHES: &str = "erasures";

/// The hash by which a receipt knows its person.
fn subject_hash(key: &[u8; 32], kind: &str, value: &str) -> String {
    field::hashed(&hmac_sha256(key, &[kind.as_bytes(), b":", value.as_bytes()]).unwrap_or_default())
}

/// Erases what is known about a person, or goes on with it.
///
/// # Errors
/// The faults of the body; `no_secret_key`, without which no receipt could be made.
pub async fn erase(app: &App, value: &Value) -> Result<Erasure, Problem> {
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let subject = read_subject(app, &mut reader);
    verdict(reader.finish())?;
    let subject = subject.ok_or_else(|| Problem::internal("an erasure of nobody passed its checks"))?;
    let sealer = app.config.sealer.as_ref().ok_or_else(super::connections::no_key)?;
    let (now, hash) = (app.now(), subject_hash(sealer.derive(HASHES).expose(), subject.kind(), subject.value()));
    let id = ErasureId::new(now, app.entropy());
    let erasure = Erasure {
        sealed: Some(super::connections::seal(app, id.as_str(), subject.value().as_bytes())?),
        id,
        kind: subject.kind().to_owned(),
        subject: hash,
        place: Some(Place::START.to_text()),
        found: Found::default(),
        created_at: now,
        finished_at: None,
        again_at: None,
        again_place: None,
        again_done: None,
    };
    let inserted = app.db().batch(vec![privacy::insert(&erasure)]).await?;
    let erasure = match took_place(&inserted, 0) {
        true => erasure,
        false => match privacy::open_of(app.db(), &erasure.subject).await? {
            Some(open) => open,
            // It came to its end in this moment.
            None => return Err(super::sources::changed_meanwhile()),
        },
    };
    Ok(go_on(app, erasure, &subject, PIECES_OF_REQUEST).await?)
}

/// An erasure: its progress, or its receipt.
pub async fn get(app: &App, id: &ErasureId) -> Result<Erasure, Problem> {
    privacy::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("erasure", id))
}

/// Erasures, newest first.
pub async fn list(app: &App, page: &Page) -> Result<Vec<Erasure>, Problem> {
    Ok(privacy::list_erasures(app.db(), page).await?)
}

/// Carries every erasure on that is under way.
pub async fn advance(app: &App) -> Result<(), DatabaseError> {
    for erasure in privacy::open(app.db()).await? {
        let sealed = erasure.sealed.clone().unwrap_or_default();
        match super::connections::unseal(app, erasure.id.as_str(), &sealed) {
            Ok(plain) => {
                let value = String::from_utf8_lossy(&plain).into_owned();
                if let Some(subject) = Subject::from_parts(&erasure.kind, &value) {
                    go_on(app, erasure, &subject, PIECES_OF_SWEEP).await?;
                }
            }
            Err(problem) => {
                let line = format!("{} cannot go on until its key is set again: {}", erasure.id, problem.message);
                app.log(super::ports::Level::Error, &line);
            }
        }
    }
    Ok(())
}

async fn go_on(app: &App, mut erasure: Erasure, subject: &Subject, pieces: usize) -> Result<Erasure, DatabaseError> {
    let search = subject.search(&app.settings().default_country);
    let walk = Walk { finds: &|text| search.finds(text), since: None };
    for _ in 0..pieces {
        let Some(place) = erasure.place.as_deref().and_then(Place::parse) else {
            break;
        };
        let next = erase_piece(app, &place, &walk, &mut erasure.found).await?;
        let text = next.as_ref().map(Place::to_text);
        let now = app.now();
        let mut statements = vec![privacy::advance(&erasure, text.as_deref(), now, again::due(now))];
        if text.is_none() {
            // Neither what could not be read nor what is sealed says of whom it speaks.
            statements.extend([privacy::forget_refused(), captures::forget_all()]);
        }
        let moved = app.db().batch(statements).await?;
        if !took_place(&moved, 0) {
            // Somebody else carries it on; what was just done is done.
            return Ok(privacy::get(app.db(), &erasure.id).await?.unwrap_or(erasure));
        }
        erasure.place = text;
        if erasure.place.is_none() {
            erasure.finished_at = Some(now);
            erasure.again_at = Some(again::due(now));
        }
    }
    Ok(erasure)
}

/// Erases one piece, and says where the next one begins.
async fn erase_piece(
    app: &App,
    place: &Place,
    walk: &Walk<'_>,
    found: &mut Found,
) -> Result<Option<Place>, DatabaseError> {
    let after = place.after.as_deref();
    if place.stage == Stage::Events {
        let mut reached = None;
        let (mut keys, mut named) = (Vec::new(), Vec::new());
        for read in privacy::events(app.db(), after, walk.since).await? {
            reached = Some(read.key());
            let Some(event) = events::whole(app.db(), read).await? else { continue };
            let by_id = event.delivery_id.as_deref().is_some_and(walk.finds);
            if by_id || mentions(&event, walk.finds) {
                keys.push(event_key(&event));
                if by_id {
                    named.push(event.id.to_string());
                }
            }
        }
        erase_events(app, &keys, &named, found).await?;
        return Ok(next_place(place, reached));
    }
    let rows = privacy::rows(app.db(), place.stage, after, walk.since).await?;
    let reached = rows.last().map(|row| row.0.clone());
    let mut keys = Vec::new();
    for row in rows {
        if row_mentions(app, place.stage, &row, walk.finds).await? {
            keys.push(row.0);
        }
    }
    if !keys.is_empty() {
        erase_rows(app, place.stage, &keys, walk.finds, found).await?;
    }
    Ok(next_place(place, reached))
}

/// Forgets events, with everything that their runs hold; `named` are those whose delivery id mentions the person.
async fn erase_events(app: &App, keys: &[String], named: &[String], found: &mut Found) -> Result<(), DatabaseError> {
    if keys.is_empty() {
        return Ok(());
    }
    cancel(app, runs::open_of_events(app.db(), keys).await?, found).await?;
    let statements = vec![
        privacy::forget_events(keys, named),
        runs::empty_of(keys),
        privacy::delete_messages_of(keys),
        privacy::delete_reports_of(keys),
    ];
    let mut results = app.db().batch(statements).await?.into_iter();
    for event in results.next().unwrap_or_default() {
        found.add("events", event);
    }
    for run in crate::store::decode::<runs::Existing>(results.next().unwrap_or_default())? {
        found.add("runs", RunId { event: run.0, automation: run.1, number: run.2 }.to_string());
    }
    for message in results.next().unwrap_or_default() {
        found.add("outbox", message);
    }
    Ok(())
}

async fn erase_rows(
    app: &App,
    stage: Stage,
    keys: &[String],
    finds: &dyn Fn(&str) -> bool,
    found: &mut Found,
) -> Result<(), DatabaseError> {
    match stage {
        Stage::Events => {}
        Stage::Runs => {
            let mut open = Vec::new();
            for id in keys.iter().filter_map(|key| run_id(key)) {
                open.extend(runs::get(app.db(), &id).await?.filter(|run| run.open.is_some()));
            }
            cancel(app, open, found).await?;
            let statements = vec![runs::empty(keys), privacy::delete_reports(keys)];
            let rows = app.db().batch(statements).await?.into_iter().next().unwrap_or_default();
            for run in crate::store::decode::<runs::Existing>(rows)? {
                found.add("runs", RunId { event: run.0, automation: run.1, number: run.2 }.to_string());
            }
        }
        Stage::Outbox => {
            let rows = app.db().batch(vec![privacy::delete_messages(keys)]).await?.into_iter().next();
            rows.unwrap_or_default().into_iter().for_each(|event| found.add("outbox", event));
        }
        Stage::Contacts => {
            let rows = app.db().batch(vec![privacy::delete_contacts(keys)]).await?.into_iter().next();
            rows.unwrap_or_default().into_iter().for_each(|contact| found.add("contacts", contact));
        }
        Stage::Tallies => {
            for (source,) in keys.iter().filter_map(|key| serde_json::from_str::<(SourceId,)>(key).ok()) {
                learn::fold(app, &source).await?;
            }
        }
        Stage::Fields => {
            let mut statements = vec![privacy::forget_samples(keys)];
            let mut sources: Vec<SourceId> = Vec::new();
            for (source, path) in keys.iter().filter_map(|key| serde_json::from_str::<(SourceId, String)>(key).ok()) {
                // A sender that uses numbers as names has taught the number itself.
                if finds(&path) {
                    statements.push(fields::forget(&source, &path));
                }
                found.add("fields", source.to_string());
                if !sources.contains(&source) {
                    sources.push(source);
                }
            }
            statements.push(privacy::unpublish(&sources, app.now()));
            app.db().batch(statements).await?;
            for source in &sources {
                learn::publish(app, source).await;
            }
        }
    }
    Ok(())
}

/// Cancels runs that are not over. One that went on in the same moment is left to its worker: it will be looked at
/// again with the runs.
async fn cancel(app: &App, open: Vec<Run>, found: &mut Found) -> Result<(), DatabaseError> {
    let now = app.now();
    let mut statements = Vec::with_capacity(open.len());
    let mut ids = Vec::with_capacity(open.len());
    for mut run in open {
        let before = (run.status, run.open);
        if machine::cancel(&mut run, now).is_ok() {
            statements.push(runs::decide(&run, before.0, before.1));
            ids.push(run.id.to_string());
        }
    }
    if statements.is_empty() {
        return Ok(());
    }
    let results = app.db().batch(statements).await?;
    for (id, rows) in ids.into_iter().zip(results) {
        if !rows.is_empty() {
            found.add("cancelled", id);
        }
    }
    Ok(())
}

/// Where a walk goes on: behind what was reached, else in the next table; `None` at the end of all.
fn next_place(place: &Place, reached: Option<String>) -> Option<Place> {
    match reached {
        Some(key) => Some(Place { stage: place.stage, after: Some(key) }),
        None => place.stage.next().map(|stage| Place { stage, after: None }),
    }
}

/// Whether an event mentions a person, in its body or around it.
fn mentions(event: &Event, finds: &dyn Fn(&str) -> bool) -> bool {
    texts(event).any(|text| finds(&text))
}

/// Every text of an event but its delivery id.
fn texts(event: &Event) -> impl Iterator<Item = String> {
    let around = [&event.query, &event.user_agent, &event.content_type].into_iter().flatten().cloned();
    around.chain(std::iter::once_with(|| payload::readable(&event.kept()).into_owned()))
}

async fn row_mentions(app: &App, stage: Stage, row: &Row, finds: &dyn Fn(&str) -> bool) -> Result<bool, DatabaseError> {
    Ok(match &row.1 {
        Some(text) => finds(text),
        None => finds(&privacy::text_of(app.db(), stage, &row.0).await?),
    })
}

fn event_key(event: &Event) -> String {
    format!("[\"{}\",\"{}\"]", event.source_id, event.id)
}

fn run_id(key: &str) -> Option<RunId> {
    let (event, automation, number) = serde_json::from_str::<(EventId, AutomationId, u32)>(key).ok()?;
    Some(RunId { event, automation, number })
}

/// Something that is known about a person.
pub enum Known {
    /// An event, as it is stored.
    Event(Box<Event>),
    /// A run.
    Run(Box<Run>),
    /// A message that was not sent.
    Message(Box<Message>),
    /// A contact.
    Contact(Box<Contact>),
    /// Samples of a field that mention the person, or its very name.
    Field(SourceId, Box<field::Field>),
}

/// A part of what is known about a person, and the cursor with which the rest is asked for; none when this was all.
pub async fn export(app: &App, value: &Value) -> Result<(Vec<Known>, Option<String>), Problem> {
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let cursor = reader.text("cursor", 500);
    let subject = read_subject(app, &mut reader);
    verdict(reader.finish())?;
    let subject = subject.ok_or_else(|| Problem::internal("an export of nobody passed its checks"))?;
    let mut place = match cursor {
        None => Place::START,
        Some(text) => Place::parse(&text).ok_or_else(|| {
            let message = "the cursor is not one that this export gave; begin again without it";
            Problem::new(Kind::Malformed, "invalid_cursor", message)
        })?,
    };
    let search = subject.search(&app.settings().default_country);
    let (mut known, mut bytes) = (Vec::new(), 0);
    for _ in 0..PIECES_OF_REQUEST {
        bytes += export_piece(app, &mut place, &search, &mut known).await?;
        if place.after.is_none() {
            // Nothing was reached: this table is at its end.
            match place.stage.next() {
                Some(stage) => place.stage = stage,
                None => return Ok((known, None)),
            }
        }
        if bytes > MOST_EXPORTED {
            break;
        }
    }
    Ok((known, Some(place.to_text())))
}

/// Gathers one piece and moves the place behind it, to nowhere when the table has no more; gives its size.
async fn export_piece(
    app: &App,
    place: &mut Place,
    search: &Search,
    known: &mut Vec<Known>,
) -> Result<usize, DatabaseError> {
    let after = place.after.take();
    let finds: &dyn Fn(&str) -> bool = &|text| search.finds(text);
    let mut bytes = 0;
    if place.stage == Stage::Events {
        for read in privacy::events(app.db(), after.as_deref(), None).await? {
            place.after = Some(read.key());
            let Some(event) = events::whole(app.db(), read).await? else { continue };
            if event.delivery_id.as_deref().is_some_and(finds) || mentions(&event, finds) {
                bytes += event.body.len();
                known.push(Known::Event(Box::new(event)));
            }
        }
        return Ok(bytes);
    }
    for row in privacy::rows(app.db(), place.stage, after.as_deref(), None).await? {
        let mentioned = row_mentions(app, place.stage, &row, finds).await?;
        if mentioned {
            bytes += row.1.as_ref().map_or(MOST_EXPORTED, String::len);
            known.extend(known_row(app, place.stage, &row.0, search).await?);
        }
        place.after = Some(row.0);
    }
    Ok(bytes)
}

async fn known_row(app: &App, stage: Stage, key: &str, search: &Search) -> Result<Option<Known>, DatabaseError> {
    let boxed = |run: Run| Known::Run(Box::new(run));
    Ok(match stage {
        Stage::Events => None,
        Stage::Runs => match run_id(key) {
            Some(id) => runs::get(app.db(), &id).await?.map(boxed),
            None => None,
        },
        Stage::Outbox => match serde_json::from_str::<(EventId, AutomationId, u32, String)>(key) {
            Ok((event, automation, number, step)) => {
                let id = RunId { event, automation, number };
                outbox::get(app.db(), &id, &step).await?.map(|message| Known::Message(Box::new(message)))
            }
            Err(_) => None,
        },
        Stage::Contacts => match serde_json::from_str::<(ContactId,)>(key) {
            Ok((id,)) => contacts::get(app.db(), &id).await?.map(|contact| Known::Contact(Box::new(contact))),
            Err(_) => None,
        },
        Stage::Tallies => {
            if let Ok((source,)) = serde_json::from_str::<(SourceId,)>(key) {
                learn::fold(app, &source).await?;
            }
            None
        }
        Stage::Fields => match serde_json::from_str::<(SourceId, String)>(key) {
            Ok((source, path)) => {
                let found = fields::list(app.db(), &source).await?.into_iter().find(|field| field.path == path);
                found.map(|mut field| {
                    // The others are somebody else's.
                    field.samples.retain(|sample| search.finds(sample));
                    Known::Field(source, Box::new(field))
                })
            }
            Err(_) => None,
        },
    })
}
