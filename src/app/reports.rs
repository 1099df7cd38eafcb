//! Delivery reports: who may bring them, keeping them, and what they settle.
//!
//! It reads no webhook (the action whose messages they are about does) and decides nothing about a run (the machine
//! does). **Invariant:** a report is acknowledged only when the database holds it; what it settles is done afterwards,
//! and by the sweep when that was cut short.

use std::rc::Rc;

use crate::domain::action::whatsapp_reports;
use crate::domain::connection::Kind as ConnectionKind;
use crate::domain::ids::ConnectionId;
use crate::domain::problem::{Kind, Problem};
use crate::domain::run::Run;
use crate::domain::run::machine::{self, Reported};
use crate::domain::run::report::{self, MessageKey, Report};
use crate::domain::secret::equal_secret;
use crate::domain::signature;
use crate::domain::time::Timestamp;
use crate::store::connections::{self, Sealed};
use crate::store::{DatabaseError, automations, decode, reports, runs};

use super::ports::Level;
use super::{After, App, limits, order, took_place, within};

/// How long an isolate trusts what it remembers of a connection to say yes; the statement that stores a report checks
/// it again.
const REMEMBER_MS: i64 = 10_000;

/// How long to say no: so that a flood of wrong signatures costs D1 one question a second and isolate.
const FRESH_MS: i64 = 1_000;

/// **Limit:** connections, known or not, that one isolate remembers, so that guessing costs the database little.
const MAX_REMEMBERED: usize = 200;

/// How long the database may take. Meta waits longer, and sends again.
const PATIENCE_MS: u32 = 5_000;

/// When a report is looked at again whose call is still under way.
const LATER_MS: i64 = 60_000;

/// **Limit:** reports that settle something in one go.
const MOST_SETTLED: u32 = 50;

/// **Limit:** reports that are let go of in one statement.
const MOST_LET_GO: u32 = 1_000;

/// What an isolate remembers of a connection, and since when; `None` is one that is not there.
pub type Remembered = (ConnectionId, Option<Rc<Sealed>>, Timestamp);

/// Whether somebody who claims to be Meta knows the connection's `verify_token`. Whoever asks is counted, so that nobody
/// can try out many.
///
/// # Errors
/// `not_found`; `rate_limited`; `invalid_verify_token` when it is another, or none is set.
pub async fn challenge(app: &App, id: &ConnectionId, given: &str, address: Option<String>) -> Result<(), Problem> {
    limits::within_rate_of(app, id.as_str(), address).await?;
    for freshness in [REMEMBER_MS, FRESH_MS] {
        let sealed = find(app, id, freshness).await?;
        if let Some(expected) = secret(app, &sealed, "verify_token")?
            && equal_secret(expected.as_bytes(), given.as_bytes())
        {
            return Ok(());
        }
    }
    let message = "`hub.verify_token` is not the `verify_token` of this connection; write the same text into both";
    Err(Problem::new(Kind::Forbidden, "invalid_verify_token", message))
}

/// Takes in a webhook of Meta's, signed in `X-Hub-Signature-256` (`sha256=` and the HMAC of the body in hexadecimal).
/// What comes back goes on after the answer.
///
/// # Errors
/// `not_found`, `invalid_signature`, `invalid_json`, and `storage_unavailable` when the database did not take it.
pub async fn take_in(app: &App, id: &ConnectionId, signature: &str, body: &[u8]) -> Result<Option<After>, Problem> {
    let mut said: Option<Vec<(MessageKey, Report)>> = None;
    for freshness in [REMEMBER_MS, FRESH_MS, 0] {
        let sealed = find(app, id, freshness).await?;
        let Some(app_secret) = secret(app, &sealed, "app_secret")? else {
            if freshness > FRESH_MS {
                continue;
            }
            let message = "this connection has no `app_secret`, without which no report can be believed; add it";
            return Err(Problem::new(Kind::Unauthorized, "invalid_signature", message));
        };
        if !is_signed(&app_secret, signature, body) {
            if freshness > FRESH_MS {
                continue;
            }
            break;
        }
        let now = app.now();
        let said =
            match &mut said {
                Some(said) => said,
                unread @ None => unread.insert(whatsapp_reports(body, now).ok_or_else(|| {
                    Problem::new(Kind::Malformed, "invalid_json", "the body is signed, and is not JSON")
                })?),
            };
        if said.is_empty() {
            return Ok(None);
        }
        let statements = vec![
            reports::unchanged(id, sealed.updated_at),
            reports::put(said, id, sealed.updated_at, now, now.plus_ms(LATER_MS)),
        ];
        let stored = within(app, PATIENCE_MS, app.db().batch(statements)).await;
        let Some(results) = stored.transpose()? else {
            let message = "the database does not answer now; send it again in a moment";
            let problem = Problem::new(Kind::Unavailable, "storage_unavailable", message);
            return Err(problem.retry_after(5).with_context("delivery reports were not stored in time"));
        };
        if took_place(&results, 0) {
            let news = decode::<Option<Timestamp>>(results.into_iter().nth(1).unwrap_or_default())?;
            let settles = news.into_iter().flatten().any(|at| at <= now);
            return Ok(settles.then(|| settle_afterwards(app.clone())));
        }
    }
    let message = "`X-Hub-Signature-256` is not that of this body under the connection's `app_secret`";
    Err(Problem::new(Kind::Unauthorized, "invalid_signature", message))
}

fn settle_afterwards(app: App) -> After {
    Box::pin(async move {
        if let Err(error) = settle(&app).await {
            app.log(Level::Warn, &format!("reports were not settled, the sweep will do it: {error}"));
        }
    })
}

/// In constant time. Source: Meta, "Webhooks: validate payloads".
fn is_signed(app_secret: &str, signature: &str, body: &[u8]) -> bool {
    let Some(mac) = signature::hmac_sha256(app_secret.as_bytes(), &[body]) else { return false };
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let given = signature.trim().strip_prefix("sha256=").unwrap_or_default();
    equal_secret(hex.as_bytes(), given.to_ascii_lowercase().as_bytes())
}

/// A WhatsApp connection as D1 said it at most `freshness` milliseconds ago.
async fn find(app: &App, id: &ConnectionId, freshness: i64) -> Result<Rc<Sealed>, Problem> {
    let now = app.now();
    let remembered = {
        let mut all = app.memory.reporting.borrow_mut();
        all.retain(|(_, _, asked)| now.since(*asked) < REMEMBER_MS);
        let known = all.iter().find(|(known, ..)| known == id);
        if all.len() >= MAX_REMEMBERED && known.is_none() {
            let message = "too many unknown connections were tried here; try again in a few seconds";
            return Err(Problem::new(Kind::TooMany, "rate_limited", message).retry_after(10));
        }
        // One that is not there is not asked for again so soon: nobody makes a connection with an id of their choice.
        known.filter(|(_, found, asked)| found.is_none() || now.since(*asked) < freshness).cloned()
    };
    let found = match remembered {
        Some((_, found, _)) => found,
        None => {
            let asked = within(app, PATIENCE_MS, connections::get(app.db(), id)).await;
            let Some(found) = asked.transpose()? else {
                let message = "the database does not answer now; send it again in a moment";
                return Err(Problem::new(Kind::Unavailable, "storage_unavailable", message).retry_after(5));
            };
            let found = found.filter(|sealed| sealed.kind == ConnectionKind::Whatsapp).map(Rc::new);
            let mut all = app.memory.reporting.borrow_mut();
            all.retain(|(known, ..)| known != id);
            all.push((id.clone(), found.clone(), now));
            found
        }
    };
    found.ok_or_else(|| Problem::not_found("WhatsApp connection", id))
}

fn secret(app: &App, sealed: &Sealed, name: &str) -> Result<Option<String>, Problem> {
    let opened = super::connections::open(app, sealed)?;
    let text = opened.secrets.expose().get(name).and_then(|value| value.as_str()).map(|text| text.trim().to_owned());
    Ok(text.filter(|text| !text.is_empty()))
}

/// Settles what reports can settle, a bounded number.
pub async fn settle(app: &App) -> Result<(), DatabaseError> {
    let now = app.now();
    reports::let_go(app.db(), now, MOST_LET_GO).await?;
    let mut ordered = Vec::new();
    for (key, said) in reports::due(app.db(), now, MOST_SETTLED).await? {
        let Some(mut run) = runs::get(app.db(), &key.run).await? else { continue };
        let plan = automations::plan_of(app.db(), &run.id.automation, run.revision).await?;
        let found = (run.status, run.open);
        let next = match machine::reported(&mut run, plan.as_ref(), &key, &said, now) {
            Reported::Settled => {
                let results = app.db().batch(vec![runs::decide(&run, found.0, found.1)]).await?;
                // Somebody else has changed the run in this moment: it is looked at again.
                if took_place(&results, 0) { None } else { Some(now.plus_ms(LATER_MS)) }
            }
            Reported::TooEarly => Some(now.plus_ms(LATER_MS)),
            Reported::Nothing => None,
        };
        app.db().batch(vec![reports::look_again(&key, said.stage, next)]).await?;
        if next.is_none() && !run.status.is_over() && run.open == Some(now) {
            ordered.push((run.id, now));
        }
    }
    order::send_runs(app, ordered.into_iter(), true).await;
    Ok(())
}

/// Puts what was reported beside what the runs' steps gave.
pub async fn show(app: &App, all: &mut [Run]) -> Result<(), DatabaseError> {
    let called: Vec<_> = all.iter().filter(|run| has_message(run)).map(|run| &run.id).collect();
    if called.is_empty() {
        return Ok(());
    }
    let said = reports::of_runs(app.db(), &called).await?;
    for run in all {
        report::show(run, &said);
    }
    Ok(())
}

fn has_message(run: &Run) -> bool {
    run.steps.iter().any(|step| step.attempts > 0 && step.action == "send_whatsapp")
}
