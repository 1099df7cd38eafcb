//! `/runs`: the ledger of what was done, step by step.
//!
//! It decides nothing about what may be resumed or cancelled: the machine does.

use serde::Serialize;
use serde_json::{Map, Value};

use super::call::Call;
use super::view::{List, Time};
use crate::app::runs;
use crate::domain::action::{Class, Failure, Provider};
use crate::domain::ids::{AutomationId, EventId, RunId};
use crate::domain::problem::Problem;
use crate::domain::run::{Cause, Run, RunError, Status, Step, StepStatus};
use crate::http::message::Response;
use crate::store::runs::Filter;

/// A run: one automation's work on one event.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Run"))]
pub struct RunView {
    id: String,
    automation_id: String,
    /// The revision of the automation to which it is pinned.
    revision: u32,
    event_id: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::run_status"))]
    status: Status,
    /// Whether a step failed that was allowed to.
    with_errors: bool,
    /// Why it exists.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::cause"))]
    cause: Cause,
    created_at: Time,
    started_at: Option<Time>,
    finished_at: Option<Time>,
    /// Why it failed, is uncertain, or is held although its automation is enabled (`send_limit`).
    error: Option<RunErrorView>,
    steps: Vec<StepView>,
}

/// Why a run failed, is uncertain or is held.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "RunError"))]
struct RunErrorView {
    /// The step that is to blame, where one is.
    step: Option<String>,
    /// Stable.
    code: String,
    /// In plain words.
    message: String,
}

/// One step of a run.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "RunStep"))]
struct StepView {
    id: String,
    action: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::step_status"))]
    status: StepStatus,
    /// How many times its call was begun.
    attempts: u32,
    /// The rendered parameters, under their own names.
    input: Option<Map<String, Value>>,
    /// What it gave.
    output: Option<Map<String, Value>>,
    /// Why it failed, or why its last attempt did.
    error: Option<FailureView>,
    /// The fields that it mentions and that were missing or empty.
    missing: Vec<String>,
    /// What was changed on the way, in words.
    notes: Vec<String>,
    started_at: Option<Time>,
    finished_at: Option<Time>,
    /// Until when it waits.
    waits_until: Option<Time>,
}

/// Why a step failed.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Failure"))]
pub struct FailureView {
    /// Stable: `whatsapp_131047`, `timeout`, `empty_parameter`, …
    code: String,
    /// What happened and what to do, in plain words.
    message: String,
    /// What may be done next: nothing (`refused`, `blocked`), another attempt (`retry`), or a person must say whether
    /// it happened (`uncertain`).
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::failure_class"))]
    class: &'static str,
    /// What the provider said, when it was asked at all.
    provider: Option<ProviderView>,
}

/// What a provider said.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ProviderAnswer"))]
struct ProviderView {
    /// The HTTP status.
    status: Option<u16>,
    /// The provider's own code.
    code: Option<String>,
    /// The provider's own words, shortened.
    detail: Option<String>,
}

/// What a list of events tells of a run.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunSummary {
    id: String,
    automation_id: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::run_status"))]
    status: Status,
    /// Whether a step failed that was allowed to.
    with_errors: bool,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::cause"))]
    cause: Cause,
    created_at: Time,
    finished_at: Option<Time>,
}

impl From<&Run> for RunSummary {
    fn from(run: &Run) -> Self {
        Self {
            id: run.id.to_string(),
            automation_id: run.id.automation.to_string(),
            status: run.status,
            with_errors: run.with_errors,
            cause: run.cause,
            created_at: run.created_at.into(),
            finished_at: run.finished_at.map(Time::from),
        }
    }
}

impl From<Failure> for FailureView {
    fn from(failure: Failure) -> Self {
        let class = match failure.class {
            Class::Refused => "refused",
            Class::Blocked => "blocked",
            Class::Retry { .. } => "retry",
            Class::Uncertain => "uncertain",
        };
        let provider = failure.provider.map(|Provider { status, code, detail }| ProviderView { status, code, detail });
        Self { code: failure.code, message: failure.message, class, provider }
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self {
            id: step.id,
            action: step.action,
            status: step.status,
            attempts: step.attempts,
            input: step.input,
            output: step.output,
            error: step.error.map(FailureView::from),
            missing: step.missing,
            notes: step.notes,
            started_at: step.started_at.map(Time::from),
            finished_at: step.finished_at.map(Time::from),
            waits_until: step.waits_until.map(Time::from),
        }
    }
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            id: run.id.to_string(),
            automation_id: run.id.automation.to_string(),
            revision: run.revision,
            event_id: run.id.event.to_string(),
            status: run.status,
            with_errors: run.with_errors,
            cause: run.cause,
            created_at: run.created_at.into(),
            started_at: run.started_at.map(Time::from),
            finished_at: run.finished_at.map(Time::from),
            error: run.error.map(|RunError { step, code, message }| RunErrorView { step, code, message }),
            steps: run.steps.into_iter().map(StepView::from).collect(),
        }
    }
}

fn id(call: &Call<'_>) -> Result<RunId, Problem> {
    call.id("run", RunId::parse)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let statuses = Status::ALL.map(Status::as_str).join("`, `");
    let filter = Filter {
        automation: query.parsed(
            "automation_id",
            AutomationId::parse,
            "the id of an automation; those begin with `aut_`",
        ),
        event: query.parsed("event_id", EventId::parse, "the id of an event; those begin with `evt_`"),
        status: query.parsed("status", Status::parse, &format!("one of `{statuses}`")),
    };
    let limit = query.limit();
    let before = query.cursor(RunId::parse)?;
    query.finish()?;
    let rows = runs::list(call.app, &filter, before.as_ref(), limit + 1).await?;
    Ok(Response::json(200, &List::page(rows, limit, |run| run.id.to_string(), RunView::from)))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    Ok(Response::json(200, &RunView::from(runs::look(call.app, &id(call)?).await?)))
}

pub(super) async fn resume(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let run = runs::resume(call.app, &id(call)?, &call.optional_body()?).await?;
    Ok(Response::json(200, &RunView::from(run)))
}

pub(super) async fn cancel(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    call.empty_body()?;
    Ok(Response::json(200, &RunView::from(runs::cancel(call.app, &id(call)?).await?)))
}
