//! The address that is given to Meta for a WhatsApp connection: its challenge, and its delivery reports.
//!
//! It believes nobody and reads no report: the app compares, verifies and keeps. Messages that people write come to the
//! same address at Meta's will; they are acknowledged and not kept.

use super::message::{Body, Request, Response};
use super::{pages, problem};
use crate::app::{After, App, reports};
use crate::domain::ids::ConnectionId;
use crate::domain::problem::{Kind, Problem};
use crate::http::language::wants_page;

const ALLOW: &str = "GET, POST";

/// **Limit:** characters of a challenge. Meta's are some ten digits.
const MOST_CHALLENGE: usize = 200;

/// The path of a connection's address, below the public one.
pub fn path(id: &ConnectionId) -> String {
    format!("/in/whatsapp/{id}")
}

/// Answers a request to `…/in/whatsapp/{connection}`.
pub async fn handle(app: &App, request: &Request, id: &str) -> (Response, Option<After>) {
    let answer = match (request.method.as_str(), challenge_of(request)) {
        ("POST", _) => report(app, request, id).await,
        ("GET" | "HEAD", Some(challenge)) => challenged(app, request, id, challenge).await.map(|text| (text, None)),
        ("GET" | "HEAD", None) if !wants_page(request) => Err(invalid_challenge()),
        _ if wants_page(request) => Ok((pages::what_this_is(request).with("allow", ALLOW), None)),
        _ => Ok((problem::method_not_allowed(ALLOW), None)),
    };
    answer.unwrap_or_else(|problem| {
        problem::log(app, &problem);
        (problem::respond(&problem), None)
    })
}

/// Source: Meta, "Webhooks: verification requests" (`hub.mode` is `subscribe`).
fn challenge_of(request: &Request) -> Option<String> {
    let text = parameter(request, "hub.challenge")?;
    (parameter(request, "hub.mode").as_deref() == Some("subscribe")).then_some(text)
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let query = request.query.as_deref()?;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn challenged(app: &App, request: &Request, id: &str, challenge: String) -> Result<Response, Problem> {
    let given = parameter(request, "hub.verify_token").unwrap_or_default();
    reports::challenge(app, &connection(id)?, &given, request.headers.get("cf-connecting-ip")).await?;
    if challenge.len() > MOST_CHALLENGE || !challenge.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid_challenge());
    }
    Ok(plain(challenge))
}

fn invalid_challenge() -> Problem {
    let message = "this address takes Meta's reports (POST), and answers its challenge: `hub.mode=subscribe`, \
                   `hub.verify_token` and a `hub.challenge` of digits";
    Problem::new(Kind::Malformed, "invalid_challenge", message)
}

async fn report(app: &App, request: &Request, id: &str) -> Result<(Response, Option<After>), Problem> {
    if let Some(problem) = problem::of_body(&request.body) {
        return Err(problem);
    }
    let body = match &request.body {
        Body::Bytes(bytes) => bytes.as_slice(),
        Body::TooLarge | Body::NoRoom | Body::Broken => &[],
    };
    let signature = request.headers.get("x-hub-signature-256").unwrap_or_default();
    let after = reports::take_in(app, &connection(id)?, &signature, body).await?;
    Ok((plain("ok".to_owned()), after))
}

fn connection(id: &str) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(id)
        .ok_or_else(|| Problem::not_found("WhatsApp connection", id.chars().take(100).collect::<String>()))
}

fn plain(text: String) -> Response {
    Response::new(200, "text/plain; charset=utf-8", text)
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff")
        .with("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
}
