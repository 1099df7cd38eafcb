//! The inbound address: one HTTP request to one delivery, and what became of it to one answer.
//!
//! It reads no body and looks nothing up: the app does, in the order that keeps its promises. What a person may see is
//! in [`pages`].

use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::language::wants_page;
use super::message::{Body, Request, Response};
use super::{cors, pages, problem};
use crate::app::ingest::{Delivery, Received, receive};
use crate::app::welcome::Welcome;
use crate::app::{After, App, unknown_source};
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
    match request.method.as_str() {
        "POST" | "PUT" | "PATCH" => deliver(app, request, token).await,
        "OPTIONS" => (cors::preflight(app, request, token.as_ref()).await, None),
        // No look-up: what this address is for does not depend on whose it is.
        _ if wants_page(request) => (pages::what_this_is(request).with("allow", ALLOW), None),
        _ => {
            let origin = request.headers.get("origin");
            (cors::allow(problem::method_not_allowed(ALLOW), origin.as_deref(), Welcome::Any), None)
        }
    }
}

async fn deliver(app: &App, request: &Request, token: Option<Token>) -> (Response, Option<After>) {
    let origin = request.headers.get("origin");
    match try_deliver(app, request, token, origin.as_deref()).await {
        Ok(Received { receipt, source, after }) => {
            let source = &source.source;
            let status = if receipt.duplicate { 200 } else { 202 };
            let response = match form_answer(request, source, status) {
                Some(response) => response,
                None => to_program(status, receipt),
            };
            (cors::allow(response, origin.as_deref(), Welcome::of(source)), after)
        }
        Err(problem) => {
            problem::log(app, &problem);
            let response =
                if wants_page(request) { pages::refused(request, &problem) } else { problem::respond(&problem) };
            // Of a page that is not allowed the browser must keep even this answer.
            let welcome = if problem.code == "origin_not_allowed" { Welcome::No } else { Welcome::Any };
            (cors::allow(response, origin.as_deref(), welcome), None)
        }
    }
}

async fn try_deliver(
    app: &App,
    request: &Request,
    token: Option<Token>,
    origin: Option<&str>,
) -> Result<Received, Problem> {
    let token = token.ok_or_else(unknown_source)?;
    if let Some(problem) = problem::of_body(&request.body) {
        return Err(problem);
    }
    let body = match &request.body {
        Body::Bytes(bytes) => bytes.as_slice(),
        Body::TooLarge | Body::NoRoom | Body::Broken => &[],
    };
    let header = |name: &str| request.headers.get(name);
    let (url, header_names) = (|| request.url(), || request.headers.names());
    let query = request.query.as_deref();
    receive(app, &Delivery { token, header: &header, query, body, origin, url: &url, header_names: &header_names })
        .await
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

/// The answer to a plain HTML form: the operator's page or redirect. `None` when it was no form.
fn form_answer(request: &Request, source: &Source, status: u16) -> Option<Response> {
    if !wants_page(request) {
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
