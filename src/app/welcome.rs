//! Who may send to a source: which pages, and with which signature.
//!
//! It reads no body beyond its bytes, and remembers nothing: who asks decides whether a no from a cache is asked again.

use crate::domain::ids::Token;
use crate::domain::problem::{Kind, Problem};
use crate::domain::signature;
use crate::domain::source::Source;

use super::ingest::{self, Delivery};
use super::{App, lookup};

/// Whether a source takes a delivery at all, by what stands around its body: the page that sent it, and its signature.
pub(super) fn verify(app: &App, source: &Source, delivery: &Delivery<'_>) -> Result<(), Problem> {
    if delivery.origin.is_some_and(|origin| !source.settings.allows(origin)) {
        let message = "this source takes deliveries from the pages of certain sites only, and this is none of them; \
                       add its origin to the source's allowed origins";
        return Err(Problem::new(Kind::Forbidden, "origin_not_allowed", message));
    }
    verify_signature(app, source, delivery)
}

fn verify_signature(app: &App, source: &Source, delivery: &Delivery<'_>) -> Result<(), Problem> {
    let Some(rule) = &source.settings.verification else { return Ok(()) };
    // The sender can mend nothing here, and need not know what is wrong: it comes back when the deployer has.
    let secrets = super::sources::open_secrets(app, source).map_err(|problem| {
        ingest::unavailable(&format!("the secrets of {} do not open: {}", source.id, problem.message))
    })?;
    let urls = || delivery.urls(app);
    let seen = signature::Delivery { header: delivery.header, urls: &urls, body: delivery.body, now: app.now() };
    if rule.holds(&secrets, &seen) {
        return Ok(());
    }
    let message = format!("the delivery does not carry a valid `{}` signature for this source", rule.scheme);
    Err(Problem::new(Kind::Unauthorized, "invalid_signature", message))
}

/// Whether the page of an origin may send to the source of a token; `None` when nobody can say, because there is no
/// such source or nothing answers. Like a refusal, a no comes from D1 only.
pub async fn welcomes(app: &App, token: &Token, origin: &str) -> Option<Welcome> {
    let deadline = app.now().plus_ms(i64::from(ingest::DATABASE_MS));
    let known = ingest::in_time(app, deadline, lookup::find(app, token)).await.ok()?;
    if known.source.settings.allows(origin) {
        return Some(Welcome::of(&known.source));
    }
    let known = ingest::in_time(app, deadline, lookup::from_database(app, token)).await.ok()?;
    Some(if known.source.settings.allows(origin) { Welcome::of(&known.source) } else { Welcome::No })
}

/// Whether a page may send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Welcome {
    /// As any page may.
    Any,
    /// Because its origin is named.
    Named,
    /// Because its origin is not.
    No,
}

impl Welcome {
    /// How a source welcomes a page that it allows.
    pub fn of(source: &Source) -> Self {
        if source.settings.allowed_origins.is_some() { Self::Named } else { Self::Any }
    }
}
