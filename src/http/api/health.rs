//! `/healthz`, for whoever watches over a deployment. It tells nothing but whether the parts answer.

use serde::Serialize;

use crate::app::{App, health};
use crate::domain::problem::{Kind, Problem};
use crate::http::message::{Request, Response};
use crate::http::problem;

/// The parts answer.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Health {
    /// `ok`.
    status: &'static str,
}

/// Answers a probe.
pub async fn probe(app: &App, request: &Request) -> Response {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return problem::method_not_allowed("GET");
    }
    if health::check(app).await {
        return Response::json(200, &Health { status: "ok" })
            .with("cache-control", "no-store")
            .with("x-content-type-options", "nosniff");
    }
    let message = "D1 or KV does not answer; the log says more";
    problem::respond(&Problem::new(Kind::Unavailable, "unhealthy", message).retry_after(5))
}
