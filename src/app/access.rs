//! Letting in whom Cloudflare Access has let in: the team's keys, fetched and remembered, and the look at an assertion.
//!
//! It decides nothing about which requests need one, and keeps nothing of who somebody is: that is in Cloudflare's log.

use std::cell::RefCell;

use crate::domain::access::{self, Assertion, Gate, Key};
use crate::domain::action::{Answer, HttpRequest, USER_AGENT};
use crate::domain::problem::{Kind, Problem};
use crate::domain::time::Timestamp;

use super::App;
use super::ports::Level;

/// How long keys are used before they are fetched again. Access replaces its keys every six weeks, and the one before
/// stays valid for a week.
const FRESH_MS: i64 = 3_600_000;

/// How long keys are used when fetching them again fails.
const USABLE_MS: i64 = 86_400_000;

/// **Limit:** fetches a minute and isolate, so that assertions with made-up keys do not become requests to Cloudflare.
const MOST_FETCHES: u32 = 5;

const MINUTE_MS: i64 = 60_000;

/// What an isolate knows of the team's keys.
#[derive(Default)]
pub struct Keys {
    known: RefCell<Known>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Vec<Key>,
    /// When they were fetched.
    fetched: Option<Timestamp>,
    /// Fetches that were begun, and since when they are counted.
    begun: Option<(u32, Timestamp)>,
}

/// Lets a request pass whose assertion holds.
///
/// # Errors
/// `access_required`; `access_unavailable` when the keys cannot be had.
pub async fn check(app: &App, gate: &Gate, assertion: Option<&str>) -> Result<(), Problem> {
    let Some(text) = assertion else {
        return Err(refused("this address is behind Cloudflare Access; come through it"));
    };
    let read = Assertion::read(text).filter(|assertion| assertion.is_for(gate, app.now()));
    let Some(assertion) = read else {
        return Err(refused("the assertion of Cloudflare Access is over, or for another application; sign in again"));
    };
    let Some(key) = key(app, gate, &assertion.key_id).await? else {
        return Err(refused("the assertion is signed with a key that is not the team's"));
    };
    match app.ports.rsa.verifies(&key, assertion.signed, &assertion.signature).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("the signature of the assertion does not hold")),
        Err(error) => Err(unavailable(&format!("the assertion could not be verified: {error}"))),
    }
}

fn refused(message: &str) -> Problem {
    Problem::new(Kind::Unauthorized, "access_required", message)
}

fn unavailable(context: &str) -> Problem {
    let message = "the keys of Cloudflare Access cannot be had now; try again in a moment";
    Problem::new(Kind::Unavailable, "access_unavailable", message).retry_after(5).with_context(context)
}

/// The key of an id: as remembered, else fetched.
async fn key(app: &App, gate: &Gate, id: &str) -> Result<Option<Key>, Problem> {
    let now = app.now();
    let age = |known: &Known| known.fetched.map_or(i64::MAX, |fetched| now.since(fetched));
    let find = |known: &Known| known.keys.iter().find(|key| key.id == id).cloned();
    let known = app.memory.access.known.borrow().clone();
    let remembered = find(&known).filter(|_| age(&known) < USABLE_MS);
    if remembered.is_some() && age(&known) < FRESH_MS {
        return Ok(remembered);
    }
    if !may_fetch(app, now) {
        // Who was let in a minute ago is not locked out by somebody's made-up keys.
        return match remembered {
            None if age(&known) >= MINUTE_MS => Err(unavailable("the keys were fetched too often")),
            remembered => Ok(remembered),
        };
    }
    match fetch(app, gate).await {
        Ok(keys) => {
            let mut known = app.memory.access.known.borrow_mut();
            (known.keys, known.fetched) = (keys, Some(now));
            Ok(find(&known))
        }
        Err(context) if remembered.is_some() => {
            app.log(Level::Warn, &format!("the keys of cloudflare access are old and go on being used: {context}"));
            Ok(remembered)
        }
        Err(context) => Err(unavailable(&context)),
    }
}

fn may_fetch(app: &App, now: Timestamp) -> bool {
    let mut known = app.memory.access.known.borrow_mut();
    let (count, since) = known.begun.filter(|(_, since)| now.since(*since) < MINUTE_MS).unwrap_or((0, now));
    known.begun = Some((count + 1, since));
    count < MOST_FETCHES
}

async fn fetch(app: &App, gate: &Gate) -> Result<Vec<Key>, String> {
    let request = HttpRequest {
        method: "GET",
        url: gate.keys_url(),
        headers: vec![("User-Agent".to_owned(), USER_AGENT.to_owned())],
        body: None,
        timeout_ms: 5_000,
        max_response_bytes: 64 << 10,
    };
    let what = match app.ports.outbound.send(request).await {
        Answer::Http(http) if http.status == 200 => match access::keys(&http.body) {
            keys if keys.is_empty() => "there is no key in the answer".to_owned(),
            keys => return Ok(keys),
        },
        Answer::Http(http) => format!("the team's address answered {}; check `ACCESS_TEAM_DOMAIN`", http.status),
        Answer::NotSent { reason } => reason,
        Answer::Timeout | Answer::ConnectionLost | Answer::Mail(_) | Answer::Contact { .. } => {
            "the team's address does not answer; check `ACCESS_TEAM_DOMAIN`".to_owned()
        }
    };
    Err(what)
}
