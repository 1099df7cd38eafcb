//! Executing a run: the machine says what to do, this does it and stores it, in the order that keeps the ledger honest.
//!
//! It decides nothing about a run. **Invariant:** every write names the lease, and when it changes no row this stops:
//! somebody else has the run.

use std::rc::Rc;

use crate::domain::action::Call;
use crate::domain::automation::Plan;
use crate::domain::event::Opened;
use crate::domain::ids::{RunId, SourceId};
use crate::domain::limits::Window;
use crate::domain::run::machine::{self, Effect, LEASE_MARGIN_MS, LEASE_MS, Scene};
use crate::domain::run::{Cause, Run, Status};
use crate::domain::template::Scope;
use crate::domain::time::Timestamp;
use crate::store::limits as counts;
use crate::store::runs::SceneRow;
use crate::store::{DatabaseError, Reason, Rows, Statement, contacts, decode, events, runs};

use super::pace::Pace;
use super::perform::{self, At, Connections, Means};
use super::ports::Level;
use super::task::Task;
use super::{App, limits, order};

/// How long one invocation works on one run before it puts it back: well below the platform's 15 minutes, so that a
/// batch of slow runs ends too.
const PATIENCE_MS: i64 = 180_000;

/// How long a store of a run waits before each further try. What a provider has answered is known nowhere else, and
/// without it the step would be `uncertain` although somebody knew.
const STORE_AGAIN_MS: [u32; 5] = [50, 250, 1_000, 4_000, 10_000];

/// When a step is tried again that could not be begun because the database did not answer.
const PUT_BACK_MS: i64 = 10_000;

/// The order by which a run that waits goes on: itself, and the moment from which it may be taken.
pub type Next = Option<(RunId, Timestamp)>;

/// Works on a run until it waits, is over, or belongs to somebody else; returns the order that is then to be sent.
///
/// # Errors
/// When the database does not answer. The run's lease then runs out, and the sweep takes it up.
pub async fn execute(app: &App, task: Task, pace: &Pace) -> Result<Next, DatabaseError> {
    match task {
        Task::Begin { run, plan, event, source_name, enabled, connections } => {
            if enabled {
                let hold = Hold::new(app, false);
                Work {
                    app,
                    pace,
                    run: *run,
                    plan,
                    event,
                    source_name,
                    connections,
                    hold,
                    pending: Vec::new(),
                    answered: Rows::new(),
                }
                .go_on()
                .await
            } else {
                // Whether it is held is decided by the statement: the automation may have been enabled, and its held
                // runs released, since it was read.
                let (source, id) = (&run.source_id, &run.id);
                let statement =
                    runs::enqueue(source, &id.event, Some(&id.automation), Cause::Event, false, run.created_at);
                let rows = app.db().batch(vec![statement]).await?.into_iter().next().unwrap_or_default();
                order::send_existing(app, decode(rows)?).await;
                Ok(None)
            }
        }
        Task::Claim { id, ticket } => claim(app, &id, ticket, pace).await,
    }
}

async fn claim(app: &App, id: &RunId, ticket: Option<Timestamp>, pace: &Pace) -> Result<Next, DatabaseError> {
    let now = app.now();
    let hold = Hold::new(app, true);
    let lease_ends = now.plus_ms(LEASE_MS + LEASE_MARGIN_MS);
    let statements = vec![
        runs::hold_if_disabled(id, ticket, now),
        runs::claim(id, ticket, &hold.lease, lease_ends, now),
        runs::scene(id),
    ];
    let mut results = app.db().batch(statements).await?.into_iter().skip(1);
    let mut next = || results.next().unwrap_or_default();
    let Some(mut run) = runs::decode(next())?.into_iter().next() else { return Ok(None) };
    let scene = decode::<SceneRow>(next())?.into_iter().next();
    let source_name = scene.as_ref().and_then(|scene| scene.source_name.clone()).unwrap_or_default();
    let plan = scene.as_ref().and_then(|scene| Plan::from_stored(scene.plan.as_deref()?).ok());
    let event = match scene {
        Some(SceneRow { copy: Some(copy), .. }) => Some(copy),
        Some(SceneRow { event: Some(read), .. }) => events::whole(app.db(), read).await?,
        Some(_) | None => None,
    };
    let forgotten = event.as_ref().is_some_and(|event| event.encoding == "forgotten");
    match (plan, event.filter(|event| event.encoding != "forgotten")) {
        (Some(plan), Some(event)) => {
            Work {
                app,
                pace,
                run,
                plan: Rc::new(plan),
                event: Rc::new(event.into()),
                source_name,
                connections: Rc::default(),
                hold,
                pending: Vec::new(),
                answered: Rows::new(),
            }
            .go_on()
            .await
        }
        (plan, _) => {
            let (code, message) = match plan {
                Some(_) if forgotten => (
                    "body_not_kept",
                    "the body of this event is not kept any more, because its source keeps none or it was erased, so there is \
                     nothing to run it with",
                ),
                Some(_) => ("event_deleted", "the event of this run was deleted, so there is nothing to run it with"),
                None => (
                    "revision_unreadable",
                    "the automation's revision cannot be read; save it again and replay the event",
                ),
            };
            machine::give_up(&mut run, code, message, now);
            app.db().batch(vec![runs::save(&run, &hold.lease, None, None)]).await?;
            Ok(None)
        }
    }
}

/// Our hold on a run.
struct Hold {
    lease: String,
    /// Whether the run is in the database.
    stored: bool,
}

impl Hold {
    fn new(app: &App, stored: bool) -> Self {
        Self { lease: format!("{:032x}", app.entropy()), stored }
    }
}

/// A run in hand.
struct Work<'a> {
    app: &'a App,
    pace: &'a Pace,
    run: Run,
    plan: Rc<Plan>,
    event: Rc<Opened>,
    source_name: String,
    connections: Rc<Connections>,
    hold: Hold,
    /// Statements that go with the next store of the run.
    pending: Vec<Statement>,
    /// What the last of them answered.
    answered: Rows,
}

/// Somebody else has the run, or it is gone.
enum Kept {
    Yes,
    No,
}

impl Work<'_> {
    async fn go_on(mut self) -> Result<Next, DatabaseError> {
        let app = self.app;
        let began = app.now();
        let plan = Rc::clone(&self.plan);
        self.look_at_reports(&plan).await?;
        let mut scene = Scene { plan: &plan, settings: app.settings(), scope: self.scope(&plan).await? };
        let mut effect = machine::advance(&mut self.run, &mut scene, began);
        loop {
            let Effect::Perform { step, call } = effect else { break };
            let outcome = match perform::means(app, &self.at(step), &call, &self.connections).await {
                Ok(means) => {
                    if let Means::None(_) = means {
                        machine::not_begun(&mut self.run, step);
                    }
                    let mut turn = None;
                    if means.leaves() {
                        turn = self.pace.turn().await;
                        if turn.is_none() || app.now().since(began) > PATIENCE_MS {
                            machine::pause(&mut self.run, step, app.now());
                            break;
                        }
                        let windows = self.windows(&plan, step, &call);
                        if let Kept::No = self.store().await? {
                            return Ok(None);
                        }
                        if !self.fits(&call) || !self.pace.begins(app.now(), call.timeout_ms()) {
                            machine::pause(&mut self.run, step, app.now());
                            break;
                        }
                        if let Some(over) = limits::exceeded(&windows, std::mem::take(&mut self.answered))? {
                            machine::withhold(&mut self.run, step, over.until, over.message);
                            break;
                        }
                    }
                    let calls = turn.as_ref().map(|_| self.pace.calls());
                    let outcome = self.perform(&means, step, &call, &mut scene.scope).await;
                    drop((calls, turn));
                    outcome
                }
                Err(error) => Err(error),
            };
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(error) if error.reason == Reason::NotMigrated => return Err(error),
                // Nothing was called. What the steps before have done is known only here: it is stored, and this one
                // is put back.
                Err(error) => {
                    app.log(
                        Level::Warn,
                        &format!("{} goes on later, the database did not answer: {error}", self.run.id),
                    );
                    machine::pause(&mut self.run, step, app.now().plus_ms(PUT_BACK_MS));
                    break;
                }
            };
            let luck = u32::try_from(app.entropy() & 0xffff).unwrap_or(0);
            effect = machine::answered(&mut self.run, &mut scene, step, outcome, app.now(), luck);
        }
        Ok(match self.store().await? {
            Kept::Yes if self.run.status == Status::Waiting => self.run.open.map(|open| (self.run.id, open)),
            Kept::Yes | Kept::No => None,
        })
    }

    /// Where in the run a step's call is made.
    fn at(&self, step: usize) -> At<'_> {
        let step_id = self.run.steps.get(step).map_or("", |step| step.id.as_str());
        At { run: &self.run, step_id, hop: self.event.hop }
    }

    async fn perform(
        &mut self,
        means: &Means,
        step: usize,
        call: &Call,
        scope: &mut Scope,
    ) -> Result<crate::domain::action::Outcome, DatabaseError> {
        let done = perform::perform(self.app, means, &self.at(step), call).await?;
        self.pending.extend(done.statements);
        if let Some(contact) = done.contact {
            scope.set_system("contact", contact);
        }
        Ok(done.outcome)
    }

    /// Puts how far the run's messages got beside what their steps gave, when the automation asks for it.
    async fn look_at_reports(&mut self, plan: &Plan) -> Result<(), DatabaseError> {
        if self.hold.stored && plan.to_json().to_string().contains("delivery") {
            super::reports::show(self.app, std::slice::from_mut(&mut self.run)).await?;
        }
        Ok(())
    }

    /// The windows in which a call counts; it is counted with the next store of the run. A message that is tried again
    /// was counted the first time.
    fn windows(&mut self, plan: &Plan, step: usize, call: &Call) -> Vec<Window> {
        let free = self.run.steps.get(step).is_none_or(|step| step.unlimited || step.attempts > 1);
        let Some(planned) = plan.steps.get(step).filter(|_| !free) else { return Vec::new() };
        let sends = self.app.settings().sends;
        let windows = sends.windows(&self.run.id.automation, &planned.params, call, self.app.now());
        if !windows.is_empty() {
            self.pending.push(counts::count_sends(&windows));
        }
        windows
    }

    /// What the run's templates can see.
    async fn scope(&self, plan: &Plan) -> Result<Scope, DatabaseError> {
        let mut scope = scope_of(self.app, &self.event, &self.run.source_id, &self.source_name);
        // The contact that an earlier part of this run saved; read only when something could ask for it.
        let saved = self.run.steps.iter().rev().find_map(|step| step.output.as_ref()?.get("contact_id")?.as_str());
        if let Some(id) = saved.and_then(crate::domain::ids::ContactId::parse)
            && plan.to_json().to_string().contains("contact")
            && let Some(contact) = contacts::get(self.app.db(), &id).await?
        {
            scope.set_system("contact", perform::contact_view(&contact));
        }
        Ok(scope)
    }

    /// Stores the run; it is let go when it waits or is over.
    async fn store(&mut self) -> Result<Kept, DatabaseError> {
        let lease = (self.run.status == Status::Running).then_some(self.hold.lease.as_str());
        let copy = self.outlives_event().then_some(&**self.event);
        let statement = if self.hold.stored {
            runs::save(&self.run, &self.hold.lease, lease, copy)
        } else {
            runs::insert(&self.run, lease, copy)
        };
        let mut statements = vec![statement];
        let mut tries = STORE_AGAIN_MS.into_iter();
        let mut retried = false;
        let results: Vec<Rows> = loop {
            match self.app.db().batch(statements.iter().chain(&self.pending).cloned().collect()).await {
                Ok(results) => break results,
                Err(error) if error.reason == Reason::NotMigrated => return Err(error),
                Err(error) => {
                    let Some(ms) = tries.next() else { return Err(error) };
                    self.app.ports.clock.sleep(ms).await;
                    // An insert that took place after all is a conflict with ourselves, which the lease tells apart.
                    if !self.hold.stored && !retried {
                        statements.push(runs::save(&self.run, &self.hold.lease, lease, copy));
                    }
                    retried = true;
                }
            }
        };
        let took_place = (0..statements.len()).any(|index| super::took_place(&results, index));
        self.answered =
            if self.pending.is_empty() { Rows::new() } else { results.into_iter().last().unwrap_or_default() };
        self.pending.clear();
        self.hold.stored = true;
        // A run that is let go has no lease by which a repeated store could know it. What follows is only its order,
        // and whoever has taken the run meanwhile does not honour its ticket.
        Ok(if took_place || (retried && lease.is_none()) { Kept::Yes } else { Kept::No })
    }

    /// Whether a call and what is stored after it fit into the lease.
    fn fits(&self, call: &Call) -> bool {
        let ends = self.app.now().plus_ms(i64::from(call.timeout_ms()) + LEASE_MARGIN_MS);
        self.run.open.is_some_and(|open| open.plus_ms(-LEASE_MARGIN_MS) >= ends)
    }

    /// Whether the run waits longer than its event is kept, and takes a copy along. An event with a long body is kept
    /// instead, as long as an open run has no copy: as JSON within JSON it might not fit into a row.
    fn outlives_event(&self) -> bool {
        const DAY_MS: i64 = 86_400_000;
        const MAX_COPIED: usize = 100_000;
        if self.event.body.len() > MAX_COPIED {
            return false;
        }
        let kept_until = self.event.id.received_at().plus_ms(i64::from(self.app.settings().retention_days) * DAY_MS);
        self.run.status == Status::Waiting && self.run.open.is_some_and(|open| open > kept_until.plus_ms(-DAY_MS))
    }
}

/// What templates can see of an event, before any step.
pub fn scope_of(app: &App, event: &Opened, source: &SourceId, source_name: &str) -> Scope {
    let mut scope = Scope::new(Rc::clone(event.payload()), app.settings());
    event.describe(&mut scope);
    scope.set_system("source", serde_json::json!({ "id": source.as_str(), "name": source_name }));
    scope
}
