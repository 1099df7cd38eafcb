//! `/automations`: what an operator wants to happen, saved, switched and previewed.
//!
//! It checks no plan: the domain does, and the answer lists what is doubtful.

use serde::Serialize;
use serde_json::{Map, Value};

use super::call::{Call, deleted};
use super::runs::FailureView;
use super::view::{List, Time};
use crate::app::automations::{self, Full, PreviewedStep};
use crate::domain::automation::{PlannedStep, Warning};
use crate::domain::condition::Condition;
use crate::domain::ids::{AutomationId, SourceId};
use crate::domain::problem::Problem;
use crate::http::message::Response;
use crate::store::Page;

/// An automation.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Automation"))]
pub struct AutomationView {
    id: String,
    name: String,
    /// Whether new events run it; while it is disabled their runs are held.
    enabled: bool,
    /// Raised by every change of what it does.
    revision: u32,
    /// The source to which it listens.
    source: SourceLink,
    /// A run is skipped when this is false.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::http::openapi::requests::Condition>"))]
    condition: Option<Value>,
    /// In order.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::http::openapi::requests::Step>"))]
    steps: Vec<Value>,
    /// What is doubtful about it.
    warnings: Vec<WarningView>,
    created_at: Time,
    updated_at: Time,
}

/// The inbound address of an automation.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct SourceLink {
    id: String,
    /// Where to send deliveries. Whoever knows it can send.
    url: String,
    /// The unguessable part of the URL.
    token: String,
}

/// What is doubtful about an automation that was saved all the same.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Warning"))]
struct WarningView {
    /// Where: `steps[0].params`.
    path: String,
    /// `unknown_field`, `hashed_field`, `unstored_field`, `unknown_step`, `no_steps`.
    code: String,
    /// The doubt in words, with what to do.
    message: String,
}

impl From<Warning> for WarningView {
    fn from(Warning { path, code, message }: Warning) -> Self {
        Self { path, code, message }
    }
}

/// Every step as it would be done.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Preview {
    /// Whether the automation's condition holds; when it does not, a run would be skipped whole.
    starts: bool,
    steps: Vec<PreviewStep>,
    /// What is doubtful about it.
    warnings: Vec<WarningView>,
}

/// One step as it would be done.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct PreviewStep {
    id: String,
    action: String,
    /// The rendered parameters, under their own names.
    input: Map<String, Value>,
    /// The fields that it mentions and that are missing or empty.
    missing: Vec<String>,
    /// What was changed on the way, in words.
    notes: Vec<String>,
    /// Whether it would be left out.
    skipped: bool,
    /// Whether the run would go on behind it; only in a `filter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    passes: Option<bool>,
    /// Why it would fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FailureView>,
}

fn view(call: &Call<'_>, full: Full) -> AutomationView {
    let Full { automation, source, warnings } = full;
    AutomationView {
        id: automation.id.to_string(),
        name: automation.name,
        enabled: automation.enabled,
        revision: automation.revision,
        source: SourceLink {
            id: source.id.to_string(),
            url: super::sources::url(call, &source.token),
            token: source.token.as_str().to_owned(),
        },
        condition: automation.plan.condition.as_ref().map(Condition::to_json),
        steps: automation.plan.steps.iter().map(PlannedStep::to_json).collect(),
        warnings: warnings.into_iter().map(WarningView::from).collect(),
        created_at: automation.created_at.into(),
        updated_at: automation.updated_at.into(),
    }
}

fn id(call: &Call<'_>) -> Result<AutomationId, Problem> {
    call.id("automation", AutomationId::parse)
}

pub(super) async fn create(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let full = automations::create(call.app, &call.body()?).await?;
    Ok(Response::json(201, &view(call, full)))
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let source = query.parsed("source_id", SourceId::parse, "the id of a source; those begin with `src_`");
    let limit = query.limit();
    let before = query.cursor(AutomationId::parse)?.map(|id| id.to_string());
    query.finish()?;
    let rows = automations::list(call.app, source.as_ref(), &Page { before, limit: limit + 1 }).await?;
    let page = List::page(rows, limit, |full| full.automation.id.to_string(), |full| view(call, full));
    Ok(Response::json(200, &page))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    Ok(Response::json(200, &view(call, automations::get(call.app, &id(call)?).await?)))
}

pub(super) async fn replace(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let full = automations::replace(call.app, &id(call)?, &call.body()?).await?;
    Ok(Response::json(200, &view(call, full)))
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let keep_source = query.flag("keep_source");
    query.finish()?;
    automations::delete(call.app, &id(call)?, keep_source).await?;
    Ok(deleted())
}

pub(super) async fn enable(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let full = automations::enable(call.app, &id(call)?, &call.optional_body()?).await?;
    Ok(Response::json(200, &view(call, full)))
}

pub(super) async fn disable(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    call.empty_body()?;
    Ok(Response::json(200, &view(call, automations::disable(call.app, &id(call)?).await?)))
}

pub(super) async fn preview(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let previewed = automations::preview(call.app, &id(call)?, &call.body()?).await?;
    let step = |step: PreviewedStep| PreviewStep {
        id: step.id,
        action: step.action,
        input: step.input.params,
        missing: step.input.missing,
        notes: step.input.notes,
        skipped: step.skipped,
        passes: step.passes,
        error: step.error.map(FailureView::from),
    };
    let preview = Preview {
        starts: previewed.starts,
        steps: previewed.steps.into_iter().map(step).collect(),
        warnings: previewed.warnings.into_iter().map(WarningView::from).collect(),
    };
    Ok(Response::json(200, &preview))
}
