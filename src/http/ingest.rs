//! The inbound address: one HTTP request to one delivery, and what became of it to one answer.
//!
//! It reads no body and looks nothing up: the app does, in the order that keeps its promises. What a person may see is
//! in [`pages`].

use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::language::wants_page;
use super::message::{Body, Request, Response};
use super::{auth, cors, pages, problem};
use crate::app::challenge::{self, Reply};
use crate::app::ingest::{Delivery, Received, Sent, receive};
use crate::app::refusals::{self, Refused};
use crate::app::welcome::Welcome;
use crate::app::{After, App, identify, unknown_source};
use crate::domain::event::Header;
use crate::domain::ids::{EventId, Token};
use crate::domain::problem::Problem;
use crate::domain::source::{ResponseMode, Source};

const ALLOW: &str = "POST, PUT, PATCH, OPTIONS";

/// What became of a delivery, as a program is told.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Receipt"))]
#[serde(untagged)]
pub enum Answer {
    /// One event.
    One {
        /// Its id; of a repeated delivery that of the first one.
        #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "String"))]
        id: EventId,
        /// `accepted` or `duplicate`.
        status: &'static str,
        /// How many fields it has.
        #[serde(skip_serializing_if = "Option::is_none")]
        fields: Option<usize>,
        /// Whether it waits in a queue for the database.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        deferred: bool,
    },
    /// The events of an array.
    Many {
        /// Their ids, in order.
        #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<String>"))]
        ids: Vec<EventId>,
        /// `accepted` or `duplicate`.
        status: &'static str,
        /// Whether they wait in a queue for the database.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        deferred: bool,
    },
}

/// Answers a request to `…/in/{token}`.
pub async fn handle(app: &App, request: &Request, token: &str) -> (Response, Option<After>) {
    let token = Token::parse(token);
    let delivers = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if (delivers || request.method == "GET")
        && let Some(answer) = challenge(app, request, token.as_ref(), !delivers).await
    {
        return answer;
    }
    match request.method.as_str() {
        _ if delivers => deliver(app, request, token).await,
        "OPTIONS" => (cors::preflight(app, request, token.as_ref()).await, None),
        _ => (no_delivery(request), None),
    }
}

/// What this address is for, to a method that delivers nothing. It does not depend on whose the address is.
fn no_delivery(request: &Request) -> Response {
    if wants_page(request) {
        return pages::what_this_is(request).with("allow", ALLOW);
    }
    cors::allow(problem::method_not_allowed(ALLOW), request.headers.get("origin").as_deref(), Welcome::Any)
}

/// The answer to a provider that asks whether this address is ours; `None` when the request asks nothing like it.
async fn challenge(
    app: &App,
    request: &Request,
    token: Option<&Token>,
    get: bool,
) -> Option<(Response, Option<After>)> {
    let token = token?;
    let origin = request.headers.get("origin");
    let header = |name: &str| request.headers.get(name);
    let delivery = delivery(app, request, token.clone(), &header, origin.as_deref()).ok()?;
    let response = match challenge::answer(app, &delivery, get).await {
        Ok(None) => return None,
        Ok(Some(Reply::Text(text))) => Response::new(200, "text/plain; charset=utf-8", text),
        Ok(Some(Reply::Json(json))) => Response::new(200, "application/json", json),
        Err(problem) => {
            problem::log(app, &problem);
            let response =
                if wants_page(request) { pages::refused(request, &problem) } else { problem::respond(&problem) };
            return Some((response, note(app, request, token, &problem)));
        }
    };
    // Nothing that somebody may have written becomes a page of this host.
    let response = response.with("cache-control", "no-store").with("x-content-type-options", "nosniff");
    Some((response.with("content-security-policy", "default-src 'none'; sandbox"), None))
}

async fn deliver(app: &App, request: &Request, token: Option<Token>) -> (Response, Option<After>) {
    let origin = request.headers.get("origin");
    let (outcome, noted) = try_deliver(app, request, token.as_ref(), origin.as_deref()).await;
    match outcome {
        Ok(Received { receipt, source, after }) => {
            let source = &source.source;
            let status = if receipt.duplicate { 200 } else { 202 };
            let response = match form_answer(request, source, status) {
                Some(response) => response,
                None => to_program(status, receipt),
            };
            (cors::allow(response, origin.as_deref(), Welcome::of(source)), refusals::with(app, both(after, noted)))
        }
        Err(problem) => {
            problem::log(app, &problem);
            let response =
                if is_form(request) { pages::refused(request, &problem) } else { problem::respond(&problem) };
            // Of a page that is not allowed the browser must keep even this answer.
            let welcome = if problem.code == "origin_not_allowed" { Welcome::No } else { Welcome::Any };
            let refused = token.and_then(|token| note(app, request, &token, &problem));
            (cors::allow(response, origin.as_deref(), welcome), both(noted, refused))
        }
    }
}

/// Notes a refused delivery for the operator of its source.
fn note(app: &App, request: &Request, token: &Token, problem: &Problem) -> Option<After> {
    let content_type = request.headers.get("content-type");
    let refused = Refused { token, method: &request.method, content_type, body: bytes(request) };
    refusals::note(app, &refused, problem)
}

fn bytes(request: &Request) -> &[u8] {
    match &request.body {
        Body::Bytes(bytes) => bytes,
        Body::TooLarge | Body::NoRoom | Body::Broken => &[],
    }
}

/// Receives a delivery. What is beside the outcome is kept of it for `identify`, after the answer.
async fn try_deliver(
    app: &App,
    request: &Request,
    token: Option<&Token>,
    origin: Option<&str>,
) -> (Result<Received, Problem>, Option<After>) {
    let header = |name: &str| request.headers.get(name);
    let delivery =
        token.ok_or_else(unknown_source).and_then(|token| delivery(app, request, token.clone(), &header, origin));
    match delivery {
        Ok(delivery) => {
            let outcome = receive(app, &delivery).await;
            let noted = identify::note(app, &delivery, &outcome);
            (outcome, noted)
        }
        Err(problem) => (Err(problem), None),
    }
}

/// A request as a delivery; what its body is refused for otherwise.
fn delivery<'a>(
    app: &App,
    request: &'a Request,
    token: Token,
    header: Header<'a>,
    origin: Option<&'a str>,
) -> Result<Delivery<'a>, Problem> {
    if let Some(problem) = problem::of_body(&request.body) {
        return Err(problem);
    }
    let body = bytes(request);
    // The dashboard's test event: no list of sites means that one.
    let origin = origin.filter(|origin| !(request.is_own(origin) && auth::is_admin_host(app, request)));
    Ok(Delivery { token, header, query: request.query.as_deref(), body, origin, sent: request })
}

impl Sent for Request {
    fn url(&self) -> String {
        let query = self.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
        format!("{}://{}{}{query}", self.scheme, self.host, self.path)
    }

    fn header_names(&self) -> Vec<String> {
        self.headers.names()
    }
}

/// One thing after the other.
fn both(first: Option<After>, second: Option<After>) -> Option<After> {
    match (first, second) {
        (Some(first), Some(second)) => Some(Box::pin(async move {
            first.await;
            second.await;
        })),
        (first, second) => first.or(second),
    }
}

fn to_program(status: u16, receipt: crate::app::ingest::Receipt) -> Response {
    let words = if receipt.duplicate { "duplicate" } else { "accepted" };
    let fields = (!receipt.duplicate).then_some(receipt.fields);
    let deferred = receipt.deferred;
    let mut ids = receipt.ids;
    let answer = match ids.pop() {
        Some(id) if !receipt.many => Answer::One { id, status: words, fields, deferred },
        Some(last) => {
            ids.push(last);
            Answer::Many { ids, status: words, deferred }
        }
        None => Answer::Many { ids, status: words, deferred },
    };
    Response::json(status, &answer).with("cache-control", "no-store").with("x-content-type-options", "nosniff")
}

/// Whether a page's form was sent, by a person who sees the answer. There are programs that ask for HTML whatever they
/// send, and call JSON a form.
fn is_form(request: &Request) -> bool {
    if !wants_page(request) {
        return false;
    }
    let declared = request.headers.get("content-type").unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let forms = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    let is_json = bytes(request).trim_ascii_start().first().is_some_and(|first| b"{[".contains(first));
    forms.contains(&essence.as_str()) && !is_json
}

/// The answer to a plain HTML form: the operator's page or redirect. `None` when it was no form.
fn form_answer(request: &Request, source: &Source, status: u16) -> Option<Response> {
    if !is_form(request) {
        return None;
    }
    let answer = &source.settings.response;
    Some(match (answer.mode, &answer.url) {
        (ResponseMode::Redirect, Some(url)) => {
            // A header holds ASCII only, and an address may have been written as people write it.
            let url = utf8_percent_encode(url, CONTROLS).to_string();
            Response::empty(303).with("location", url).with("cache-control", "no-store")
        }
        (ResponseMode::Page, _) => pages::thanks(request, status, answer.text.as_deref()),
        (ResponseMode::Json | ResponseMode::Redirect, _) => pages::thanks(request, status, None),
    })
}
