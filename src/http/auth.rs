//! Who may use the API: on which host it answers, and with which credentials.
//!
//! It keeps no users and no sessions: there is one admin token, and [`session`](super::session) derives a cookie from
//! it; only of those that were signed out there is a mark, until they would have been over. A wrong credential is counted, a right one is never refused because of somebody else's wrong ones.

use super::message::Request;
use super::session;
use crate::app::{App, sessions};
use crate::domain::problem::{Kind, Problem};
use crate::domain::secret::{Secret, equal_secret};

/// **Limit:** failed sign-ins a minute and isolate that are answered 401; further ones 429.
const MAX_FAILED: u32 = 10;

/// For how long failures are counted together.
const WINDOW_MS: i64 = 60_000;

/// A host without its port, in small letters.
pub fn hostname(host: &str) -> String {
    let bare = match host.rfind(']') {
        Some(end) => host.get(..=end).unwrap_or(host),
        None => host.split(':').next().unwrap_or(host),
    };
    bare.to_ascii_lowercase()
}

/// Whether a host is this machine.
pub fn is_local(host: &str) -> bool {
    matches!(hostname(host).as_str(), "localhost" | "127.0.0.1" | "[::1]")
}

/// Whether dashboard and API answer here: on `ADMIN_HOST`, or when it is not set on this machine and on
/// `*.workers.dev`. Elsewhere they must not exist, because a route on a customer's website shares that site's origin.
pub fn is_admin_host(app: &App, request: &Request) -> bool {
    match &app.config.settings.admin_host {
        // One that names a port means that port only.
        Some(own) => request.host.eq_ignore_ascii_case(own) || hostname(&request.host) == *own,
        None => is_local(&request.host) || hostname(&request.host).ends_with(".workers.dev"),
    }
}

/// The token that opens the API.
///
/// # Errors
/// `no_admin_token` when none is set: the deployer can mend it.
pub fn admin_token(app: &App) -> Result<&Secret<String>, Problem> {
    app.config.admin_token.as_ref().ok_or_else(|| {
        let said = app.config.problems.iter().find(|problem| problem.contains("`ADMIN_TOKEN`"));
        let message = said.map_or("`ADMIN_TOKEN` is not set, so the API is closed; set one", String::as_str);
        Problem::new(Kind::Misconfigured, "no_admin_token", message)
    })
}

/// Lets a request pass that brings the token or a session.
///
/// # Errors
/// `unauthorized`, `rate_limited`, `cross_origin`, `no_admin_token`; for a session also that storage does not answer.
pub async fn check(app: &App, request: &Request) -> Result<(), Problem> {
    let token = admin_token(app)?;
    if let Some(header) = request.headers.get("authorization") {
        let given = bearer(&header).unwrap_or_default();
        return if equal_secret(given.as_bytes(), token.expose().as_bytes()) { Ok(()) } else { Err(failed(app)) };
    }
    let Some(cookie) = session::of(request) else { return Err(unauthorized("sign in, or send the admin token")) };
    match session::read(token, &cookie, app.ports.clock.now()) {
        session::Verdict::Valid => {
            same_origin(request)?;
            if sessions::is_ended(app, &cookie).await? {
                return Err(unauthorized("the session was signed out; sign in again"));
            }
            Ok(())
        }
        session::Verdict::Expired => Err(unauthorized("the session is over; sign in again")),
        session::Verdict::Forged => Err(failed(app)),
    }
}

/// Ends the session that a request brings, if it brings one that counts.
///
/// # Errors
/// `cross_origin`, or that storage does not answer.
pub async fn end_session(app: &App, request: &Request) -> Result<(), Problem> {
    let Some(cookie) = session::of(request) else { return Ok(()) };
    let Some(token) = app.config.admin_token.as_ref() else { return Ok(()) };
    match session::read(token, &cookie, app.ports.clock.now()) {
        session::Verdict::Valid => {
            same_origin(request)?;
            sessions::end(app, &cookie, session::until(&cookie)).await
        }
        session::Verdict::Expired | session::Verdict::Forged => Ok(()),
    }
}

/// Compares a token that somebody signs in with.
///
/// # Errors
/// `unauthorized`, `rate_limited`, `no_admin_token`.
pub fn check_token(app: &App, given: &str) -> Result<Secret<String>, Problem> {
    let token = admin_token(app)?;
    if equal_secret(given.as_bytes(), token.expose().as_bytes()) { Ok(token.clone()) } else { Err(failed(app)) }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized(message: &str) -> Problem {
    let message = format!("{message} as `Authorization: Bearer …`");
    Problem::new(Kind::Unauthorized, "unauthorized", message)
}

/// Counts a failure, and says what it is answered with.
///
/// The count is never asked before a credential is compared: a person with the right token must not be locked out by
/// somebody else's guessing, and 128 random bits do not become guessable because the answers come fast.
fn failed(app: &App) -> Problem {
    let now = app.ports.clock.now();
    let running = app.memory.failed_sign_ins.get().filter(|(_, since)| now.since(*since) < WINDOW_MS);
    let (count, since) = running.map_or((1, now), |(count, since)| (count.saturating_add(1), since));
    app.memory.failed_sign_ins.set(Some((count, since)));
    if count <= MAX_FAILED {
        return unauthorized("the token is wrong; send the value of `ADMIN_TOKEN`");
    }
    let left_s = (WINDOW_MS - now.since(since)).max(0) / 1_000 + 1;
    let message = "too many wrong tokens were sent; wait a minute, and copy the value of `ADMIN_TOKEN` whole";
    Problem::new(Kind::TooMany, "rate_limited", message).retry_after(u32::try_from(left_s).unwrap_or(60))
}

/// A write by cookie must come from a page of this very origin: another site can make a browser send cookies.
fn same_origin(request: &Request) -> Result<(), Problem> {
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        return Ok(());
    }
    let same = match request.headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => request.headers.get("origin").is_some_and(|origin| {
            origin.split_once("://").is_some_and(|(_, host)| host.eq_ignore_ascii_case(&request.host))
        }),
    };
    if same {
        return Ok(());
    }
    let message =
        "a session writes only from a page of this address; send the admin token as `Authorization: Bearer …`";
    Err(Problem::new(Kind::Forbidden, "cross_origin", message))
}
