//! What was under way while an erasure went through the tables: events that wait in `INTAKE`, and what was written behind
//! it by work that had its data in hand.
//!
//! Of the person only a hash is left by then, so it reads everybody whom a text could mention and compares: with what
//! comes out of the queue, and twenty minutes after the erasure with whatever has been written since. It touches nothing
//! that came after the erasure was asked for: that is the person's to send.

use std::collections::HashSet;

use crate::domain::contact::named;
use crate::domain::event::Event;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::store::DatabaseError;
use crate::store::privacy::{self, Erasure, Found, Place, Since};

use super::super::{App, took_place};
use super::{HASHES, PIECES_OF_SWEEP, Walk, erase_events, erase_piece, event_key, subject_hash, texts};

/// How long after an erasure it is looked again: the platform ends whatever was under way after 15 minutes.
/// Source: Cloudflare Workers, "Limits", duration of queue consumers and timers.
const AGAIN_MS: i64 = 1_200_000;

/// When the second look of an erasure is due that is over now.
pub(super) fn due(now: Timestamp) -> Timestamp {
    now.plus_ms(AGAIN_MS)
}

/// The keys with which subjects may have been hashed; none when there is no key any more.
fn keys(app: &App) -> Vec<Secret<[u8; 32]>> {
    app.config.sealer.as_ref().map(|sealer| sealer.derive_all(HASHES)).unwrap_or_default()
}

/// The hashes of everybody whom a text could mention, by what they are known by.
fn hashes(app: &App, keys: &[Secret<[u8; 32]>], kind: &str, text: &str) -> Vec<String> {
    let named = match kind {
        "phone" => named::numbers(text, &app.settings().default_country),
        _ => named::addresses(text),
    };
    named.iter().flat_map(|value| keys.iter().map(|key| subject_hash(key.expose(), kind, value))).collect()
}

/// Looks a second time, for every erasure that is due. Without a key nothing can be compared: then it stays due.
pub async fn look_again(app: &App) -> Result<(), DatabaseError> {
    let keys = keys(app);
    if keys.is_empty() {
        return Ok(());
    }
    for mut erasure in privacy::due_again(app.db(), app.now()).await? {
        let (kind, subject) = (erasure.kind.clone(), erasure.subject.clone());
        let finds = |text: &str| !text.is_empty() && hashes(app, &keys, &kind, text).contains(&subject);
        let walk = Walk { finds: &finds, since: Some(Since(erasure.created_at)) };
        for _ in 0..PIECES_OF_SWEEP {
            let place = erasure.again_place.as_deref().and_then(Place::parse).unwrap_or(Place::START);
            let mut found = Found::default();
            let next = erase_piece(app, &place, &walk, &mut found).await?.map(|place| place.to_text());
            let mut statements = vec![privacy::advance_again(&erasure, next.as_deref(), app.now())];
            let late = found.ids();
            if !late.is_empty() {
                statements.push(privacy::count_late(&erasure.id, &late));
            }
            if !took_place(&app.db().batch(statements).await?, 0) {
                // Another sweep carries it on.
                break;
            }
            erasure.again_place = next;
            if erasure.again_place.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Takes out of deferred events those that mention a person who was erased since they were received; of one that is
/// stored already, nothing stays but its row.
///
/// # Errors
/// When the database does not answer.
pub async fn drop_erased(app: &App, deferred: &mut Vec<Event>) -> Result<(), DatabaseError> {
    let Some(oldest) = deferred.iter().map(|event| event.id.received_at()).min() else { return Ok(()) };
    let erasures = privacy::since(app.db(), oldest).await?;
    if erasures.is_empty() {
        return Ok(());
    }
    let keys = keys(app);
    let mut late = Vec::new();
    let (mut stored, mut named) = (Vec::new(), Vec::new());
    deferred.retain(|event| {
        let before = late.len();
        for kind in ["phone", "email"] {
            let of_kind = |erasure: &&Erasure| erasure.kind == kind && erasure.created_at >= event.id.received_at();
            let mut erasures = erasures.iter().filter(of_kind).peekable();
            if erasures.peek().is_none() {
                continue;
            }
            let by_id = event.delivery_id.as_deref().map(|id| hashes(app, &keys, kind, id)).unwrap_or_default();
            let within: HashSet<String> = texts(event).flat_map(|text| hashes(app, &keys, kind, &text)).collect();
            for erasure in erasures {
                let is_named = by_id.contains(&erasure.subject);
                if is_named || within.contains(&erasure.subject) {
                    late.push(privacy::count_late(&erasure.id, &[event.id.to_string()]));
                    named.extend(is_named.then(|| event.id.to_string()));
                }
            }
        }
        if late.len() > before {
            stored.push(event_key(event));
        }
        late.len() == before
    });
    if !late.is_empty() {
        erase_events(app, &stored, &named, &mut Found::default()).await?;
        app.db().batch(late).await?;
    }
    Ok(())
}
