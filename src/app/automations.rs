//! Automations: saved in revisions, enabled and disabled, deleted, previewed.
//!
//! It runs none: an automation is a plan here, and the runs of its events are `order`'s and `execute`'s.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::action::{self, Failure, Input, Intent};
use crate::domain::automation::{Draft, Plan, Warning, named_connections, warnings};
use crate::domain::event::Event;
use crate::domain::ids::{AutomationId, ConnectionId, EventId, SourceId};
use crate::domain::input::Reader;
use crate::domain::payload::Object;
use crate::domain::problem::{Fault, Kind, Problem, verdict};
use crate::domain::source::Source;
use crate::domain::template::Scope;
use crate::store::automations::{self, Automation};
use crate::store::{Page, captures, connections, decode, events, fields, sources};

use super::{App, learn, runs, took_place};

/// An automation with what belongs to it.
pub struct Full {
    /// The automation.
    pub automation: Automation,
    /// Its source.
    pub source: Source,
    /// What is doubtful about it.
    pub warnings: Vec<Warning>,
}

async fn full(app: &App, automation: Automation) -> Result<Full, Problem> {
    let source = super::sources::get(app, &automation.source_id).await?;
    let warnings = doubts(app, &source, &automation.plan).await?;
    Ok(Full { automation, source, warnings })
}

/// What is doubtful about a plan, by what its source has sent.
async fn doubts(app: &App, source: &Source, plan: &Plan) -> Result<Vec<Warning>, Problem> {
    let known: Vec<String> = fields::list(app.db(), &source.id).await?.into_iter().map(|field| field.path).collect();
    Ok(warnings(plan, &known, &source.settings.storage))
}

/// Reads what is to be saved, with every fault: also those that only the database can tell. What is `saved` may be saved
/// again, so that an automation can be renamed whose connection is gone.
async fn read_draft(app: &App, value: &Value, saved: Option<&Plan>) -> Result<Draft, Problem> {
    let unknown = unknown_connections(app, value, saved).await?;
    match Draft::parse(value) {
        Ok(draft) => verdict(unknown).map(|()| draft),
        Err(faults) => Err(Problem::invalid(faults.into_iter().chain(unknown).collect())),
    }
}

/// The connections that steps name in vain. One that is deleted later is found by its runs.
async fn unknown_connections(app: &App, value: &Value, saved: Option<&Plan>) -> Result<Vec<Fault>, Problem> {
    let mut named = named_connections(value);
    named.retain(|named| !saved.is_some_and(|plan| plan.names(&named.id)));
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&ConnectionId> = named.iter().map(|named| &named.id).collect();
    let kinds = connections::kinds(app.db(), &ids).await?;
    let kind_of = |id: &ConnectionId| kinds.iter().find(|(known, _)| known == id).map(|(_, kind)| *kind);
    Ok(named.iter().filter_map(|named| named.fault(kind_of(&named.id))).collect())
}

/// Saves a new automation, with a new source unless it names one.
pub async fn create(app: &App, value: &Value) -> Result<Full, Problem> {
    let draft = read_draft(app, value, None).await?;
    let now = app.now();
    let mut statements = Vec::new();
    let (source, is_new) = match &draft.source_id {
        Some(id) => (existing_source(app, id).await?, false),
        None => (super::sources::draft(app, &draft.name), true),
    };
    if is_new {
        statements.push(sources::insert(&source));
    }
    let automation = Automation {
        id: AutomationId::new(now, app.entropy()),
        source_id: source.id.clone(),
        since: EventId::floor(now),
        name: draft.name,
        enabled: draft.enabled.unwrap_or(true),
        revision: 1,
        plan: draft.plan,
        created_at: now,
        updated_at: now,
    };
    statements.push(automations::insert(&automation));
    statements.push(automations::insert_revision(&automation));
    let results = app.db().batch(statements).await?;
    if !took_place(&results, usize::from(is_new)) {
        return Err(gone_meanwhile());
    }
    if is_new {
        // Before its URL is first looked up: KV caches misses too.
        learn::publish(app, &source.id).await;
    }
    full(app, automation).await
}

async fn existing_source(app: &App, id: &SourceId) -> Result<Source, Problem> {
    sources::get(app.db(), id)
        .await?
        .ok_or_else(|| Problem::fault("source_id", "not_found", format!("there is no source `{id}`")))
}

fn gone_meanwhile() -> Problem {
    let message = "somebody else changed or deleted this in the same moment; read it again and repeat your change";
    Problem::new(Kind::Conflict, "changed_meanwhile", message)
}

/// An automation.
pub async fn get(app: &App, id: &AutomationId) -> Result<Full, Problem> {
    full(app, find(app, id).await?).await
}

async fn find(app: &App, id: &AutomationId) -> Result<Automation, Problem> {
    automations::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("automation", id))
}

/// Automations, newest first, each with its source. Two round trips, however many there are.
pub async fn list(app: &App, source: Option<&SourceId>, page: &Page) -> Result<Vec<Full>, Problem> {
    let found = automations::list(app.db(), source, page).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<&SourceId> = found.iter().map(|automation| &automation.source_id).collect();
    ids.sort();
    ids.dedup();
    let mut results = app.db().batch(vec![sources::of_ids(&ids), fields::paths_of(&ids)]).await?.into_iter();
    let sources = sources::decode(results.next().unwrap_or_default())?;
    let paths: Vec<(SourceId, String)> = decode(results.next().unwrap_or_default())?;
    let mut known: HashMap<SourceId, Vec<String>> = HashMap::new();
    for (id, path) in paths {
        known.entry(id).or_default().push(path);
    }
    let sources: HashMap<SourceId, Source> = sources.into_iter().map(|source| (source.id.clone(), source)).collect();
    // A source that was deleted in between takes its automations with it.
    let full = found.into_iter().filter_map(|automation| {
        let source = sources.get(&automation.source_id)?.clone();
        let paths = known.get(&source.id).map_or(&[][..], Vec::as_slice);
        Some(Full { warnings: warnings(&automation.plan, paths, &source.settings.storage), automation, source })
    });
    Ok(full.collect())
}

/// Saves the next revision of an automation. Runs that exist stay with theirs.
pub async fn replace(app: &App, id: &AutomationId, value: &Value) -> Result<Full, Problem> {
    let mut automation = find(app, id).await?;
    let draft = read_draft(app, value, Some(&automation.plan)).await?;
    if let Some(source_id) = draft.source_id.filter(|id| *id != automation.source_id) {
        automation.source_id = existing_source(app, &source_id).await?.id;
        // What the new source received before is not for this automation.
        automation.since = EventId::floor(app.now());
    }
    automation.name = draft.name;
    automation.plan = draft.plan;
    automation.revision += 1;
    automation.updated_at = app.now();
    let statements = vec![automations::update(&automation, draft.enabled), automations::insert_revision(&automation)];
    let results = app.db().batch(statements).await?;
    if !took_place(&results, 0) {
        return Err(gone_meanwhile());
    }
    get(app, id).await
}

/// Deletes an automation: what has not begun is cancelled, and its source goes too unless it is used or kept.
pub async fn delete(app: &App, id: &AutomationId, keep_source: bool) -> Result<(), Problem> {
    let automation = find(app, id).await?;
    let source = sources::get(app.db(), &automation.source_id).await?;
    let now = app.now();
    let mut statements = vec![automations::delete(id, now)];
    if !keep_source {
        statements.push(sources::delete_unless_used(&automation.source_id, now));
    }
    let results = app.db().batch(statements).await?;
    if let (true, Some(source)) = (took_place(&results, 1), source) {
        super::sources::forget(app, &source).await;
        app.db().batch(vec![captures::forget(&source.id)]).await?;
    }
    runs::cancel_orphans(app).await?;
    Ok(())
}

/// Enables an automation, and says what becomes of the runs that were held meanwhile.
pub async fn enable(app: &App, id: &AutomationId, value: &Value) -> Result<Full, Problem> {
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let held = reader.text("held", 20);
    if held.as_deref().is_some_and(|word| !matches!(word, "release" | "drop")) {
        reader.fault("held", "invalid", "must be `release` or `drop`");
    }
    verdict(reader.finish())?;
    set_enabled(app, id, true, held.as_deref()).await
}

/// Disables an automation: from now on its runs are held.
pub async fn disable(app: &App, id: &AutomationId) -> Result<Full, Problem> {
    set_enabled(app, id, false, None).await
}

async fn set_enabled(app: &App, id: &AutomationId, enabled: bool, held: Option<&str>) -> Result<Full, Problem> {
    let results = app.db().batch(vec![automations::set_enabled(id, enabled, held, app.now())]).await?;
    if !took_place(&results, 0) {
        return Err(Problem::not_found("automation", id));
    }
    if held.is_some() {
        // The first chunk at once; the sweep goes on with what is left.
        runs::settle_held(app).await?;
    }
    get(app, id).await
}

/// One step as it would be done.
pub struct PreviewedStep {
    /// The step's id.
    pub id: String,
    /// Its action.
    pub action: String,
    /// Its rendered parameters.
    pub input: Input,
    /// Why it would fail.
    pub error: Option<Failure>,
    /// Whether it would be left out: switched off, or its condition is false.
    pub skipped: bool,
    /// Whether the run would go on behind it; only a filter can end it.
    pub passes: Option<bool>,
}

/// What an automation would do with an event.
pub struct Previewed {
    /// Whether its condition holds.
    pub starts: bool,
    /// Every step.
    pub steps: Vec<PreviewedStep>,
    /// What is doubtful about it.
    pub warnings: Vec<Warning>,
}

/// Renders every step with a stored event or a given payload: the steps that were sent along, else those that are
/// stored. It does nothing else.
pub async fn preview(app: &App, id: &AutomationId, value: &Value) -> Result<Previewed, Problem> {
    let automation = find(app, id).await?;
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let event_id = reader.text("event_id", 64);
    let payload = reader.object("payload").cloned();
    if event_id.is_some() == payload.is_some() {
        reader.fault("", "invalid", "takes either `event_id` or `payload`");
    }
    // A condition alone is not a plan: it would be shown with steps that its writer does not see.
    let is_draft = ["steps", "condition"].iter().any(|key| value.get(key).is_some_and(|part| !part.is_null()));
    reader.value("steps");
    reader.value("condition");
    let plan = if is_draft { Plan::read(&mut reader) } else { automation.plan };
    let mut faults = reader.finish();
    if is_draft {
        faults.extend(unknown_connections(app, value, None).await?);
    }
    verdict(faults)?;
    let event = match (event_id, payload) {
        (Some(text), _) => {
            let found = match EventId::parse(&text) {
                Some(id) => events::get(app.db(), &id).await?,
                None => None,
            };
            found.ok_or_else(|| Problem::fault("event_id", "not_found", format!("there is no event `{text}`")))?
        }
        (None, payload) => made_up_event(app, &automation.source_id, payload.unwrap_or_default()),
    };
    let source = super::sources::get(app, &automation.source_id).await?;
    let mut scope = super::execute::scope_of(app, &event.into(), &source.id, &source.name);
    let starts = plan.condition.as_ref().is_none_or(|condition| condition.holds(&|field| scope.lookup(field)));
    let steps = preview_steps(app, &plan, &mut scope);
    Ok(Previewed { starts, steps, warnings: doubts(app, &source, &plan).await? })
}

fn made_up_event(app: &App, source: &SourceId, payload: Object) -> Event {
    Event {
        id: EventId::new(app.now(), app.entropy()),
        source_id: source.clone(),
        content_type: Some("application/json".to_owned()),
        user_agent: None,
        query: None,
        encoding: "payload".to_owned(),
        body: Value::Object(payload).to_string(),
        delivery_id: None,
        body_hash: None,
        test: true,
        hop: 0,
    }
}

fn preview_steps(app: &App, plan: &Plan, scope: &mut Scope) -> Vec<PreviewedStep> {
    let mut steps = Vec::with_capacity(plan.steps.len());
    let mut outputs = Object::new();
    for planned in &plan.steps {
        let wanted = planned.when.as_ref().is_none_or(|when| when.holds(&|field| scope.lookup(field)));
        let Some(action) = action::find(&planned.action) else { continue };
        let prepared = action::prepare(action, &planned.params, scope, app.settings(), app.now());
        let mut passes = None;
        let error = match prepared.outcome {
            Ok(intent) => {
                if let Intent::Filter { pass } = intent {
                    passes = Some(pass);
                }
                // Later steps can look at what this one would give.
                if let Intent::Call(call) = intent {
                    outputs.insert(planned.id.clone(), Value::Object(call.simulated_output()));
                    scope.set_system("steps", Value::Object(outputs.clone()));
                }
                None
            }
            Err(failure) => Some(failure),
        };
        steps.push(PreviewedStep {
            id: planned.id.clone(),
            action: planned.action.clone(),
            input: prepared.input,
            error,
            skipped: !planned.enabled || !wanted,
            passes,
        });
    }
    steps
}
