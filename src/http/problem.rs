//! Problems as answers (RFC 9457). **Invariant:** the only place that turns a kind into a status.
//!
//! The type is always `about:blank`: what a program looks at is `code`, which is stable, and no page behind a URL could
//! say more than `detail` does. Neither an answer nor the log ever holds a payload, a token or a secret.

use serde::Serialize;

use super::message::Response;
use crate::app::App;
use crate::app::ports::Level;
use crate::domain::problem::{Fault, Kind, Problem};

/// The body of every error.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Problem"))]
pub struct ProblemView<'a> {
    /// Always `about:blank`: look at `code`.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What happened, stable: what a program looks at.
    code: &'a str,
    /// What happened, and what to do, for a person.
    detail: &'a str,
    /// Every fault of an invalid input, by path.
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<FaultView>"))]
    errors: &'a [Fault],
}

/// One fault in what was sent.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Fault")]
#[expect(dead_code, reason = "the schema of `domain::problem::Fault`, which knows no schemas")]
struct FaultView {
    /// Where: `steps[0].params.to`; empty for the whole.
    path: String,
    /// Which fault, stable: `required`, `unknown_key`, `invalid`, …
    code: String,
    /// The fault in words, with what to do.
    message: String,
}

/// The status of a kind.
pub const fn status(kind: Kind) -> u16 {
    match kind {
        Kind::Malformed => 400,
        Kind::Unauthorized => 401,
        Kind::Forbidden => 403,
        Kind::NotFound => 404,
        Kind::MethodNotAllowed => 405,
        Kind::Conflict => 409,
        Kind::Gone => 410,
        Kind::TooLarge => 413,
        Kind::UnsupportedMedia => 415,
        Kind::Invalid => 422,
        Kind::TooMany => 429,
        Kind::Internal => 500,
        Kind::Misconfigured | Kind::Unavailable => 503,
    }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Malformed => "Bad Request",
        Kind::Unauthorized => "Unauthorized",
        Kind::Forbidden => "Forbidden",
        Kind::NotFound => "Not Found",
        Kind::MethodNotAllowed => "Method Not Allowed",
        Kind::Conflict => "Conflict",
        Kind::Gone => "Gone",
        Kind::TooLarge => "Content Too Large",
        Kind::UnsupportedMedia => "Unsupported Media Type",
        Kind::Invalid => "Unprocessable Content",
        Kind::TooMany => "Too Many Requests",
        Kind::Internal => "Internal Server Error",
        Kind::Misconfigured | Kind::Unavailable => "Service Unavailable",
    }
}

/// The problem as an answer to a program.
pub fn respond(problem: &Problem) -> Response {
    let status = status(problem.kind);
    let view = ProblemView {
        r#type: "about:blank",
        title: title(problem.kind),
        status,
        code: problem.code,
        detail: &problem.message,
        errors: &problem.faults,
    };
    let body = serde_json::to_string(&view).unwrap_or_default();
    let mut response = Response::new(status, "application/problem+json", body)
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff");
    if let Some(seconds) = problem.retry_after_s {
        response = response.with("retry-after", seconds.to_string());
    }
    if problem.code == "unauthorized" {
        response = response.with("www-authenticate", "Bearer");
    }
    response
}

/// Writes into the log what the caller cannot mend.
pub fn log(app: &App, problem: &Problem) {
    let level = match problem.kind {
        Kind::Internal | Kind::Misconfigured => Level::Error,
        Kind::Unavailable => Level::Warn,
        Kind::Malformed
        | Kind::Unauthorized
        | Kind::Forbidden
        | Kind::NotFound
        | Kind::MethodNotAllowed
        | Kind::Conflict
        | Kind::Gone
        | Kind::TooLarge
        | Kind::UnsupportedMedia
        | Kind::Invalid
        | Kind::TooMany => return,
    };
    let why = if problem.context.is_empty() { &problem.message } else { &problem.context };
    app.ports.log.write(level, &format!("answered {} {}: {why}", status(problem.kind), problem.code));
}

/// There is nothing at this address.
pub fn nothing_here() -> Problem {
    Problem::new(Kind::NotFound, "not_found", "there is nothing at this address")
}

/// A method that a path does not have.
pub fn method_not_allowed(allow: &str) -> Response {
    let message = format!("this address takes {allow} only");
    respond(&Problem::new(Kind::MethodNotAllowed, "method_not_allowed", message)).with("allow", allow)
}

/// A body that the platform did not read, and why.
pub fn of_body(body: &super::message::Body) -> Option<Problem> {
    use super::message::Body;
    match body {
        Body::Bytes(_) => None,
        Body::TooLarge => {
            let message = "the body is larger than 1 MiB, which is the most that is accepted";
            Some(Problem::new(Kind::TooLarge, "payload_too_large", message))
        }
        Body::NoRoom => {
            let message = "too many large bodies are on their way at once; send it again in a second";
            let problem = Problem::new(Kind::Unavailable, "storage_unavailable", message);
            Some(problem.retry_after(1).with_context("no room for another body in this isolate"))
        }
        Body::Broken => {
            let message = "the body broke off before its end; send it again";
            Some(Problem::new(Kind::Malformed, "incomplete_body", message))
        }
    }
}
