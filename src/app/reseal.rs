//! Changing `SECRET_KEY`: what is sealed with the key before it is sealed again with the newest, by the sweep.
//!
//! It runs only while `SECRET_KEY_PREVIOUS` is set. What opens with neither key is left as it is, and named.

use crate::domain::ids::SourceId;
use crate::domain::problem::Problem;
use crate::store::secrets::{self, Kept};
use crate::store::{DatabaseError, stats};

use super::ports::Level;
use super::{App, learn, took_place};

/// **Limit:** secrets that are sealed again in one sweep.
const CHUNK: u32 = 50;

/// Under which mark the sweep remembers that it was done, and with which key.
const MARK: &str = "sealed_with";

/// How the secrets of an installation are sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealing {
    /// Which key seals: the first bytes of its SHA-256.
    pub key_id: Option<String>,
    /// Whether `SECRET_KEY_PREVIOUS` is set.
    pub has_previous: bool,
    /// How much is sealed with another key.
    pub old: u64,
    /// What opens with no key that is set: connections and sources by their ids.
    pub unreadable: Vec<String>,
    /// Whether `SECRET_KEY_PREVIOUS` may be removed: nothing needs it any more.
    pub previous_may_go: bool,
}

/// How the secrets are sealed now.
pub async fn look(app: &App) -> Result<Sealing, Problem> {
    let Some(sealer) = &app.config.sealer else {
        let old = secrets::count_old(app.db(), "").await?;
        return Ok(Sealing { key_id: None, has_previous: false, old, unreadable: Vec::new(), previous_may_go: false });
    };
    let prefix = sealer.current_prefix();
    let old = secrets::count_old(app.db(), &prefix).await?;
    let kept = secrets::old(app.db(), &prefix, "", 200).await?;
    let unreadable = kept.into_iter().filter(|(id, sealed)| sealer.open(id, sealed).is_err());
    Ok(Sealing {
        key_id: Some(sealer.key_id().to_owned()),
        has_previous: sealer.has_previous(),
        old,
        unreadable: unreadable.map(|(id, _)| id).collect(),
        previous_may_go: sealer.has_previous() && old == 0,
    })
}

/// Seals again what is still sealed with the previous key, a bounded number.
pub async fn reseal(app: &App) -> Result<(), DatabaseError> {
    let Some(sealer) = app.config.sealer.as_ref().filter(|sealer| sealer.has_previous()) else { return Ok(()) };
    let prefix = sealer.current_prefix();
    let mut unreadable = Vec::new();
    // What does not open is passed over, so that it keeps nothing behind it from being sealed.
    let mut after = String::new();
    loop {
        let old = secrets::old(app.db(), &prefix, &after, CHUNK).await?;
        let Some(last) = old.last() else { break };
        after.clone_from(&last.0);
        let mut changed: Vec<SourceId> = Vec::new();
        let mut statements = Vec::new();
        for kept in &old {
            match again(app, kept) {
                Some(sealed) => {
                    statements.extend(secrets::replace(kept, &sealed, app.now()));
                    changed.extend(SourceId::parse(&kept.0));
                }
                None => unreadable.push(kept.0.clone()),
            }
        }
        let sealed = statements.len();
        if sealed > 0 {
            let results = app.db().batch(statements).await?;
            let done = (0..sealed).filter(|index| took_place(&results, *index)).count();
            app.log(Level::Info, &format!("{done} secrets were sealed again with the new key"));
            for source in &changed {
                // The document at the edge holds the sealed secrets too.
                learn::publish(app, source).await;
            }
            // The next minute goes on: one sweep has other parts.
            return Ok(());
        }
    }
    report(app, sealer.key_id(), &unreadable).await
}

fn again(app: &App, kept: &Kept) -> Option<String> {
    let plain = super::connections::unseal(app, &kept.0, &kept.1).ok()?;
    super::connections::seal(app, &kept.0, &plain).ok()
}

/// Says once, for each state, that all is done or what stands in the way.
async fn report(app: &App, key_id: &str, unreadable: &[String]) -> Result<(), DatabaseError> {
    let state = format!("{key_id} {}", unreadable.join(" "));
    if stats::mark(app.db(), MARK).await?.as_deref() == Some(state.as_str()) {
        return Ok(());
    }
    if unreadable.is_empty() {
        let line = "all secrets are sealed with the new key: `SECRET_KEY_PREVIOUS` may be removed";
        app.log(Level::Info, line);
    } else {
        let line = format!(
            "the secrets of {} open with neither `SECRET_KEY` nor `SECRET_KEY_PREVIOUS`; enter them again, or set the \
             key with which they were sealed as `SECRET_KEY_PREVIOUS`",
            unreadable.join(", ")
        );
        app.log(Level::Error, &line);
    }
    app.db().batch(vec![stats::set_mark(MARK, &state)]).await.map(|_| ())
}
