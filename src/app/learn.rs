//! Learning: the KV document is written from the ledger, and batches of events are counted.
//!
//! What decides about new paths is the ledger's own statement; nothing here ever refuses or changes an event.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::domain::event::Opened;
use crate::domain::field::{Policies, Tally};
use crate::domain::ids::{SourceId, Token};
use crate::domain::source::Source;
use crate::store::limits::Received;
use crate::store::{DatabaseError, Statement, fields, sources, tallies as gathered};

use super::App;
use super::lookup::{Document, DocumentField, document_key};
use super::ports::Level;

/// Writes the KV document of a source from what D1 has now, for each of its tokens.
pub async fn publish(app: &App, id: &SourceId) {
    if let Err(reason) = try_publish(app, id).await {
        // The sweep looks at every source that changed, so nothing is lost but a minute.
        app.log(Level::Warn, &format!("{id} was not published to kv, the sweep will: {reason}"));
    }
}

async fn try_publish(app: &App, id: &SourceId) -> Result<(), String> {
    let Some(source) = sources::get(app.db(), id).await.map_err(|error| error.to_string())? else { return Ok(()) };
    let learned = fields::list(app.db(), id).await.map_err(|error| error.to_string())?;
    let mut tokens = vec![source.token.clone()];
    tokens.extend(source.old_token.clone().filter(|token| source.accepts(token, app.now())));
    let document = Document { fields: learned.iter().map(DocumentField::from).collect(), source };
    let text = serde_json::to_string(&document).map_err(|error| error.to_string())?;
    for token in &tokens {
        app.ports.kv.put(&document_key(token), text.clone()).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Takes the KV documents of tokens away that no longer lead to their source.
pub async fn unpublish(app: &App, tokens: &[&Token]) {
    for token in tokens {
        if let Err(error) = app.ports.kv.delete(&document_key(token)).await {
            app.log(
                Level::Warn,
                &format!("a kv document was not removed; the insert refuses it all the same: {error}"),
            );
        }
    }
}

/// Publishes a source that was just changed and is in hand.
pub async fn publish_changed(app: &App, source: &Source) {
    if super::lookup::refresh(app, source).await.is_err() {
        super::lookup::forget(app, source);
    }
    publish(app, &source.id).await;
}

/// Looks at the KV documents of the sources that changed lately, and puts right those that an older write or a failed
/// one left behind.
pub async fn republish(app: &App) -> Result<(), DatabaseError> {
    /// An older document may be written over a newer one as long as its writer lives, half a minute and what the write
    /// takes, and KV may show what stood there before it for a minute more: what changed since proves nothing.
    /// Source: Cloudflare Workers, "Limits", `waitUntil`; "How KV works".
    const SETTLED_MS: i64 = 110_000;
    for changed in sources::unpublished(app.db(), app.now().plus_ms(-SETTLED_MS)).await? {
        let document = app.ports.kv.get(&document_key(&changed.token)).await.ok().flatten();
        let seen = document.and_then(|text| serde_json::from_str::<Document>(&text).ok());
        let newest = seen.is_some_and(|seen| {
            seen.source.revision == changed.revision && seen.source.schema_revision == changed.schema_revision
        });
        if newest || changed.deleted {
            app.db().batch(vec![sources::published(&changed)]).await?;
        } else {
            publish(app, &changed.id).await;
            // From this write on, however long it took to come to it.
            app.db().batch(vec![sources::republished(&changed.id, app.now())]).await?;
        }
    }
    Ok(())
}

/// Moves what was gathered of a source into its ledger of fields, for somebody who is about to look at it.
///
/// # Errors
/// When the database does not write.
pub async fn fold(app: &App, id: &SourceId) -> Result<(), DatabaseError> {
    app.db().batch(gathered::fold(id).to_vec()).await.map(|_| ())
}

/// What a batch of events adds to what is gathered of their sources: two statements a source, which write one row. Each
/// event comes with the rules of its source as they were read with it: samples are added only while they still hold.
pub fn tallies<'a>(events: impl Iterator<Item = (&'a Opened, u32, &'a Policies)>) -> Vec<Statement> {
    let mut sources: HashMap<&SourceId, (Tally, Received, u32)> = HashMap::new();
    let mut events: Vec<_> = events.collect();
    // Of one delivery's events the last is the newest.
    events.reverse();
    events.sort_by_key(|(event, ..)| Reverse(event.id.received_at()));
    for (event, revision, policies) in events {
        let (tally, received, under) = sources.entry(&event.source_id).or_default();
        let mut sightings = tally.sightings(event.payload());
        policies.cover(&mut sightings);
        tally.note(&sightings, event.id.received_at(), event.test);
        received.note(event.id.received_at(), event.body.len());
        *under = revision;
    }
    let statements = |(source, (tally, received, revision)): (&SourceId, (Tally, Received, u32))| {
        [gathered::append(source, revision, &tally, &received), gathered::sum_up(source)]
    };
    sources.into_iter().flat_map(statements).collect()
}
