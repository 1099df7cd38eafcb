//! Who may use the API: on which host it answers, and with which credentials.
//!
//! It keeps no users and no sessions: there is one admin token, and [`session`](super::session) derives a cookie from
//! it; only of those that were signed out there is a mark, until they would have been over. A wrong credential is
//! counted, a right one is never refused because of somebody else's wrong ones. Where Cloudflare Access is set, nobody
//! comes in whom it has not let in, and whom it has needs no token.

use super::message::Request;
use super::session;
use crate::app::config::Access;
use crate::app::{App, access, sessions};
use crate::domain::problem::{Kind, Problem};
use crate::domain::secret::{Secret, equal_secret};
use crate::domain::time::Timestamp;

/// **Limit:** failed sign-ins a minute, isolate and address that are answered 401; further ones 429.
const MAX_FAILED: u32 = 10;

/// **Limit:** the same of all addresses together, so that many of them gain little.
const MAX_FAILED_TOGETHER: u32 = 100;

/// **Limit:** addresses that one isolate counts by themselves; those that come when it is full share the count of all.
const MAX_ADDRESSES: usize = 500;

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

/// By what somebody was let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The admin token.
    Token,
    /// A session, until it is over.
    Session(Timestamp),
    /// Cloudflare Access.
    Access,
}

/// Where Cloudflare Access is set, lets pass only whom it has let in; whether it has.
///
/// # Errors
/// `access_required`, `access_unavailable`, `access_misconfigured`.
pub async fn gate(app: &App, request: &Request) -> Result<bool, Problem> {
    match &app.config.access {
        Access::Off => Ok(false),
        Access::On(gate) => {
            let assertion = request.headers.get("cf-access-jwt-assertion");
            access::check(app, gate, assertion.as_deref()).await.map(|()| true)
        }
        Access::Broken => {
            let message = "Cloudflare Access is set and its settings cannot be read, so dashboard and API are closed; \
                           correct `ACCESS_TEAM_DOMAIN` and `ACCESS_AUD`";
            Err(Problem::new(Kind::Misconfigured, "access_misconfigured", message))
        }
    }
}

/// Lets a request pass that brings the token or a session, or whom Cloudflare Access has let in.
///
/// # Errors
/// Those of [`gate`]; `unauthorized`, `rate_limited`, `cross_origin`, `no_admin_token`; for a session also that storage
/// does not answer.
pub async fn check(app: &App, request: &Request) -> Result<By, Problem> {
    let token = admin_token(app)?;
    let let_in = gate(app, request).await?;
    if let Some(header) = request.headers.get("authorization") {
        let given = bearer(&header).unwrap_or_default();
        let right = equal_secret(given.as_bytes(), token.expose().as_bytes());
        return if right { Ok(By::Token) } else { Err(failed(app, request)) };
    }
    if let_in {
        // The browser sends what Access knows somebody by, whichever page makes it: as with a cookie of ours.
        return same_origin(request).map(|()| By::Access);
    }
    let Some(cookie) = session::of(request) else { return Err(unauthorized("sign in, or send the admin token")) };
    match session::read(token, &cookie, app.ports.clock.now()) {
        session::Verdict::Valid => {
            same_origin(request)?;
            if sessions::is_ended(app, &cookie).await? {
                return Err(unauthorized("the session was signed out; sign in again"));
            }
            Ok(By::Session(session::until(&cookie)))
        }
        session::Verdict::Expired => Err(unauthorized("the session is over; sign in again")),
        session::Verdict::Forged => Err(failed(app, request)),
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
pub fn check_token(app: &App, request: &Request, given: &str) -> Result<Secret<String>, Problem> {
    let token = admin_token(app)?;
    if equal_secret(given.as_bytes(), token.expose().as_bytes()) {
        Ok(token.clone())
    } else {
        Err(failed(app, request))
    }
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
///
/// It is counted by the address that Cloudflare names, so that one guesser's failures do not answer for another person's
/// typing error, and for all together. Nothing of it is stored.
fn failed(app: &App, request: &Request) -> Problem {
    let now = app.ports.clock.now();
    let mut all = app.memory.failed_sign_ins.borrow_mut();
    all.retain(|(_, _, since)| now.since(*since) < WINDOW_MS);
    // An address that cannot be counted by itself any more is one of the unknown.
    let address =
        from(request).filter(|address| all.len() < MAX_ADDRESSES || all.iter().any(|(known, ..)| known == address));
    let address = address.unwrap_or_else(|| "unknown".to_owned());
    let mut count = |who: String, most: u32| {
        if let Some((_, count, since)) = all.iter_mut().find(|(known, ..)| *known == who) {
            *count = count.saturating_add(1);
            return (*count > most).then_some(*since);
        }
        all.push((who, 1, now));
        None
    };
    let together = count(String::new(), MAX_FAILED_TOGETHER);
    let alone = count(address, MAX_FAILED);
    let Some(since) = alone.or(together) else {
        return unauthorized("the token is wrong; send the value of `ADMIN_TOKEN`");
    };
    let left_s = (WINDOW_MS - now.since(since)).max(0) / 1_000 + 1;
    let message = "too many wrong tokens were sent; wait a minute, and copy the value of `ADMIN_TOKEN` whole";
    Problem::new(Kind::TooMany, "rate_limited", message).retry_after(u32::try_from(left_s).unwrap_or(60))
}

/// Who asks, by the address that Cloudflare sets and nobody else can: of IPv6 the first half, which is one customer's.
fn from(request: &Request) -> Option<String> {
    let address = request.headers.get("cf-connecting-ip").filter(|address| address.len() <= 45)?;
    match address.contains(':') {
        true => Some(address.split(':').take(4).collect::<Vec<_>>().join(":")),
        false => Some(address),
    }
}

/// A write by cookie must come from a page of this very origin: another site can make a browser send cookies.
fn same_origin(request: &Request) -> Result<(), Problem> {
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        return Ok(());
    }
    let same = match request.headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => request.headers.get("origin").is_some_and(|origin| request.is_own(&origin)),
    };
    if same {
        return Ok(());
    }
    let message =
        "a session writes only from a page of this address; send the admin token as `Authorization: Bearer …`";
    Err(Problem::new(Kind::Forbidden, "cross_origin", message))
}
