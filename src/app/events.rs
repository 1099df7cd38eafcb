//! Events: looked at, replayed one by one, deleted.
//!
//! It receives none (`ingest` does) and executes nothing: a replay makes queued runs and sends their orders.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::event::Event;
use crate::domain::field::{self, Flat, Policies, Storage};
use crate::domain::ids::{AutomationId, EventId, RunId};
use crate::domain::input::Reader;
use crate::domain::problem::{Kind, Problem, verdict};
use crate::domain::run::{Run, Status};
use crate::store::automations::{self, Automation};
use crate::store::glimpses::{self, Body, Rules};
use crate::store::runs::Existing;
use crate::store::{Page, Rows, captures, decode, events, fields, runs, sources};

use super::{App, order, storage};

/// An event with what came of it.
pub struct Full {
    /// The event.
    pub event: Event,
    /// Its fields, read again from what was kept.
    pub flat: Flat,
    /// The paths that it holds and its source does not know: past one of the limits, or forgotten by an operator.
    pub not_learned: Vec<String>,
    /// What arrived, in half a line.
    pub glimpse: Option<String>,
    /// Its runs.
    pub runs: Vec<Run>,
    /// Where it stands: `queued` until its runs exist, then the most telling of their statuses.
    pub state: &'static str,
}

/// An event.
pub async fn get(app: &App, id: &EventId) -> Result<Full, Problem> {
    let mut event = find(app, id).await?;
    let mut runs = runs::of_event(app.db(), id).await?;
    super::reports::show(app, &mut runs).await?;
    let expected = expects_runs(app, &event).await?;
    let policies = sources::storage(app.db(), &event.source_id).await?;
    storage::shown(&mut event, &policies);
    let flat = field::flatten(&event.payload());
    let known = fields::list(app.db(), &event.source_id).await?;
    let mut not_learned = flat.not_learned.clone();
    for seen in &flat.learned {
        if !known.iter().any(|field| field.path == seen.path) && !not_learned.contains(&seen.path) {
            not_learned.push(seen.path.clone());
        }
    }
    let masked: Vec<String> = known.into_iter().filter(|field| field.masked).map(|field| field.path).collect();
    let glimpse = glimpse(&flat, &policies, &masked);
    Ok(Full { state: state(&runs, expected), event, flat, not_learned, glimpse, runs })
}

/// The first values of an event that people may see; of a hash nobody reads anything.
fn glimpse(flat: &Flat, policies: &Policies, masked: &[String]) -> Option<String> {
    field::glimpse(&flat.fields, |path| policies.of(path) > Storage::Mask || masked.iter().any(|own| own == path))
}

async fn find(app: &App, id: &EventId) -> Result<Event, Problem> {
    events::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("event", id))
}

/// Whether an automation listens to the event's source that is older than the event.
async fn expects_runs(app: &App, event: &Event) -> Result<bool, Problem> {
    let page = Page { before: None, limit: 200 };
    let listening = automations::list(app.db(), Some(&event.source_id), &page).await?;
    Ok(listening.iter().any(|automation| expects(automation, event)))
}

/// Whether an automation will run an event.
fn expects(automation: &Automation, event: &Event) -> bool {
    event.encoding != "forgotten" && automation.source_id == event.source_id && automation.since <= event.id
}

/// Where an event stands, by its runs: what needs a person first, then what is still going on.
pub fn state(runs: &[Run], expected: bool) -> &'static str {
    const TELLING: [Status; 9] = [
        Status::Uncertain,
        Status::Failed,
        Status::Running,
        Status::Waiting,
        Status::Queued,
        Status::Held,
        Status::Cancelled,
        Status::Succeeded,
        Status::Skipped,
    ];
    let told = TELLING.into_iter().find(|status| runs.iter().any(|run| run.status == *status));
    match told {
        Some(status) => status.as_str(),
        None if expected => Status::Queued.as_str(),
        None => "stored",
    }
}

/// An event in a list.
pub struct Listed {
    /// The event, its body left out.
    pub event: Event,
    /// What arrived, in half a line; `None` also when its body is long.
    pub glimpse: Option<String>,
    /// Its runs.
    pub runs: Vec<Run>,
    /// Where it stands, as in [`Full`].
    pub state: &'static str,
}

/// Events, newest first, with their runs, and from where a search that looked at enough goes on. Two round trips,
/// however many there are.
pub async fn list(app: &App, filter: &events::Filter, page: &Page) -> Result<(Vec<Listed>, Option<EventId>), Problem> {
    let found = match &filter.text {
        Some(text) => events::search(app.db(), filter, text, page).await?,
        None => events::Found { events: events::list(app.db(), filter, page).await?, last: None },
    };
    Ok((with_runs(app, found.events).await?, found.last))
}

async fn with_runs(app: &App, found: Vec<Event>) -> Result<Vec<Listed>, Problem> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut sources: Vec<&str> = found.iter().map(|event| event.source_id.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut statements = vec![automations::of_sources(&sources), glimpses::rules(&sources), glimpses::bodies(&found)];
    statements.extend(found.iter().map(|event| runs::of_event_statement(&event.id)));
    let mut results = app.db().batch(statements).await?.into_iter();
    let listening: Vec<Automation> = decode(results.next().unwrap_or_default())?;
    let rules: Vec<Rules> = decode(results.next().unwrap_or_default())?;
    let mut bodies: HashMap<EventId, String> =
        decode::<Body>(results.next().unwrap_or_default())?.into_iter().collect();
    let listed = |(mut event, rows): (Event, Rows)| {
        let runs = runs::decode(rows)?;
        let state = state(&runs, listening.iter().any(|automation| expects(automation, &event)));
        // Without its rules nothing is shown of an event.
        let rules = rules.iter().find(|rules| rules.0 == event.source_id);
        let glimpse = rules.zip(bodies.remove(&event.id)).and_then(|((_, policies, masked), body)| {
            event.body = body;
            let flat = field::flatten(&storage::shown_payload(&event, policies));
            event.body.clear();
            glimpse(&flat, policies, masked)
        });
        Ok(Listed { event, glimpse, runs, state })
    };
    found.into_iter().zip(results).map(listed).collect()
}

/// Deletes an event; its open runs are cancelled first, and its finished ones stay as a record without it.
pub async fn delete(app: &App, id: &EventId) -> Result<(), Problem> {
    let event = find(app, id).await?;
    super::runs::cancel_of_event(app, id).await?;
    let captured = captures::forget_event(&event.source_id, id);
    app.db().batch(vec![events::delete(&event.source_id, id), runs::forget_copies(id), captured]).await?;
    Ok(())
}

/// Runs an old event again: a new run of each automation that listens to its source now, by its newest revision. A second
/// click within a few seconds gives the runs of the first.
pub async fn replay(app: &App, id: &EventId, value: &Value) -> Result<Vec<RunId>, Problem> {
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let automation = read_automation(&mut reader);
    verdict(reader.finish())?;
    let event = find(app, id).await?;
    if event.encoding == "forgotten" {
        let message = "the body of this event is not kept any more, because its source keeps none or it was erased; it cannot \
                       be replayed";
        return Err(Problem::new(Kind::Conflict, "body_not_kept", message));
    }
    let now = app.now();
    let since = now.plus_ms(-super::replays::CLICK_MS);
    let statements = vec![
        runs::enqueue_once(&event.source_id, id, automation.as_ref(), now, since),
        runs::replayed_since(id, automation.as_ref(), since),
    ];
    let mut results = app.db().batch(statements).await?.into_iter();
    let mut next = || decode::<Existing>(results.next().unwrap_or_default());
    let (made, all) = (next()?, next()?);
    if all.is_empty() {
        let message = match automation {
            Some(id) => format!("the automation `{id}` does not listen to this event's source"),
            None => "no automation listens to this event's source, so there is nothing to run".to_owned(),
        };
        return Err(Problem::new(Kind::Conflict, "nothing_to_run", message));
    }
    let ids = all.iter().map(|run| RunId { event: run.0.clone(), automation: run.1.clone(), number: run.2 }).collect();
    order::send_existing(app, made).await;
    Ok(ids)
}

/// Reads an optional `automation_id`.
pub(super) fn read_automation(reader: &mut Reader<'_>) -> Option<AutomationId> {
    let text = reader.text("automation_id", 64)?;
    let id = AutomationId::parse(&text);
    if id.is_none() {
        reader.fault("automation_id", "invalid", "is not the id of an automation; those begin with `aut_`");
    }
    id
}
