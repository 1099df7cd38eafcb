//! Browsers: which pages may send to a source by script, and read its answer.
//!
//! It protects nobody from programs, which say whatever origin they like. No answer ever allows credentials.

use super::message::{Request, Response};
use crate::app::App;
use crate::app::welcome::{Welcome, welcomes};
use crate::domain::ids::Token;

/// The methods of a delivery.
pub const METHODS: &str = "POST, PUT, PATCH";

/// How long a browser may remember a preflight: the most that Chromium keeps.
const MAX_AGE_S: &str = "7200";

/// Answers a preflight. It refuses nothing but an origin: what is wrong with a token is said to the delivery itself,
/// because a script cannot read why its preflight failed.
pub async fn preflight(app: &App, request: &Request, token: Option<&Token>) -> Response {
    let response = Response::empty(204).with("allow", "POST, PUT, PATCH, OPTIONS");
    let Some(origin) = request.headers.get("origin") else { return response };
    let welcome = match token {
        Some(token) => welcomes(app, token, &origin).await,
        None => None,
    };
    let welcome = welcome.unwrap_or(Welcome::Any);
    if welcome == Welcome::No {
        return response.with("vary", "Origin");
    }
    let headers = request.headers.get("access-control-request-headers");
    let headers = headers.filter(|names| is_list_of_names(names)).unwrap_or_else(|| "content-type".to_owned());
    allow(response, Some(&origin), welcome)
        .with("access-control-allow-methods", METHODS)
        .with("access-control-allow-headers", headers)
        .with("access-control-max-age", MAX_AGE_S)
}

/// Lets a page read an answer: any page, or by name the one that was allowed by name.
pub fn allow(response: Response, origin: Option<&str>, welcome: Welcome) -> Response {
    let Some(origin) = origin else { return response };
    match welcome {
        Welcome::No => return response,
        Welcome::Any => response.with("access-control-allow-origin", "*"),
        Welcome::Named => response.with("access-control-allow-origin", origin).with("vary", "Origin"),
    }
    .with("access-control-expose-headers", "retry-after")
}

fn is_list_of_names(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_, ".contains(&byte))
}
