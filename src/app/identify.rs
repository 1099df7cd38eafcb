//! Verify by example: which scheme signed the deliveries that came lately, found with the secret alone.
//!
//! The first question opens a window: for 15 minutes the headers that may tell where a delivery comes from are kept,
//! sealed, of the last few deliveries, also of those that were refused for their signature. The next question tries
//! every scheme on them. A source outside of its window pays nothing: that it has none stands in its settings, which
//! whoever receives has in hand. What is kept never stands on the way of a delivery: it is written after the answer.
//!
//! It never keeps a cookie, nor the secret with which it is asked, nor anything of a source that must not store a field: the
//! URL and the body would hold it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::ids::{EventId, SourceId};
use crate::domain::problem::{Kind, Problem};
use crate::domain::signature::{self, Verification, is_telling, search};
use crate::domain::source::Source;
use crate::domain::time::Timestamp;
use crate::store::captures::{self, Capture};
use crate::store::{DatabaseError, events};

use super::ingest::{Delivery, Received};
use super::ports::Level;
use super::{After, App, lookup, sources};

/// How long what was kept is kept after an operator asked.
const WINDOW_MS: i64 = 900_000;

/// **Limit:** headers of one delivery that are kept, the characters of each, and of its URL.
const MAX_HEADERS: usize = 20;
const MAX_VALUE: usize = 1_000;

/// **Limit:** bytes of a body. Where no event holds it, it is kept sealed, and base64, seal and base64 again must fit
/// into a row that is read whole; and every question hashes it some dozens of times.
const MAX_BODY: usize = 64 * 1024;

/// **Limit:** deliveries that one isolate keeps something of in ten seconds, so that a flood in the window costs the
/// database little.
const MAX_CAPTURES: u32 = 10;
const BUDGET_MS: i64 = 10_000;

/// What is sealed of a delivery: `headers` by their names in small letters, `urls`, and `body` in base64 when no event
/// holds it.
type Kept = Value;

/// What was found.
pub struct Identified {
    /// The rules that fit, the named schemes first.
    pub matches: Vec<Verification>,
    /// Until when the window is open.
    pub until: Timestamp,
    /// How many deliveries were looked at.
    pub captured: usize,
}

/// Tries a secret on what was kept, or opens the window.
pub async fn identify(app: &App, id: &SourceId, secret: &str) -> Result<Identified, Problem> {
    let mut source = sources::get(app, id).await?;
    if source.settings.storage.hides() {
        let message = "fields of this source are hashed or not stored, so nothing of its deliveries may be kept to try a \
                       secret on; set the scheme by its name, or show all fields for as long as you ask";
        return Err(Problem::new(Kind::Conflict, "hidden_fields", message));
    }
    let now = app.now();
    let Some(until) = source.settings.capture_until.filter(|until| *until > now) else {
        let until = now.plus_ms(WINDOW_MS);
        source.settings.capture_until = Some(until);
        // Told before the window opens, not by deliveries of which nothing could be kept.
        super::connections::seal(app, id.as_str(), b"")?;
        app.db().batch(vec![captures::forget(id)]).await?;
        sources::store(app, source).await?;
        return Ok(Identified { matches: Vec::new(), until, captured: 0 });
    };
    let mut found = Identified { matches: Vec::new(), until, captured: 0 };
    for capture in captures::list(app.db(), id, now).await? {
        let plain = super::connections::unseal(app, &owner(id, &capture.id), &capture.sealed)?;
        let kept: Kept = serde_json::from_slice(&plain).map_err(|error| Problem::internal(error.to_string()))?;
        let Some(body) = body(app, &capture, &kept).await? else { continue };
        found.captured += 1;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let header = |name: &str| kept.get("headers")?.get(name.to_ascii_lowercase()).and_then(text);
        let urls = || kept.get("urls").and_then(Value::as_array).into_iter().flatten().filter_map(text).collect();
        let at = capture.id.received_at();
        let delivery = signature::Delivery { header: &header, urls: &urls, body: &body, now: at };
        let headers = kept.get("headers").and_then(Value::as_object);
        let names: Vec<String> = headers.into_iter().flat_map(Map::keys).cloned().collect();
        for rule in search(secret, &names, &delivery) {
            if !found.matches.contains(&rule) {
                found.matches.push(rule);
            }
        }
    }
    Ok(found)
}

/// The bytes that were signed; `None` when nothing holds them any more.
async fn body(app: &App, capture: &Capture, kept: &Kept) -> Result<Option<Vec<u8>>, Problem> {
    if let Some(body) = kept.get("body").and_then(Value::as_str) {
        return Ok(STANDARD.decode(body).ok());
    }
    let Some(id) = &capture.event_id else { return Ok(None) };
    let Some(event) = events::get(app.db(), id).await? else { return Ok(None) };
    Ok(match event.encoding.as_str() {
        "text" => Some(event.body.into_bytes()),
        "base64" => STANDARD.decode(&event.body).ok(),
        // A body that had files, or is forgotten.
        _ => None,
    })
}

/// Keeps what may tell where a delivery comes from, if its source's window is open. What is returned is done after the
/// answer.
pub fn note(app: &App, delivery: &Delivery<'_>, outcome: &Result<Received, Problem>) -> Option<After> {
    match outcome {
        Ok(received) => {
            let source = &received.source.source;
            let until = window(source, app.now())?;
            let receipt = &received.receipt;
            // One event that holds exactly these bytes: then they are not kept twice.
            let files = (delivery.header)("content-type").is_some_and(|kind| kind.starts_with("multipart/"));
            let whole = !receipt.many && !receipt.duplicate && !receipt.deferred && !files;
            let event = receipt.ids.first().filter(|_| whole);
            keep(app, source, delivery, event, until)
        }
        Err(problem) if problem.kind == Kind::Unauthorized => {
            let known = lookup::remembered(app, &delivery.token, app.now())?;
            let until = window(&known.source, app.now())?;
            keep(app, &known.source, delivery, None, until)
        }
        Err(_) => None,
    }
}

fn window(source: &Source, now: Timestamp) -> Option<Timestamp> {
    source.settings.capture_until.filter(|until| *until > now && !source.settings.storage.hides())
}

fn keep(
    app: &App,
    source: &Source,
    delivery: &Delivery<'_>,
    event: Option<&EventId>,
    until: Timestamp,
) -> Option<After> {
    if delivery.body.len() > MAX_BODY || !may_keep(app) {
        return None;
    }
    let body = event.is_none().then(|| STANDARD.encode(delivery.body));
    let mut headers = Map::new();
    for name in delivery.sent.header_names().into_iter().filter(|name| is_telling(name)) {
        let value = (delivery.header)(&name).filter(|value| value.len() <= MAX_VALUE);
        if let Some(value) = value.filter(|_| headers.len() < MAX_HEADERS) {
            headers.insert(name.to_ascii_lowercase(), value.into());
        }
    }
    let mut urls = delivery.urls(app);
    urls.retain(|url| url.len() <= MAX_VALUE);
    let kept: Kept = json!({ "headers": headers, "urls": urls, "body": body });
    let id = EventId::new(app.now(), app.entropy());
    // Without a key nothing is kept: the window did not open without one.
    let sealed = super::connections::seal(app, &owner(&source.id, &id), kept.to_string().as_bytes()).ok()?;
    let statements = captures::insert(&source.id, &Capture { id, event_id: event.cloned(), sealed }, until);
    let (app, source) = (app.clone(), source.id.clone());
    Some(Box::pin(async move {
        if let Err(error) = app.db().batch(statements.into()).await {
            app.log(
                Level::Warn,
                &format!("a signature of a delivery to {source} was not kept for `identify`: {error}"),
            );
        }
    }))
}

/// Whom a capture is sealed for: it opens for no other source, and not as another capture.
fn owner(source: &SourceId, id: &EventId) -> String {
    format!("{source}/{id}")
}

fn may_keep(app: &App) -> bool {
    let now = app.now();
    let (count, since) =
        app.memory.captures.get().filter(|(_, since)| now.since(*since) < BUDGET_MS).unwrap_or((0, now));
    app.memory.captures.set(Some((count + 1, since)));
    count < MAX_CAPTURES
}

/// Removes what has expired.
pub async fn expire(app: &App) -> Result<(), DatabaseError> {
    app.db().batch(vec![captures::expire(app.now())]).await?;
    Ok(())
}
