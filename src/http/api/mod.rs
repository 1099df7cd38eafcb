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
mod query;
pub(super) mod replays;
pub(super) mod runs;
pub(super) mod session;
pub(super) mod sources;
pub(super) mod stats;
pub(super) mod view;

pub use health::probe;

use super::message::{Request, Response};
use super::route::{Found, Operation, find};
use super::{auth, problem};
use crate::app::App;
use crate::domain::problem::Problem;
use call::Call;

/// The OpenAPI document: made from the types by `tests/it/openapi.rs`, served as it is.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// Answers a request to `/api/v1/…`.
pub async fn handle(app: &App, request: &Request, path: &[&str]) -> Response {
    let answer = match (auth::is_admin_host(app, request), find(&request.method, path)) {
        (false, _) => Err(problem::nothing_here()),
        (true, Found::Operation(operation, id)) if operation.is_open() => {
            perform(operation, &Call { app, request, id }).await
        }
        (true, found) => match (auth::check(app, request).await, found) {
            (Err(problem), _) => Err(problem),
            (Ok(()), Found::Operation(operation, id)) => perform(operation, &Call { app, request, id }).await,
            (Ok(()), Found::OtherMethods(allow)) => Ok(problem::method_not_allowed(&allow)),
            (Ok(()), Found::Nothing) => Err(problem::nothing_here()),
        },
    };
    let response = answer.unwrap_or_else(|problem| {
        problem::log(app, &problem);
        problem::respond(&problem)
    });
    closed(response)
}

/// No cache may keep an answer, and no browser may take it for something else than it says.
fn closed(response: Response) -> Response {
    if response.header("cache-control").is_some() {
        return response;
    }
    response.with("cache-control", "no-store").with("x-content-type-options", "nosniff")
}

async fn perform(operation: Operation, call: &Call<'_>) -> Result<Response, Problem> {
    match operation {
        Operation::CreateSession => session::create(call),
        Operation::DeleteSession => session::delete(call).await,
        Operation::GetHealth => Ok(health::probe(call.app, call.request).await),
        Operation::GetOpenapi => Ok(Response::new(200, "application/json", OPENAPI)),
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
    }
}
