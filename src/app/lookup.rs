//! Finding the source of a token: in the isolate's memory, else in KV, else in D1.
//!
//! **Invariant:** this only makes things fast. Whether a delivery is stored is decided by the insert, and "unknown" and
//! "deleted" are only said after asking D1.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::domain::field::{Field, FieldKind, Schema, Sighting};
use crate::domain::ids::Token;
use crate::domain::payload::Object;
use crate::domain::problem::{Kind, Problem};
use crate::domain::source::Source;
use crate::domain::time::Timestamp;
use crate::store::{fields, sources};

use super::App;
use super::ports::Level;

/// How long an isolate trusts what it remembers of a source. Short, because other isolates change it; long enough that
/// a burst costs one look-up.
const REMEMBER_MS: i64 = 10_000;

/// How long the others go on with what is remembered while one looks it up anew; if that one is lost, another does then.
const MEANWHILE_MS: i64 = 2_000;

/// The age at which what is remembered is of no use any more, whoever looks it up.
const STALE_MS: i64 = 30_000;

/// How long what D1 has just said needs no second look before a no: a flood of wrong signatures costs D1 one question a
/// second and isolate.
const FRESH_MS: i64 = 1_000;

/// **Limit:** sources remembered by one isolate; beyond it everything is forgotten, which costs one look-up each.
const MAX_SOURCES: usize = 1_000;

/// **Limit:** look-ups of unknown tokens in ten seconds by one isolate, so that guessing costs the database little.
const MAX_UNKNOWN: usize = 200;

/// What an isolate remembers between invocations.
#[derive(Default)]
pub struct Memory {
    known: RefCell<HashMap<Token, Remembered>>,
    unknown: RefCell<HashMap<Token, Timestamp>>,
    /// The last answer of the health check, and when it was given.
    pub(crate) health: Cell<Option<(Timestamp, bool)>>,
    /// Whether the simulated defaults of a local start were looked after.
    pub(crate) furnished: Cell<bool>,
    /// Connections for which delivery reports came.
    pub(crate) reporting: RefCell<Vec<super::reports::Remembered>>,
    /// Failed sign-ins by the address from which they came, all of them under no address, and since when they are counted.
    pub(crate) failed_sign_ins: RefCell<Vec<(String, u32, Timestamp)>>,
    /// The keys of Cloudflare Access.
    pub(crate) access: super::access::Keys,
    /// Whether the last sweep of this isolate left events that are past retention.
    pub(crate) purge_behind: Cell<bool>,
    /// What automations do, by their revisions.
    pub(crate) plans: super::plans::Plans,
    /// What was received today.
    pub(crate) counts: super::limits::Counts,
    /// What was refused and is not written yet.
    pub(crate) refusals: super::refusals::Book,
    /// Events that wait for their write.
    pub(crate) line: super::commit::Line,
    /// Events whose runs are to be ordered.
    pub(crate) notes: super::order::Notes,
    /// Deliveries of which something was kept for `identify`, and since when they are counted.
    pub(crate) captures: Cell<Option<(u32, Timestamp)>>,
}

/// A source as it is remembered.
struct Remembered {
    known: Rc<Known>,
    /// When it was looked up.
    at: Timestamp,
    /// Until when nobody looks it up again.
    until: Timestamp,
}

/// A source with the schema that it was seen to have.
pub struct Known {
    /// The source.
    pub source: Source,
    /// When D1 said so; `None` when KV did.
    asked: Option<Timestamp>,
    schema: RefCell<Schema>,
}

impl Known {
    /// Whether D1 has said so just now.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.asked.is_some_and(|asked| now.since(asked) < FRESH_MS)
    }

    /// How many fields a payload has that brings nothing new for certain: see [`Schema::fields_of`].
    pub fn fields_of(&self, payload: &Object) -> Option<usize> {
        self.schema.borrow().fields_of(payload)
    }

    /// The same of a JSON text that was not decoded.
    pub fn fields_of_text(&self, text: &str) -> Option<usize> {
        self.schema.borrow().fields_of_text(text)
    }

    /// The sightings that bring a path or a kind which was never seen before.
    pub fn news<'a>(&self, sightings: &'a [Sighting]) -> Vec<&'a Sighting> {
        let schema = self.schema.borrow();
        // Past the limit of paths, once for tests and once in earnest, a new one is never learned: it is no news, however
        // often it comes.
        let full = schema.paths() >= 2 * fields::MAX_PATHS as usize;
        let known = |seen: &Sighting| schema.kinds(&seen.path).map_or(full, |kinds| kinds.contains(&seen.kind));
        sightings.iter().filter(|seen| !known(seen)).collect()
    }

    /// Remembers what D1 has learned.
    pub fn learned<'a>(&self, sightings: impl Iterator<Item = &'a Sighting>) {
        let mut schema = self.schema.borrow_mut();
        for seen in sightings {
            schema.add(&seen.path, &[seen.kind]);
        }
    }
}

/// The KV document of a source: what the ingest path needs, and what a picker of fields shows.
#[derive(Serialize, Deserialize)]
pub struct Document {
    /// The source.
    pub source: Source,
    /// Its fields.
    pub fields: Vec<DocumentField>,
}

/// A field in the KV document. Counts are not here: they change with every event, and the document must not.
#[derive(Serialize, Deserialize)]
pub struct DocumentField {
    path: String,
    kinds: Vec<FieldKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meaning: Option<crate::domain::field::Meaning>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    samples: Vec<String>,
}

impl From<&Field> for DocumentField {
    fn from(field: &Field) -> Self {
        Self {
            path: field.path.clone(),
            kinds: field.kinds.clone(),
            meaning: field.meaning,
            samples: field.samples.clone(),
        }
    }
}

/// The key of a source's document.
pub fn document_key(token: &Token) -> String {
    format!("source:{}", token.as_str())
}

/// Finds the source of a token that accepts deliveries.
///
/// # Errors
/// `unknown_source` and `source_deleted`, both after asking D1; `storage_unavailable` when nobody could be asked.
pub async fn find(app: &App, token: &Token) -> Result<Rc<Known>, Problem> {
    let now = app.now();
    if let Some(known) = remembered(app, token, now) {
        return Ok(known);
    }
    if let Some(known) = app.memory.known.borrow_mut().get_mut(token).filter(|known| now.since(known.at) < STALE_MS) {
        known.until = now.plus_ms(MEANWHILE_MS);
    }
    if app.memory.unknown.borrow().get(token).is_some_and(|until| *until > now) {
        return Err(unknown());
    }
    match app.ports.kv.get(&document_key(token)).await {
        Ok(Some(text)) => {
            // A document of an older version may not read; D1 has the truth.
            if let Ok(document) = serde_json::from_str::<Document>(&text)
                && document.source.deleted_at.is_none()
                && document.source.accepts(token, now)
            {
                let fields = document.fields.into_iter().map(|field| (field.path, field.kinds));
                return Ok(remember(app, token, document.source, fields, None));
            }
        }
        Ok(None) => {}
        Err(error) => app.log(Level::Warn, &format!("kv does not answer, asking d1 instead: {error}")),
    }
    from_database(app, token).await
}

/// The same from D1, past every cache: after an insert said that the rules have changed.
pub async fn from_database(app: &App, token: &Token) -> Result<Rc<Known>, Problem> {
    let now = app.now();
    {
        let mut unknown_tokens = app.memory.unknown.borrow_mut();
        unknown_tokens.retain(|_, until| *until > now);
        if unknown_tokens.len() >= MAX_UNKNOWN {
            let message = "too many unknown addresses were tried here; try again in a few seconds";
            return Err(Problem::new(Kind::TooMany, "rate_limited", message).retry_after(10));
        }
    }
    let found = sources::by_token(app.db(), token).await?;
    app.memory.known.borrow_mut().remove(token);
    match found {
        Some(source) if source.deleted_at.is_some() => {
            let message = "this address belonged to a source that was deleted; stop sending to it";
            Err(Problem::new(Kind::Gone, "source_deleted", message))
        }
        Some(source) if source.accepts(token, now) => {
            let learned = fields::list(app.db(), &source.id).await?;
            let shape = learned.into_iter().map(|field| (field.path, field.kinds));
            Ok(remember(app, token, source, shape, Some(now)))
        }
        Some(_) | None => {
            app.memory.unknown.borrow_mut().insert(token.clone(), now.plus_ms(REMEMBER_MS));
            Err(unknown())
        }
    }
}

/// The source of a token as this isolate has last seen it, without asking anybody: for what is only told about it.
pub fn recall(app: &App, token: &Token) -> Option<Rc<Known>> {
    app.memory.known.borrow().get(token).map(|known| Rc::clone(&known.known))
}

/// The problem of a token that nobody has.
pub fn unknown() -> Problem {
    let message = "no source has this address; copy it again from the automation's page";
    Problem::new(Kind::NotFound, "unknown_source", message)
}

/// What this isolate remembers of a token's source.
pub(super) fn remembered(app: &App, token: &Token, now: Timestamp) -> Option<Rc<Known>> {
    let known = app.memory.known.borrow();
    let Remembered { known, until, .. } = known.get(token)?;
    (*until > now && known.source.accepts(token, now)).then(|| Rc::clone(known))
}

fn remember(
    app: &App,
    token: &Token,
    source: Source,
    fields: impl Iterator<Item = (String, Vec<FieldKind>)>,
    asked: Option<Timestamp>,
) -> Rc<Known> {
    let known = Rc::new(Known { source, asked, schema: RefCell::new(fields.collect()) });
    let mut all = app.memory.known.borrow_mut();
    if all.len() >= MAX_SOURCES {
        all.clear();
    }
    let now = app.now();
    all.insert(token.clone(), Remembered { known: Rc::clone(&known), at: now, until: now.plus_ms(REMEMBER_MS) });
    known
}

/// Remembers a source as this isolate has just changed it, because KV may show the older one for a while.
pub async fn refresh(app: &App, source: &Source) -> Result<(), crate::store::DatabaseError> {
    forget(app, source);
    let learned = fields::list(app.db(), &source.id).await?;
    let shape = || learned.iter().map(|field| (field.path.clone(), field.kinds.clone()));
    for token in std::iter::once(&source.token).chain(&source.old_token) {
        remember(app, token, source.clone(), shape(), Some(app.now()));
    }
    Ok(())
}

/// Forgets a source: it was deleted, or its fields were changed by this isolate.
pub fn forget(app: &App, source: &Source) {
    app.memory.known.borrow_mut().retain(|_, known| known.known.source.id != source.id);
}
