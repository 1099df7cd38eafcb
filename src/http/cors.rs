//! Browsers: which pages may send to a source by script, and read its answer.
//!
//! It protects nobody from programs, which say whatever origin they like. No answer ever allows credentials.

use super::message::{Request, Response};
use crate::app::App;
use crate::app::ingest;
use crate::domain::ids::Token;

/// The methods of a delivery.
pub const METHODS: &str = "POST, PUT, PATCH";

/// How long a browser may remember a preflight: the most that Chromium keeps.
const MAX_AGE_S: &str = "7200";

/// Answers a preflight. It refuses nothing but an origin: what is wrong with a token is said to the delivery itself,
/// because a script cannot read why its preflight failed.
pub async fn preflight(app: &App, request: &Request, token: Option<&Token>) -> Response {
    let response = Response::empty(204).with("allow", "POST, PUT, PATCH, OPTIONS").with("vary", "Origin");
    let Some(origin) = request.headers.get("origin") else { return response };
    let allowed = match token {
        Some(token) => ingest::allowed_origins(app, token).await,
        None => None,
    };
    if allowed.as_ref().is_some_and(|allowed| !ingest::is_allowed(allowed, &origin)) {
        return response;
    }
    let headers = request.headers.get("access-control-request-headers");
    let headers = headers.filter(|names| is_list_of_names(names)).unwrap_or_else(|| "content-type".to_owned());
    allow(response, Some(&origin), allowed.is_some())
        .with("access-control-allow-methods", METHODS)
        .with("access-control-allow-headers", headers)
        .with("access-control-max-age", MAX_AGE_S)
}

/// Lets a page read an answer: any page, or by name the one that was allowed by name.
pub fn allow(response: Response, origin: Option<&str>, by_name: bool) -> Response {
    match origin {
        None => response,
        Some(origin) if by_name => response.with("access-control-allow-origin", origin).with("vary", "Origin"),
        Some(_) => response.with("access-control-allow-origin", "*"),
    }
    .with("access-control-expose-headers", "retry-after")
}

fn is_list_of_names(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_, ".contains(&byte))
}
