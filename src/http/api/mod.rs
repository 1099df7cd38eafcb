//! The admin API: one file a resource, each a few lines from a request to a use case and back.
//!
//! It decides nothing: what is wrong with an input is the domain's to say, what may be done the app's.

pub(super) mod actions;
pub(super) mod automations;
mod call;
pub(super) mod connections;
pub(super) mod contacts;
pub(super) mod events;
pub(super) mod fields;
pub(super) mod health;
pub(super) mod outbox;
pub(super) mod privacy;
mod query;
pub(super) mod refusals;
pub(super) mod replays;
pub(super) mod runs;
pub(super) mod secrets;
pub(super) mod session;
pub(super) mod sources;
pub(super) mod stats;
pub(super) mod view;

pub use health::probe;

use super::message::{Asset, Reply, Request, Response};
use super::route::{Found, Operation, find};
use super::{auth, headers, problem};
use crate::app::App;
use crate::domain::problem::{Kind, Problem};
use call::Call;

/// Answers a request to `/api/v1/…`.
pub async fn handle(app: &App, request: &Request, path: &[&str]) -> Reply {
    if !auth::is_admin_host(app, request) {
        return problem::respond(&problem::nothing_here()).into();
    }
    let reply = answer(app, request, path).await.unwrap_or_else(|problem| {
        problem::log(app, &problem);
        problem::respond(&problem).into()
    });
    match reply {
        Reply::Response(response) => headers::of_admin(request, response).into(),
        Reply::Asset(asset) => Reply::Asset(asset),
    }
}

async fn answer(app: &App, request: &Request, path: &[&str]) -> Result<Reply, Problem> {
    let found = find(&request.method, path);
    match &found {
        Found::Operation(operation, _) if operation.is_public() => {}
        Found::Operation(operation, _) if operation.is_open() => {
            auth::gate(app, request).await?;
        }
        Found::Operation(..) | Found::OtherMethods(_) | Found::Nothing => {
            auth::check(app, request).await?;
        }
    }
    match found {
        Found::Operation(operation, id) => perform(operation, &Call { app, request, id }).await,
        Found::OtherMethods(allow) => Ok(problem::method_not_allowed(&allow).into()),
        Found::Nothing => Err(problem::nothing_here()),
    }
}

/// The OpenAPI document: made from the types by `tests/it/openapi.rs`, laid beside the dashboard's files by the build,
/// because in the worker it would weigh as much as an eighth of the code.
fn document(request: &Request) -> Asset {
    let instead =
        |detail| headers::of_admin(request, problem::respond(&Problem::new(Kind::Internal, "internal", detail)));
    Asset {
        path: "/openapi.json".to_owned(),
        head: false,
        if_none_match: request.headers.get("if-none-match"),
        headers: headers::of_admin(request, Response::new(200, "application/json", "")).headers,
        missing: instead("the OpenAPI document was not deployed; run `npm run build`, then deploy again"),
        failed: instead("the OpenAPI document does not answer; ask again in a moment"),
    }
}

async fn perform(operation: Operation, call: &Call<'_>) -> Result<Reply, Problem> {
    let response = match operation {
        Operation::GetSession => session::get(call).await,
        Operation::CreateSession => session::create(call),
        Operation::DeleteSession => session::delete(call).await,
        Operation::GetHealth => Ok(health::probe(call.app, call.request).await),
        Operation::GetOpenapi => return Ok(Reply::Asset(Box::new(document(call.request)))),
        Operation::ListActions => actions::list(call),
        Operation::GetStats => stats::get(call).await,
        Operation::CreateAutomation => automations::create(call).await,
        Operation::ListAutomations => automations::list(call).await,
        Operation::GetAutomation => automations::get(call).await,
        Operation::ReplaceAutomation => automations::replace(call).await,
        Operation::DeleteAutomation => automations::delete(call).await,
        Operation::EnableAutomation => automations::enable(call).await,
        Operation::DisableAutomation => automations::disable(call).await,
        Operation::PreviewAutomation => automations::preview(call).await,
        Operation::ListSources => sources::list(call).await,
        Operation::GetSource => sources::get(call).await,
        Operation::ChangeSource => sources::change(call).await,
        Operation::DeleteSource => sources::delete(call).await,
        Operation::RotateSource => sources::rotate(call).await,
        Operation::IdentifySource => sources::identify(call).await,
        Operation::ListRefusals => refusals::list(call).await,
        Operation::ListFields => fields::list(call).await,
        Operation::ChangeField => fields::change(call).await,
        Operation::DeleteField => fields::delete(call).await,
        Operation::ListEvents => events::list(call).await,
        Operation::GetEvent => events::get(call).await,
        Operation::DeleteEvent => events::delete(call).await,
        Operation::ReplayEvent => events::replay(call).await,
        Operation::ReplayEvents => replays::create(call).await,
        Operation::GetReplay => replays::get(call).await,
        Operation::StopReplay => replays::stop(call).await,
        Operation::ListRuns => runs::list(call).await,
        Operation::GetRun => runs::get(call).await,
        Operation::ResumeRun => runs::resume(call).await,
        Operation::CancelRun => runs::cancel(call).await,
        Operation::ListContacts => contacts::list(call).await,
        Operation::GetContact => contacts::get(call).await,
        Operation::ChangeContact => contacts::change(call).await,
        Operation::DeleteContact => contacts::delete(call).await,
        Operation::ListConnections => connections::list(call).await,
        Operation::CreateConnection => connections::create(call).await,
        Operation::GetConnection => connections::get(call).await,
        Operation::ChangeConnection => connections::change(call).await,
        Operation::DeleteConnection => connections::delete(call).await,
        Operation::TestConnection => connections::test(call).await,
        Operation::ListOutbox => outbox::list(call).await,
        Operation::ErasePerson => privacy::erase(call).await,
        Operation::ExportPerson => privacy::export(call).await,
        Operation::ListErasures => privacy::list(call).await,
        Operation::GetErasure => privacy::get(call).await,
        Operation::GetSealing => secrets::get(call).await,
    };
    response.map(Reply::from)
}
