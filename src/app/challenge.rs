//! Answering a provider that asks whether an address is ours.
//!
//! It stores nothing and learns nothing, and signs nothing that `domain/challenge` does not let through. Whoever asks is
//! counted as whoever delivers: an answer is not to be had more often than a delivery is taken.

use crate::domain::challenge::{self, Asked, Challenge};
use crate::domain::problem::{Kind, Problem};
use crate::domain::signature::same;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

use super::ingest::{self, DATABASE_MS, Delivery};
use super::lookup::Known;
use super::{App, limits, lookup, sources, welcome};

/// What a provider is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// Plain text.
    Text(String),
    /// A JSON document.
    Json(String),
}

/// Answers a challenge; `None` when it is none, and whoever asks goes on as if nobody had looked.
///
/// # Errors
/// To a GET that plainly is a challenge: those of receiving, and `wrong_verify_token`; to any GET with a query
/// `rate_limited`. What is wrong with a delivery, receiving says.
pub async fn answer(app: &App, delivery: &Delivery<'_>, get: bool) -> Result<Option<Reply>, Problem> {
    let asked = Asked { get, query: delivery.query, body: delivery.body, header: delivery.header };
    if !asked.is_possible() {
        return Ok(None);
    }
    match look(app, delivery, &asked).await {
        Err(problem) if get && (asked.is_plain() || problem.kind == Kind::TooMany) => Err(problem),
        Err(_) => Ok(None),
        Ok(reply) => Ok(reply),
    }
}

async fn look(app: &App, delivery: &Delivery<'_>, asked: &Asked<'_>) -> Result<Option<Reply>, Problem> {
    let deadline = app.now().plus_ms(i64::from(DATABASE_MS));
    let known = ingest::in_time(app, deadline, lookup::find(app, &delivery.token)).await?;
    // A GET is counted whatever comes of it. Any other is counted by receiving, unless it is answered here.
    if asked.get {
        limits::within_rate(app, &known.source, delivery).await?;
    }
    let found = ask(app, &known, deadline, delivery, asked).await?;
    if found.is_some() && !asked.get {
        limits::within_rate(app, &known.source, delivery).await?;
    }
    Ok(found)
}

async fn ask(
    app: &App,
    known: &Known,
    deadline: Timestamp,
    delivery: &Delivery<'_>,
    asked: &Asked<'_>,
) -> Result<Option<Reply>, Problem> {
    let first = reply(app, &known.source, delivery, asked);
    // A cache may not know yet what the operator has just set: only D1 says no. But a delivery that is only a query is
    // most likely one: it must cost no call.
    let likely_none = !asked.get && asked.body.is_empty() && first.is_ok();
    if matches!(first, Ok(Some(_))) || likely_none || known.is_fresh(app.now()) {
        return first;
    }
    let known = ingest::in_time(app, deadline, lookup::from_database(app, &delivery.token)).await?;
    reply(app, &known.source, delivery, asked)
}

fn reply(app: &App, source: &Source, delivery: &Delivery<'_>, asked: &Asked<'_>) -> Result<Option<Reply>, Problem> {
    let settings = &source.settings;
    let Some(challenge) = asked.challenge(settings.challenge_query.as_deref(), settings.verification.as_ref()) else {
        return Ok(None);
    };
    let keys = || {
        sources::open_keys(app, source).map_err(|problem| {
            ingest::unavailable(&format!("the secrets of {} do not open: {}", source.id, problem.message))
        })
    };
    // The first secret proves: while two are set, the provider takes either or knows only one.
    let first = || keys().map(|keys| keys.signing.into_iter().next().unwrap_or_default());
    Ok(Some(match challenge {
        Challenge::Echo(text) => Reply::Text(text),
        Challenge::SignedEcho(text) => {
            welcome::verify(app, source, delivery)?;
            Reply::Text(text)
        }
        Challenge::VerifiedEcho { token, challenge } => match keys()?.verify_token {
            Some(expected) if !same(expected.as_bytes(), token.as_bytes()) => return Err(wrong_verify_token()),
            Some(_) | None => Reply::Text(challenge),
        },
        Challenge::Crc(token) => Reply::Json(challenge::crc(&first()?, &token).to_string()),
        Challenge::Validation(token) => {
            welcome::verify(app, source, delivery)?;
            Reply::Json(challenge::validation(&first()?, &token).to_string())
        }
    }))
}

fn wrong_verify_token() -> Problem {
    let message =
        "the challenge does not bring the verify token that this source demands; enter the same one on both sides";
    Problem::new(Kind::Forbidden, "wrong_verify_token", message)
}
