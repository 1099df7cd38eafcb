//! `/session`: signing in to the dashboard and out of it.
//!
//! It compares no token and signs no cookie: [`crate::http::auth`] and [`crate::http::session`] do.

use serde::Serialize;

use super::call::Call;
use super::view::Time;
use crate::domain::input::Reader;
use crate::domain::problem::{Problem, verdict};
use crate::http::auth::{self, By};
use crate::http::message::Response;
use crate::http::session;

/// A session that has begun; its cookie is in `Set-Cookie`.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Session"))]
pub struct SessionView {
    /// Until when it lasts.
    expires_at: Time,
}

/// Whether somebody is signed in, and what a dashboard has to know before it shows anything.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "SessionState"))]
pub struct StateView {
    /// Whether the caller may use the API. When not, everything else is null.
    signed_in: bool,
    /// By what: `session`, `token` (the header), or `access` (Cloudflare Access; it signs out at
    /// `/cdn-cgi/access/logout`).
    by: Option<&'static str>,
    /// Until when the session lasts.
    expires_at: Option<Time>,
    installation: Option<InstallationView>,
}

/// What was set for this installation, as far as a dashboard shows it or works with it.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Installation"))]
struct InstallationView {
    version: &'static str,
    /// What inbound URLs begin with.
    public_url: String,
    /// The zone in which templates write times.
    time_zone: String,
    /// Where a phone number without a country code is from.
    default_country: String,
    /// For how many days events and finished runs are kept.
    retention_days: u32,
    /// The sender of e-mails whose connection names none.
    email_from: Option<String>,
    /// Whether this is a local start, with simulated connections.
    development: bool,
    /// What is missing or wrong in the settings, a sentence each.
    problems: Vec<String>,
}

/// Needs no credentials, and tells nothing without. A wrong token is a failed sign-in here too.
pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let app = call.app;
    let (by, expires_at) = match auth::check(app, call.request).await {
        Ok(By::Token) => ("token", None),
        Ok(By::Session(until)) => ("session", Some(until.into())),
        Ok(By::Access) => ("access", None),
        Err(problem) if problem.code == "unauthorized" && call.request.headers.get("authorization").is_none() => {
            let view = StateView { signed_in: false, by: None, expires_at: None, installation: None };
            return Ok(Response::json(200, &view));
        }
        Err(problem) => return Err(problem),
    };
    let settings = &app.config.settings;
    let installation = InstallationView {
        version: env!("CARGO_PKG_VERSION"),
        public_url: call.origin(),
        time_zone: settings.time_zone.clone(),
        default_country: settings.default_country.clone(),
        retention_days: settings.retention_days,
        email_from: settings.email_from.clone(),
        development: app.config.dev,
        problems: app.config.problems.clone(),
    };
    let view = StateView { signed_in: true, by: Some(by), expires_at, installation: Some(installation) };
    Ok(Response::json(200, &view))
}

pub(super) fn create(call: &Call<'_>) -> Result<Response, Problem> {
    auth::admin_token(call.app)?;
    call.no_query()?;
    let body = call.body()?;
    let mut reader = Reader::new(&body).map_err(|fault| Problem::invalid(vec![fault]))?;
    let given = reader.required_text("token", 1_000);
    verdict(reader.finish())?;
    let token = auth::check_token(call.app, call.request, given.unwrap_or_default().trim())?;
    let until = call.app.now().plus_ms(session::LASTS_S * 1_000);
    let cookie = session::cookie(call.request, &session::value(&token, until));
    Ok(Response::json(200, &SessionView { expires_at: until.into() }).with("set-cookie", cookie))
}

/// Needs no credentials: it takes away a cookie, also one that is over. One that still counts is ended on the server
/// too, so that a copy of it is worth nothing; as with every write by cookie, only a page of this address may ask.
pub(super) async fn delete(call: &Call<'_>) -> Result<Response, Problem> {
    auth::end_session(call.app, call.request).await?;
    Ok(Response::empty(204).with("set-cookie", session::cookie(call.request, "")))
}
