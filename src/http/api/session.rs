//! `/session`: signing in to the dashboard and out of it.
//!
//! It compares no token and signs no cookie: [`crate::http::auth`] and [`crate::http::session`] do.

use serde::Serialize;

use super::call::Call;
use super::view::Time;
use crate::domain::input::Reader;
use crate::domain::problem::{Problem, verdict};
use crate::http::message::Response;
use crate::http::{auth, session};

/// A session that has begun; its cookie is in `Set-Cookie`.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Session"))]
pub struct SessionView {
    /// Until when it lasts.
    expires_at: Time,
}

pub(super) fn create(call: &Call<'_>) -> Result<Response, Problem> {
    auth::admin_token(call.app)?;
    call.no_query()?;
    let body = call.body()?;
    let mut reader = Reader::new(&body).map_err(|fault| Problem::invalid(vec![fault]))?;
    let given = reader.required_text("token", 1_000);
    verdict(reader.finish())?;
    let token = auth::check_token(call.app, given.unwrap_or_default().trim())?;
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
