//! What a source stores of its deliveries: fields that are hashed or left out before anything durable is written.
//!
//! It decides nothing about a value (`domain/field/policy.rs` does) and never runs for a source that hides nothing.

use crate::domain::event::{self, Event};
use crate::domain::field::{self, Policies, Purpose, Treatment};
use crate::domain::ids::SourceId;
use crate::domain::payload::{self, Encoding, Item, Kept};
use crate::domain::problem::Problem;
use crate::domain::secret::Secret;
use crate::domain::signature::hmac_sha256;
use crate::domain::source::Source;
use crate::store::sources;

use super::App;

/// What a source that hides fields needs to store a delivery.
pub struct Cover<'a> {
    policies: &'a Policies,
    key: Secret<[u8; 32]>,
}

/// The cover of a source; `None` when it hides nothing.
///
/// # Errors
/// `no_secret_key` when a field must be hashed and there is no key: nothing is then stored, because nothing may be in
/// clear.
pub fn cover<'a>(app: &App, id: &SourceId, policies: &'a Policies) -> Result<Option<Cover<'a>>, Problem> {
    if !policies.hides() {
        return Ok(None);
    }
    let key = key(app, id)?;
    Ok(Some(Cover { policies, key }))
}

/// The key of a source's hashes: another for each source, so that two of them cannot be compared.
///
/// # Errors
/// `no_secret_key`.
pub fn key(app: &App, id: &SourceId) -> Result<Secret<[u8; 32]>, Problem> {
    let sealer = app.config.sealer.as_ref().ok_or_else(super::connections::no_key)?;
    Ok(sealer.derive(&format!("fields of {id}")))
}

impl Cover<'_> {
    fn digest(&self, text: &str) -> String {
        field::hashed(&hmac_sha256(self.key.expose(), &[text.as_bytes()]).unwrap_or_default())
    }

    /// Hides an item of a delivery, and gives back the query that is stored with it.
    pub fn item(&self, item: &mut Item, content_type: Option<&str>, query: Option<String>) -> Option<String> {
        let (kept, query) = self.rewritten(&mut item.payload, &item.kept, content_type, query, false);
        if let Some(kept) = kept {
            item.kept = kept;
        }
        query
    }

    /// Hides a stored event, whose values may have been hashed already.
    pub fn event(&self, event: &mut Event) {
        let (kept, content_type) = (event.kept(), event.content_type.clone());
        let query = event.query.take();
        let (kept, query) = self.rewritten(&mut event.payload(), &kept, content_type.as_deref(), query, true);
        event.query = query;
        if let Some(kept) = kept {
            (event.encoding, event.body) = (kept.encoding.as_str().to_owned(), kept.body);
        }
    }

    fn rewritten(
        &self,
        payload: &mut payload::Object,
        kept: &Kept,
        content_type: Option<&str>,
        query: Option<String>,
        again: bool,
    ) -> (Option<Kept>, Option<String>) {
        let hash = |text: &str| self.digest(text);
        let treatment = Treatment { policies: self.policies, purpose: Purpose::Store { hash: &hash, again } };
        // A field that the body names too stands in the query without being in the payload.
        let shadowed = query.is_some() && kept.encoding != Encoding::Payload;
        if !treatment.payload(payload) && !shadowed {
            return (None, query);
        }
        let (kept, query) = payload::rewrite(kept, content_type, query.as_deref(), payload, &treatment);
        (Some(kept), query)
    }

    /// A delivery id as it is stored: hashed when a hidden field is a part of it, or when it holds a hash of the body
    /// that anybody could make.
    pub fn delivery_id(&self, id: String, names: &[String], header: event::Header<'_>) -> String {
        let hidden = names.iter().any(|name| self.policies.around(name) >= field::Storage::Hash);
        let made_of_body = header("x-wc-webhook-delivery-id").is_some();
        if hidden || made_of_body { self.digest(&id) } else { id }
    }

    /// The hash by which an equal body is known: keyed, because a body of few possible values could be guessed by any
    /// other.
    pub fn body_hash(&self, body: &str) -> String {
        self.digest(body)
    }
}

/// Hides events again that were accepted some time ago, by what their sources say now.
///
/// # Errors
/// When the database does not answer, or when there is no key for a source that hashes.
pub async fn hide_again(app: &App, events: &mut [Event]) -> Result<Vec<Source>, crate::store::DatabaseError> {
    let mut ids: Vec<&SourceId> = events.iter().map(|event| &event.source_id).collect();
    ids.sort();
    ids.dedup();
    let rows = app.db().batch(vec![sources::of_ids(&ids)]).await?.into_iter().next().unwrap_or_default();
    let sources = sources::decode(rows)?;
    for event in events {
        let Some(source) = sources.iter().find(|source| source.id == event.source_id) else { continue };
        let cover = cover(app, &source.id, &source.settings.storage).map_err(|problem| {
            // As if the database had not taken it: it comes again when there is a key.
            crate::store::DatabaseError { reason: crate::store::Reason::Failed, text: problem.message }
        })?;
        if let Some(cover) = cover {
            cover.event(event);
        }
    }
    Ok(sources)
}

/// The payload of an event as people see it: values of treated fields masked.
pub fn shown_payload(event: &Event, policies: &Policies) -> payload::Object {
    let mut payload = event.payload();
    Treatment { policies, purpose: Purpose::Show }.payload(&mut payload);
    payload
}

/// An event as people see it: values of treated fields masked, in its fields and in its body.
pub fn shown(event: &mut Event, policies: &Policies) {
    if policies.is_empty() {
        return;
    }
    let treatment = Treatment { policies, purpose: Purpose::Show };
    let Ok(mut payload) = event.read() else {
        // Nobody knows which of it is to be hidden.
        (event.encoding, event.body, event.query) = (Encoding::Payload.as_str().to_owned(), "{}".to_owned(), None);
        return;
    };
    if !treatment.payload(&mut payload) && event.query.is_none() {
        return;
    }
    let (kept, query) =
        payload::rewrite(&event.kept(), event.content_type.as_deref(), event.query.as_deref(), &payload, &treatment);
    (event.encoding, event.body, event.query) = (kept.encoding.as_str().to_owned(), kept.body, query);
}
