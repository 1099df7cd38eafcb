//! `/connections`. Secrets go in and never come out: an answer holds their names.

use serde::Serialize;
use serde_json::{Map, Value};

use super::call::{Call, deleted};
use super::view::{List, Time};
use crate::app::connections;
use crate::domain::connection::{Kind, TrialResult};
use crate::domain::ids::ConnectionId;
use crate::domain::problem::Problem;
use crate::http::message::Response;
use crate::http::whatsapp;
use crate::store::Page;
use crate::store::connections::Sealed;

/// A connection: the credentials of a provider.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Connection"))]
pub struct ConnectionView {
    id: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::connection_kind"))]
    kind: Kind,
    name: String,
    /// Whether it sends nothing and fills the outbox instead.
    simulated: bool,
    /// Whether steps of its kind that name no connection use it.
    default: bool,
    settings: Map<String, Value>,
    /// The names of the secrets that are set.
    secrets: Vec<String>,
    /// Of a WhatsApp connection: the address to give to Meta, for its delivery reports.
    webhook_url: Option<String>,
    created_at: Time,
    updated_at: Time,
}

/// What trying a connection out has shown.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ConnectionTest"))]
pub struct TestView {
    /// Whether nothing speaks against it.
    ok: bool,
    /// Which result, stable: `number_known`, `token_refused`, `no_sender`, …
    code: &'static str,
    /// What was shown and what was not, in plain words, with what to do.
    message: String,
}

fn view(call: &Call<'_>, sealed: Sealed) -> ConnectionView {
    ConnectionView {
        secrets: connections::secret_names(call.app, &sealed),
        webhook_url: (sealed.kind == Kind::Whatsapp)
            .then(|| format!("{}{}", call.origin(), whatsapp::path(&sealed.id))),
        id: sealed.id.to_string(),
        kind: sealed.kind,
        name: sealed.name,
        simulated: sealed.simulated,
        default: sealed.is_default,
        settings: sealed.settings,
        created_at: sealed.created_at.into(),
        updated_at: sealed.updated_at.into(),
    }
}

fn id(call: &Call<'_>) -> Result<ConnectionId, Problem> {
    call.id("connection", ConnectionId::parse)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let limit = query.limit();
    let before = query.cursor(ConnectionId::parse)?.map(|id| id.to_string());
    query.finish()?;
    let rows = connections::list(call.app, &Page { before, limit: limit + 1 }).await?;
    let page = List::page(rows, limit, |sealed| sealed.id.to_string(), |sealed| view(call, sealed));
    Ok(Response::json(200, &page))
}

pub(super) async fn create(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let sealed = connections::create(call.app, &call.body()?).await?;
    Ok(Response::json(201, &view(call, sealed)))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    Ok(Response::json(200, &view(call, connections::get(call.app, &id(call)?).await?)))
}

pub(super) async fn change(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let sealed = connections::change(call.app, &id(call)?, &call.body()?).await?;
    Ok(Response::json(200, &view(call, sealed)))
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    connections::delete(call.app, &id(call)?).await?;
    Ok(deleted())
}

pub(super) async fn test(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    call.empty_body()?;
    let TrialResult { ok, code, message } = connections::test(call.app, &id(call)?).await?;
    Ok(Response::json(200, &TestView { ok, code, message }))
}
