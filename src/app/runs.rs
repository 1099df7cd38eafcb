//! Runs: looked at, resumed, cancelled, released, dropped. What may be done is the machine's to say.
//!
//! Nothing is executed here; what was decided is stored, and an order sent.

use serde_json::Value;

use crate::domain::automation::Plan;
use crate::domain::ids::RunId;
use crate::domain::input::Reader;
use crate::domain::problem::{Kind, Problem, verdict};
use crate::domain::run::machine::{self, Settlement};
use crate::domain::run::{Run, Status};
use crate::domain::time::Timestamp;
use crate::store::{DatabaseError, automations, runs};

use super::{App, order, reports, took_place};

/// **Limit:** runs that are released, dropped or cancelled in one go; the sweep goes on with the rest.
const CHUNK: u32 = 200;

/// How long after its deletion an automation's runs are looked for.
const ORPHANS_MS: i64 = 86_400_000;

/// A run as it is stored.
async fn get(app: &App, id: &RunId) -> Result<Run, Problem> {
    runs::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("run", id))
}

/// A run, with what was reported about its messages.
pub async fn look(app: &App, id: &RunId) -> Result<Run, Problem> {
    let mut run = get(app, id).await?;
    reports::show(app, std::slice::from_mut(&mut run)).await?;
    Ok(run)
}

/// Runs, newest event first, with what was reported about their messages.
pub async fn list(app: &App, filter: &runs::Filter, before: Option<&RunId>, limit: u32) -> Result<Vec<Run>, Problem> {
    let mut found = runs::list(app.db(), filter, before, limit).await?;
    reports::show(app, &mut found).await?;
    Ok(found)
}

/// Goes on with a run from its first step that is not done.
pub async fn resume(app: &App, id: &RunId, value: &Value) -> Result<Run, Problem> {
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let settlement = match reader.text("uncertain", 20).as_deref() {
        None => None,
        Some("sent") => Some(Settlement::Sent),
        Some("not_sent") => Some(Settlement::NotSent),
        Some(_) => {
            reader.fault("uncertain", "invalid", "must be `sent` or `not_sent`");
            None
        }
    };
    verdict(reader.finish())?;
    let mut run = get(app, id).await?;
    let why_not = match automations::get(app.db(), &id.automation).await? {
        None => Some("the automation of this run was deleted, so its steps are not done any more"),
        // What a person says of an uncertain step is taken down all the same.
        Some(automation) if !automation.enabled && settlement.is_none() => {
            Some("the automation of this run is disabled; enable it first")
        }
        Some(_) => None,
    };
    if let Some(message) = why_not {
        return Err(Problem::new(Kind::Conflict, "not_resumable", message));
    }
    let plan: Plan = automations::plan_of(app.db(), &id.automation, run.revision).await?.ok_or_else(|| {
        Problem::new(Kind::Conflict, "not_resumable", "the revision of this run is gone; replay the event")
    })?;
    let now = app.now();
    let found = (run.status, run.open);
    machine::resume(&mut run, &plan, settlement, now)?;
    decide(app, &run, found).await?;
    order::send_runs(app, std::iter::once((id.clone(), now)), true).await;
    Ok(run)
}

/// Ends a run that is not over.
pub async fn cancel(app: &App, id: &RunId) -> Result<Run, Problem> {
    let mut run = get(app, id).await?;
    let found = (run.status, run.open);
    machine::cancel(&mut run, app.now())?;
    decide(app, &run, found).await?;
    Ok(run)
}

async fn decide(app: &App, run: &Run, found: (Status, Option<Timestamp>)) -> Result<(), Problem> {
    let results = app.db().batch(vec![runs::decide(run, found.0, found.1)]).await?;
    if took_place(&results, 0) {
        return Ok(());
    }
    let message = "the run went on in the same moment; look at it again";
    Err(Problem::new(Kind::Conflict, "changed_meanwhile", message))
}

/// Releases or drops held runs of automations whose operator said so, a bounded number; the rest comes next minute.
pub async fn settle_held(app: &App) -> Result<(), DatabaseError> {
    for (id, what) in automations::with_held(app.db()).await? {
        let held = runs::of_automation(app.db(), &id, &[Status::Held], CHUNK).await?;
        let all = held.len() < CHUNK as usize;
        if what == "release" {
            release_all(app, held).await?;
        } else {
            cancel_all(app, held).await?;
        }
        if all {
            app.db().batch(vec![automations::held_done(&id)]).await?;
        }
    }
    Ok(())
}

/// Releases runs that were held until what may be sent is more again, a bounded number; the rest comes next minute. Those
/// of an automation that is disabled meanwhile stay held.
pub async fn release_withheld(app: &App) -> Result<(), DatabaseError> {
    let held = runs::withheld_until(app.db(), app.now(), CHUNK).await?;
    release_all(app, held).await
}

async fn release_all(app: &App, held: Vec<Run>) -> Result<(), DatabaseError> {
    let now = app.now();
    let (mut statements, mut released) = (Vec::with_capacity(held.len()), Vec::with_capacity(held.len()));
    for mut run in held {
        let found = (run.status, run.open);
        machine::release(&mut run, now);
        statements.push(runs::decide(&run, found.0, found.1));
        released.push((run.id, now));
    }
    if !statements.is_empty() {
        app.db().batch(statements).await?;
        order::send_runs(app, released.into_iter(), true).await;
    }
    Ok(())
}

/// Cancels runs at rest whose automation was deleted, a bounded number. A run that is being worked on ends by itself:
/// what it has begun cannot be called back.
///
/// Only for a day after a deletion, because it looks at every open run.
pub async fn cancel_orphans(app: &App) -> Result<(), DatabaseError> {
    if !automations::any_deleted(app.db(), app.now().plus_ms(-ORPHANS_MS)).await? {
        return Ok(());
    }
    let orphans = runs::orphaned(app.db(), CHUNK).await?;
    cancel_all(app, orphans).await
}

/// Cancels the runs of an event that is about to be deleted.
pub async fn cancel_of_event(app: &App, event: &crate::domain::ids::EventId) -> Result<(), DatabaseError> {
    let open = runs::open_of_event(app.db(), event).await?;
    cancel_all(app, open).await
}

async fn cancel_all(app: &App, all: Vec<Run>) -> Result<(), DatabaseError> {
    let now = app.now();
    let mut statements = Vec::with_capacity(all.len());
    for mut run in all {
        let found = (run.status, run.open);
        if machine::cancel(&mut run, now).is_ok() {
            statements.push(runs::decide(&run, found.0, found.1));
        }
    }
    if !statements.is_empty() {
        app.db().batch(statements).await?;
    }
    Ok(())
}
