//! The HTTP edge: requests to use cases, results to responses.
//!
//! It decides nothing about events, runs or automations, and never sees SQL, KV keys or bindings. What one host may be
//! asked is decided in [`auth`], what a path means in one `match` here and in the table of [`route`].

mod api;
mod auth;
mod cors;
mod dashboard;
mod headers;
mod ingest;
mod language;
pub mod message;
#[cfg(not(target_arch = "wasm32"))]
pub mod openapi;
mod pages;
mod problem;
pub mod room;
mod route;
mod session;
mod whatsapp;

use futures_util::FutureExt;

use crate::app::{After, App};
use message::{Reply, Request, Response};

/// Answers a request. What comes beside the reply goes on after it, and must be kept alive for that.
pub async fn handle(app: &App, request: Request) -> (Reply, Option<After>) {
    let (reply, after) = route(app, &request).await;
    let mut reply = match reply {
        Reply::Response(response) => headers::of_all(response).into(),
        Reply::Asset(mut asset) => {
            asset.missing = headers::of_all(asset.missing);
            asset.failed = headers::of_all(asset.failed);
            Reply::Asset(asset)
        }
    };
    if request.method == "HEAD" {
        match &mut reply {
            Reply::Response(response) => response.body.clear(),
            Reply::Asset(asset) => {
                asset.head = true;
                asset.missing.body.clear();
                asset.failed.body.clear();
            }
        }
    }
    (reply, after)
}

async fn route(app: &App, request: &Request) -> (Reply, Option<After>) {
    let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        // Under any prefix and on any host: a route of Cloudflare may put both in front of it.
        // Some clients escape what needs no escape (`/in/%39k1m…`); it is the same address (RFC 3986, §6.2.2.2).
        [.., "in", "whatsapp", connection] => {
            let (response, after) = whatsapp::handle(app, request, connection).await;
            (response.into(), after)
        }
        [.., "in", token] => {
            let token = percent_encoding::percent_decode_str(token).decode_utf8_lossy();
            let (response, after) = ingest::handle(app, request, &token).await;
            (response.into(), after)
        }
        ["healthz"] => (api::probe(app, request).await.into(), None),
        // Boxed and unnamed, so that neither the future of a delivery nor its code holds every use case of the API.
        ["api", "v1", path @ ..] => (api::handle(app, request, path).boxed_local().await, None),
        path if auth::is_admin_host(app, request) => (of_admin(app, request, path).boxed_local().await, None),
        _ => (not_found(request).into(), None),
    }
}

/// What the admin host shows beside the API, to whom Cloudflare Access lets in where it is set.
async fn of_admin(app: &App, request: &Request, path: &[&str]) -> Reply {
    let reply = match auth::gate(app, request).await {
        Ok(_) => dashboard::handle(app, request, path).unwrap_or_else(|| not_found(request).into()),
        Err(problem) => {
            problem::log(app, &problem);
            problem::respond(&problem).into()
        }
    };
    match reply {
        Reply::Response(response) => headers::of_admin(request, response).into(),
        // A file has its own, except what binds the browser to this host.
        Reply::Asset(mut asset) => {
            asset.headers.extend(headers::transport(request));
            Reply::Asset(asset)
        }
    }
}

fn not_found(request: &Request) -> Response {
    if language::wants_page(request) { pages::not_found(request) } else { problem::respond(&problem::nothing_here()) }
}
