//! Refused deliveries: gathered in the isolate's memory, written in bunches, listed for the operator.
//!
//! Nothing is written for one delivery: a flood of refusals costs no more than a few.
//!
//! **Who writes.** The design speaks of the sweep. On Workers the sweep runs in an isolate of its own and cannot see what
//! the isolates at the edge have gathered, so each writes its own bunch, after an answer: at once while it has written
//! little, then once a minute, for all its sources together. **Limit:** [`BURST`] writes, and one more a minute, of at
//! most [`SAMPLES_OF_A_CODE`] rows a source and code, and one count a source, code and hour. What an isolate has gathered
//! and not yet written when it ends is lost: the lists and counts say at least, never exactly, how much was refused.
//!
//! **Invariant:** the beginning of a body is kept only of one that could not be read: never of a delivery whose signature
//! failed, nor of one that came too often, nor of a source that keeps no bodies, or
//! does not store every field as it comes. An unknown token has no source, and nothing of it is kept.

use std::cell::{Cell, RefCell};

use crate::domain::ids::{RefusalId, SourceId, Token};
use crate::domain::limits;
use crate::domain::problem::{Kind, Problem};
use crate::domain::time::Timestamp;
use crate::store::refusals::{self, Count, Listed, Refusal};
use crate::store::{DatabaseError, Page};

use super::ports::Level;
use super::{After, App, lookup};

/// **Limit:** writes that one isolate makes at once: somebody who tries out a webhook sees each refusal in the list.
const BURST: u32 = 10;

/// After this time an isolate may write once more.
const EVERY_MS: i64 = 60_000;

/// **Limit:** refusals of one code that one bunch keeps of a source; the others are only counted.
const SAMPLES_OF_A_CODE: usize = 3;

/// **Limit:** sources of one bunch. Refusals of further ones are not kept until it is written.
const MAX_SOURCES: usize = 100;

/// **Limit:** characters that are kept of a body.
const BEGINNING: usize = 200;

/// **Limit:** characters that are kept of a content type, and of the words.
const MOST_WORDS: usize = 400;

/// How many hours of counts are shown.
const HOURS: i64 = 24;

/// What an isolate has gathered.
#[derive(Default)]
pub struct Book {
    gathered: RefCell<Vec<Gathered>>,
    /// How many writes were made since when they began to be counted.
    written: Cell<(u32, Option<Timestamp>)>,
}

/// What was gathered of one source.
struct Gathered {
    source: SourceId,
    samples: Vec<Refusal>,
    counts: Vec<Count>,
}

/// A delivery that was refused.
pub struct Refused<'a> {
    /// The token in its URL.
    pub token: &'a Token,
    /// Its method.
    pub method: &'a str,
    /// Its content type, as it was declared.
    pub content_type: Option<String>,
    /// Its body; empty when it was not read.
    pub body: &'a [u8],
}

/// Whether the operator of a source should see such a refusal.
fn is_listed(kind: Kind) -> bool {
    match kind {
        Kind::Malformed
        | Kind::Unauthorized
        | Kind::Forbidden
        | Kind::TooLarge
        | Kind::UnsupportedMedia
        | Kind::TooMany
        | Kind::Unavailable => true,
        Kind::NotFound
        | Kind::MethodNotAllowed
        | Kind::Conflict
        | Kind::Gone
        | Kind::Invalid
        | Kind::Internal
        | Kind::Misconfigured => false,
    }
}

/// Whether a code says that the body was looked at, after everything that decides who may send, and could not be read.
fn is_unreadable(code: &str) -> bool {
    ["invalid_json", "too_deep", "invalid_item", "too_many_items", "unsupported_media_type"].contains(&code)
}

/// Gathers a refused delivery. What comes back, if anything, goes on after the answer.
pub fn note(app: &App, refused: &Refused<'_>, problem: &Problem) -> Option<After> {
    if !is_listed(problem.kind) {
        return None;
    }
    let code = problem.code;
    let refusal = |source: &SourceId, body| Refusal {
        source_id: source.clone(),
        id: RefusalId::new(app.now(), app.entropy()),
        code: code.to_owned(),
        detail: cut(&problem.message, MOST_WORDS),
        method: refused.method.to_owned(),
        content_type: refused.content_type.as_deref().map(|declared| cut(declared, MOST_WORDS)),
        body,
    };
    if let Some(known) = lookup::recall(app, refused.token) {
        let source = &known.source;
        // What could not be read cannot be searched for the fields that must not be stored.
        let may_keep = is_unreadable(code) && source.settings.keep_body && !source.settings.storage.hides();
        let body = may_keep.then(|| beginning(refused.body)).flatten();
        gather(app, code, refusal(&source.id, body));
        return due(app);
    }
    // A body that was not read is refused before its source is looked up: it is, after the answer. Whatever else is
    // refused without a source in memory has none.
    if problem.kind != Kind::TooLarge && code != "incomplete_body" {
        return None;
    }
    let mut refusal = refusal(&SourceId::floor(app.now()), None);
    let (app, token) = (app.clone(), refused.token.clone());
    Some(Box::pin(async move {
        let Ok(known) = lookup::find(&app, &token).await else { return };
        refusal.source_id = known.source.id.clone();
        gather(&app, code, refusal);
        if let Some(write) = due(&app) {
            write.await;
        }
    }))
}

fn gather(app: &App, code: &'static str, refusal: Refusal) {
    let mut gathered = app.memory.refusals.gathered.borrow_mut();
    let at = gathered.iter().position(|own| own.source == refusal.source_id).unwrap_or(gathered.len());
    if at == gathered.len() {
        if at >= MAX_SOURCES {
            return;
        }
        gathered.push(Gathered { source: refusal.source_id.clone(), samples: Vec::new(), counts: Vec::new() });
    }
    let Some(own) = gathered.get_mut(at) else { return };
    own.count(limits::hour(app.now()), code, 1);
    // The latest of each code stay: a flood of one must not hide the only one of another.
    if own.samples.iter().filter(|sample| sample.code == code).count() >= SAMPLES_OF_A_CODE
        && let Some(oldest) = own.samples.iter().position(|sample| sample.code == code)
    {
        own.samples.remove(oldest);
    }
    own.samples.push(refusal);
}

impl Gathered {
    fn count(&mut self, hour: i64, code: &'static str, more: u32) {
        match self.counts.iter_mut().find(|count| count.1 == hour && count.2 == code) {
            Some(count) => count.3 = count.3.saturating_add(more),
            None => self.counts.push(Count(self.source.clone(), hour, code, more)),
        }
    }
}

/// Writes what was gathered, if something was and it is time.
pub fn due(app: &App) -> Option<After> {
    let book = &app.memory.refusals;
    if book.gathered.borrow().is_empty() {
        return None;
    }
    let now = app.now();
    let (written, since) = book.written.get();
    let since = since.unwrap_or(now);
    let given_back = now.since(since).max(0) / EVERY_MS;
    let left = written.saturating_sub(u32::try_from(given_back).unwrap_or(u32::MAX));
    if left >= BURST {
        return None;
    }
    let since = if left == 0 { now } else { since.plus_ms(given_back * EVERY_MS) };
    book.written.set((left + 1, Some(since)));
    let app = app.clone();
    Some(Box::pin(async move {
        if let Err(error) = write(&app).await {
            app.log(Level::Warn, &format!("refused deliveries were not written down, they will be: {error}"));
        }
    }))
}

/// The same work with what was gathered written behind it.
pub fn with(app: &App, after: Option<After>) -> Option<After> {
    match (after, due(app)) {
        (Some(after), Some(write)) => Some(Box::pin(async move {
            after.await;
            write.await;
        })),
        (after, write) => after.or(write),
    }
}

async fn write(app: &App) -> Result<(), DatabaseError> {
    let gathered = app.memory.refusals.gathered.take();
    if gathered.is_empty() {
        return Ok(());
    }
    let refusals: Vec<&Refusal> = gathered.iter().flat_map(|own| &own.samples).collect();
    let counts: Vec<&Count> = gathered.iter().flat_map(|own| &own.counts).collect();
    let result = app.db().batch(refusals::keep(&refusals, &counts)).await;
    if result.is_err() {
        // Back to where it was, beside what has come meanwhile. A batch that was committed all the same is counted twice.
        let mut all = app.memory.refusals.gathered.borrow_mut();
        for old in gathered {
            match all.iter_mut().find(|own| own.source == old.source) {
                Some(own) => old.counts.into_iter().for_each(|count| own.count(count.1, count.2, count.3)),
                None => all.push(old),
            }
        }
    }
    result.map(|_| ())
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The beginning of a body, if it is text.
fn beginning(body: &[u8]) -> Option<String> {
    let bytes = body.get(..body.len().min(4 * BEGINNING)).unwrap_or_default();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // The cut may have gone through a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return None,
    };
    Some(cut(text, BEGINNING)).filter(|text| !text.is_empty())
}

/// The refused deliveries of a source, newest first, and how many there were in each hour of the last day, by code.
///
/// What this isolate has gathered is written first, so that locally, where there is one, nothing is missing.
pub async fn list(app: &App, id: &SourceId, page: &Page) -> Result<(Vec<Listed>, Vec<(i64, String, u64)>), Problem> {
    super::sources::get(app, id).await?;
    write(app).await?;
    let listed = refusals::list(app.db(), id, page).await?;
    Ok((listed, refusals::counts(app.db(), id, limits::hour(app.now()) - HOURS + 1).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_body_is_text_and_bounded() {
        assert_eq!(beginning("è".repeat(500).as_bytes()).map(|text| text.chars().count()), Some(200));
        assert_eq!(beginning(&[0x89, b'P', b'N', b'G', 0xff]), None);
        assert_eq!(beginning(b""), None);
        // The cut of bytes goes through the last character.
        let text = format!("a{}", "€".repeat(300));
        assert_eq!(beginning(text.as_bytes()).map(|text| text.chars().count()), Some(200));
    }
}
