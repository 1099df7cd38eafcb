//! The dashboard: which of its files an address means, and with which headers they go out.
//!
//! It reads no file and answers nothing about what is behind the API: a file is the same for everybody, signed in or
//! not. It exists on the admin host only, because a route on a customer's website shares that site's origin.

use super::language::wants_page;
use super::message::{Asset, Reply, Request};
use super::{headers, not_found, pages, problem};
use crate::app::App;
use crate::domain::problem::{Kind, Problem};

/// What the dashboard may do: everything of its own, nothing of anybody else's, and nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// What the page may do in which the dashboard shows an HTML e-mail: run its own script, style, and draw images that
/// the e-mail holds. It reaches no network, no cookie and no storage: `sandbox` gives it an origin of its own, whatever
/// the frame around it says. `'self'` still means this address (tried in Chromium 156), but every request of the page
/// is then one from another origin: see [`SHARED`].
const MAIL_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline' 'self'; img-src data:; \
                           base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts";

/// A file with a hash in its name never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Any origin may read the hashed files, which are public code: the page of [`MAIL_POLICY`] could not load its script
/// otherwise.
const SHARED: (&str, &str) = ("access-control-allow-origin", "*");

/// Answers a request to the admin host for the dashboard; `None` when the address is not one of its.
pub fn handle(app: &App, request: &Request, path: &[&str]) -> Option<Reply> {
    let reads = matches!(request.method.as_str(), "GET" | "HEAD");
    match path {
        [] if reads => Some(page(app, request, true)),
        [] => Some(problem::method_not_allowed("GET").into()),
        _ if !reads => None,
        ["assets", name @ ..] if !name.is_empty() && name.iter().all(|part| is_plain(part)) => {
            let headers = [("content-security-policy", POLICY), ("x-frame-options", "DENY"), SHARED];
            Some(reply(file(request, format!("/assets/{}", name.join("/")), FOREVER, &headers)))
        }
        ["mail.html"] => {
            let headers = [("content-security-policy", MAIL_POLICY), ("x-frame-options", "SAMEORIGIN")];
            Some(reply(file(request, "/mail.html".to_owned(), "no-cache", &headers)))
        }
        [name] if is_icon(name) => {
            let headers = [("content-security-policy", POLICY), ("x-frame-options", "DENY")];
            Some(reply(file(request, format!("/{name}"), "no-cache", &headers)))
        }
        // An address of a machine, also a mistyped one: a page would tell it that all is well.
        ["assets" | "api" | "healthz", ..] => None,
        _ if path.contains(&"in") => None,
        _ => wants_page(request).then(|| page(app, request, false)),
    }
}

/// The dashboard itself, which knows from the address what to show. What is wrong with the settings comes first: at the
/// start page, and everywhere when nobody could sign in.
fn page(app: &App, request: &Request, at_start: bool) -> Reply {
    let closed = app.config.admin_token.is_none();
    if closed || (at_start && !app.config.problems.is_empty()) {
        return pages::to_be_mended(app, request).into();
    }
    let headers = [("content-security-policy", POLICY), ("x-frame-options", "DENY"), ("vary", "accept")];
    let missing = pages::not_built(request);
    reply(Asset { missing, ..file(request, "/index.html".to_owned(), "no-cache", &headers) })
}

fn reply(asset: Asset) -> Reply {
    Reply::Asset(Box::new(asset))
}

fn file(request: &Request, path: String, cache: &str, headers: &[(&str, &str)]) -> Asset {
    let every = [
        ("cache-control", cache),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("permissions-policy", headers::DEVICE),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    let failed = "the dashboard's files do not answer; load the page again in a moment";
    Asset {
        path,
        head: false,
        if_none_match: request.headers.get("if-none-match"),
        headers: every.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        missing: not_found(request),
        failed: problem::respond(&Problem::new(Kind::Internal, "internal", failed)),
    }
}

/// Whether a name is one that a build gives: one that needs no escape, and is no way up.
fn is_plain(name: &str) -> bool {
    !name.starts_with('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether a file beside the pages is one that a browser asks for by itself or a page names as its icon.
fn is_icon(name: &str) -> bool {
    let known = [".svg", ".png", ".ico", ".webmanifest"].iter().any(|ending| name.ends_with(ending));
    known && is_plain(name)
}
