//! The state machine of a run: given a run, what happened and the time, it changes the run and says what to do next.
//!
//! It performs nothing and stores nothing. **Invariant:** this is the only place where the status of a run or of a step
//! changes, but for runs that are held because their automation is disabled: only the database knows that in the same
//! instant (`store::runs`). **Invariant:** a call that cannot be repeated is in the ledger as `running` before it is made (the app
//! stores the run between [`Effect::Perform`] and the call), so that a crash in between is seen as `uncertain`.
//!
//! **Length:** every change of a status stands in this one file, so that all of them can be read together.

use crate::domain::action::{self, Call, Class, Failure, Intent, Object, Outcome};
use crate::domain::automation::{OnError, Plan, PlannedStep, is_done};
use crate::domain::problem::{Kind, Problem};
use crate::domain::settings::Settings;
use crate::domain::template::Scope;
use crate::domain::time::Timestamp;

use super::report::{self, MessageKey, Report, Stage};
use super::{Cause, Run, RunError, Status, Step, StepStatus, retry};

/// How long a lease lasts. Every store of the run renews it.
pub const LEASE_MS: i64 = 300_000;

/// How long after the end of a lease somebody else may take the run: room for clocks that differ.
pub const LEASE_MARGIN_MS: i64 = 30_000;

/// What a run is run with.
pub struct Scene<'a> {
    /// The revision to which the run is pinned.
    pub plan: &'a Plan,
    /// The deployment's settings.
    pub settings: &'a Settings,
    /// What its templates can see.
    pub scope: Scope,
}

/// What is to be done next.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Store the run (unless the call can be repeated and stays in this database), make the call, and say how it ended.
    Perform {
        /// The step's index in the ledger.
        step: usize,
        /// The call.
        call: Call,
    },
    /// Store the run: it waits until `open`, or it is over.
    Store,
}

/// How an operator settles a step of which nobody knows whether it happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settlement {
    /// It happened: go on behind it.
    Sent,
    /// It did not: do it again.
    NotSent,
}

/// Takes a run that is not over and goes on with it, from its first step that is not done.
///
/// The caller holds its lease. A step that is found `running` was being called when its worker died.
pub fn advance(run: &mut Run, scene: &mut Scene<'_>, now: Timestamp) -> Effect {
    if run.started_at.is_none() {
        run.started_at = Some(now);
        let condition = scene.plan.condition.as_ref();
        if condition.is_some_and(|condition| !condition.holds(&|field| scene.scope.lookup(field))) {
            return finish(run, Status::Skipped, now);
        }
    }
    run.status = Status::Running;
    run.open = Some(now.plus_ms(LEASE_MS + LEASE_MARGIN_MS));
    scene.scope.set_system("steps", run.outputs());
    for (index, planned) in scene.plan.steps.iter().enumerate() {
        let Some(step) = run.steps.get_mut(index) else { break };
        let next = match step.status {
            StepStatus::Succeeded | StepStatus::Skipped => Next::Step,
            StepStatus::Failed | StepStatus::Cancelled if is_done(step.status, planned.on_error) => Next::Step,
            StepStatus::Waiting if step.waits_until.is_some_and(|until| until > now) => Next::Wait,
            StepStatus::Waiting if step.error.is_none() => {
                // The time of a `wait` has come; a step that waits for another attempt carries the last one's error.
                end_step(step, StepStatus::Succeeded, now);
                Next::Step
            }
            StepStatus::Running => interrupted(step, planned, scene, now),
            StepStatus::Uncertain => Next::Uncertain,
            StepStatus::Pending | StepStatus::Waiting | StepStatus::Failed | StepStatus::Cancelled => {
                turn(step, planned, scene, run.cause, now)
            }
        };
        match next {
            Next::Step => scene.scope.set_system("steps", run.outputs()),
            Next::Call(call) => return Effect::Perform { step: index, call },
            Next::Wait => return wait(run, index, now),
            Next::Skip => return finish(run, Status::Skipped, now),
            Next::Stop => return finish(run, Status::Succeeded, now),
            Next::Fail => match failed(run, index, planned.on_error, now) {
                Some(effect) => return effect,
                None => scene.scope.set_system("steps", run.outputs()),
            },
            Next::Uncertain => return uncertain(run, index, now),
        }
    }
    finish(run, Status::Succeeded, now)
}

/// What follows from one step.
enum Next {
    Step,
    Call(Call),
    Wait,
    Skip,
    Stop,
    Fail,
    Uncertain,
}

/// A step whose turn has come.
fn turn(step: &mut Step, planned: &PlannedStep, scene: &Scene<'_>, cause: Cause, now: Timestamp) -> Next {
    let wanted = planned.when.as_ref().is_none_or(|when| when.holds(&|field| scene.scope.lookup(field)));
    if !planned.enabled || !wanted {
        end_step(step, StepStatus::Skipped, now);
        return Next::Step;
    }
    step.started_at = step.started_at.or(Some(now));
    step.waits_until = None;
    let prepared = match action::find(&planned.action) {
        Some(action) => action::prepare(action, &planned.params, &scene.scope, scene.settings, now),
        None => {
            let message =
                format!("there is no action `{}` any more; edit the automation and replay the event", planned.action);
            return refuse(step, Failure::refused("unknown_action", message), now);
        }
    };
    step.input = Some(super::shown(prepared.input.params));
    step.missing = prepared.input.missing;
    step.notes = prepared.input.notes;
    match prepared.outcome {
        Err(failure) => refuse(step, failure, now),
        Ok(Intent::Call(call)) => {
            step.status = StepStatus::Running;
            step.attempts += 1;
            Next::Call(call)
        }
        Ok(Intent::Wait { until }) => {
            let mut output = Object::new();
            output.insert("until".to_owned(), until.to_string().into());
            if cause == Cause::Test {
                output.insert("simulated".to_owned(), true.into());
            }
            step.output = Some(output);
            if until <= now || cause == Cause::Test {
                end_step(step, StepStatus::Succeeded, now);
                return Next::Step;
            }
            step.status = StepStatus::Waiting;
            step.waits_until = Some(until);
            Next::Wait
        }
        Ok(Intent::Filter { pass }) => {
            step.output = Some(Object::from_iter([("passed".to_owned(), pass.into())]));
            end_step(step, StepStatus::Succeeded, now);
            if pass { Next::Step } else { Next::Skip }
        }
        Ok(Intent::Stop { reason }) => {
            step.output = Some(Object::from_iter([("reason".to_owned(), reason.into())]));
            end_step(step, StepStatus::Succeeded, now);
            Next::Stop
        }
    }
}

fn refuse(step: &mut Step, failure: Failure, now: Timestamp) -> Next {
    step.error = Some(failure);
    end_step(step, StepStatus::Failed, now);
    Next::Fail
}

/// **Limit:** attempts of one step that may end with the death of their worker: a call that kills whoever makes it must
/// not be made for ever.
const MAX_INTERRUPTED: u32 = 10;

/// A step that was being called when its worker died: again when that is safe, else nobody knows.
fn interrupted(step: &mut Step, planned: &PlannedStep, scene: &Scene<'_>, now: Timestamp) -> Next {
    let prepared = action::find(&planned.action)
        .map(|action| action::prepare(action, &planned.params, &scene.scope, scene.settings, now));
    match prepared.map(|prepared| prepared.outcome) {
        Some(Ok(Intent::Call(call))) if call.repeatable() && step.attempts < MAX_INTERRUPTED => {
            step.attempts += 1;
            Next::Call(call)
        }
        Some(_) | None => {
            lose(step, now);
            Next::Uncertain
        }
    }
}

/// Nobody knows how a call ended.
fn lose(step: &mut Step, now: Timestamp) {
    step.error = Some(Failure::new(
        Class::Uncertain,
        "interrupted",
        "the call was under way when its worker stopped, so it may or may not have happened; look at the receiving \
         side, then resume the run with `sent` or `not_sent`",
    ));
    end_step(step, StepStatus::Uncertain, now);
}

/// Says how a call ended, and goes on.
pub fn answered(
    run: &mut Run,
    scene: &mut Scene<'_>,
    index: usize,
    outcome: Outcome,
    now: Timestamp,
    luck: u32,
) -> Effect {
    let on_error = scene.plan.steps.get(index).map_or(OnError::Stop, |planned| planned.on_error);
    let Some(step) = run.steps.get_mut(index) else { return advance(run, scene, now) };
    match outcome {
        Outcome::Succeeded { output } => {
            step.output = Some(output);
            step.error = None;
            end_step(step, StepStatus::Succeeded, now);
        }
        Outcome::Failed(failure) => match failure.class {
            Class::Uncertain => {
                step.error = Some(failure);
                end_step(step, StepStatus::Uncertain, now);
                return uncertain(run, index, now);
            }
            Class::Retry { after_s } if retry::delay_ms(step.retries, after_s, luck).is_some() => {
                let delay = retry::delay_ms(step.retries, after_s, luck).unwrap_or_default();
                step.retries += 1;
                step.error = Some(failure);
                step.status = StepStatus::Waiting;
                step.waits_until = Some(now.plus_ms(delay));
                return wait(run, index, now);
            }
            Class::Retry { .. } | Class::Refused | Class::Blocked => {
                step.error = Some(failure);
                end_step(step, StepStatus::Failed, now);
                if let Some(effect) = failed(run, index, on_error, now) {
                    return effect;
                }
            }
        },
    }
    advance(run, scene, now)
}

fn end_step(step: &mut Step, status: StepStatus, now: Timestamp) {
    step.status = status;
    step.started_at = step.started_at.or(Some(now));
    step.finished_at = Some(now);
    step.waits_until = None;
}

/// The run waits for one of its steps.
fn wait(run: &mut Run, index: usize, now: Timestamp) -> Effect {
    run.status = Status::Waiting;
    run.open = Some(run.steps.get(index).and_then(|step| step.waits_until).unwrap_or(now));
    Effect::Store
}

/// A step failed for good; `None` when the run goes on all the same.
fn failed(run: &mut Run, index: usize, on_error: OnError, now: Timestamp) -> Option<Effect> {
    match on_error {
        OnError::Continue => {
            run.with_errors = true;
            None
        }
        OnError::Stop => {
            run.error = step_error(run, index);
            Some(finish(run, Status::Failed, now))
        }
    }
}

fn uncertain(run: &mut Run, index: usize, now: Timestamp) -> Effect {
    run.error = step_error(run, index);
    finish(run, Status::Uncertain, now)
}

fn step_error(run: &Run, index: usize) -> Option<RunError> {
    let step = run.steps.get(index)?;
    let failure = step.error.as_ref()?;
    Some(RunError { step: Some(step.id.clone()), code: failure.code.clone(), message: failure.message.clone() })
}

fn finish(run: &mut Run, status: Status, now: Timestamp) -> Effect {
    let rest = match status {
        Status::Skipped | Status::Succeeded => Some(StepStatus::Skipped),
        Status::Cancelled => Some(StepStatus::Cancelled),
        // What a failed or uncertain run did not reach is still to be done when it is resumed.
        Status::Failed | Status::Uncertain | Status::Queued | Status::Held | Status::Running | Status::Waiting => None,
    };
    if let Some(rest) = rest {
        for step in &mut run.steps {
            match step.status {
                StepStatus::Pending | StepStatus::Waiting => end_step(step, rest, now),
                StepStatus::Running
                | StepStatus::Succeeded
                | StepStatus::Failed
                | StepStatus::Skipped
                | StepStatus::Cancelled
                | StepStatus::Uncertain => {}
            }
        }
    }
    run.status = status;
    run.finished_at = Some(now);
    run.open = None;
    Effect::Store
}

/// Lets a held run begin, or go on.
pub fn release(run: &mut Run, now: Timestamp) {
    if run.status == Status::Held {
        run.status = Status::Queued;
        run.open = Some(now);
        run.error = None;
    }
}

/// The code of a run that is held because a message of its would exceed what may be sent.
pub const WITHHELD: &str = "send_limit";

/// Holds a run before a message that would exceed what may be sent, until more may be. Its call was not made.
pub fn withhold(run: &mut Run, index: usize, until: Timestamp, message: String) {
    pause(run, index, until);
    run.status = Status::Held;
    let step = run.steps.get(index).map(|step| step.id.clone());
    run.error = Some(RunError { step, code: WITHHELD.to_owned(), message });
}

/// Takes back that a step's call was begun: it was refused before.
pub fn not_begun(run: &mut Run, index: usize) {
    if let Some(step) = run.steps.get_mut(index) {
        step.attempts = step.attempts.saturating_sub(1);
    }
}

/// Puts a run back before a call that was not begun, because this invocation has worked long enough or the database did
/// not answer.
pub fn pause(run: &mut Run, index: usize, open: Timestamp) {
    if let Some(step) = run.steps.get_mut(index) {
        step.status = StepStatus::Pending;
    }
    not_begun(run, index);
    run.status = Status::Waiting;
    run.open = Some(open);
}

/// Ends a run that is not over. A call that is under way cannot be called back: its step becomes `uncertain`, so that
/// the ledger does not claim that it did not happen.
///
/// # Errors
/// When the run is over already.
pub fn cancel(run: &mut Run, now: Timestamp) -> Result<(), Problem> {
    if run.status.is_over() {
        let message =
            format!("this run is {} already; only a run that is not over can be cancelled", run.status.as_str());
        return Err(Problem::new(Kind::Conflict, "run_is_over", message));
    }
    for step in run.steps.iter_mut().filter(|step| step.status == StepStatus::Running) {
        step.error = Some(Failure::new(
            Class::Uncertain,
            "cancelled_meanwhile",
            "the run was cancelled while this call was under way, so it may or may not have happened",
        ));
        end_step(step, StepStatus::Uncertain, now);
    }
    finish(run, Status::Cancelled, now);
    Ok(())
}

/// Ends a run as failed for a reason outside of its steps: it could not be executed at all. A call that was under way
/// makes it uncertain instead, because a failed run could be resumed without anybody being asked.
pub fn give_up(run: &mut Run, code: &str, message: &str, now: Timestamp) {
    if let Some(index) = run.steps.iter().position(|step| step.status == StepStatus::Running) {
        if let Some(step) = run.steps.get_mut(index) {
            lose(step, now);
        }
        uncertain(run, index, now);
        return;
    }
    run.error = Some(RunError { step: None, code: code.to_owned(), message: message.to_owned() });
    finish(run, Status::Failed, now);
}

/// What a report did to its run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reported {
    /// It settled its step: store the run.
    Settled,
    /// The call is still under way; look again later.
    TooEarly,
    /// It has nothing to settle.
    Nothing,
}

/// Takes in what the provider says about a message of which the ledger does not know whether it was sent.
///
/// A step that is `uncertain` is settled either way. One that waits for another attempt, or is to be done again because
/// an operator said `not_sent`, is settled by a report that the message got away after all: so that nobody gets it
/// twice. What the ledger knows for certain stays: how far a message got is shown beside it.
///
/// `plan` is the revision of the run; without it a failed step stops the run.
pub fn reported(run: &mut Run, plan: Option<&Plan>, key: &MessageKey, said: &Report, now: Timestamp) -> Reported {
    let found = run.steps.iter().position(|step| report::is_of(step, &key.step, key.attempt));
    let Some((index, step)) = found.and_then(|index| Some((index, run.steps.get_mut(index)?))) else {
        return Reported::Nothing;
    };
    let arrived = match said.stage {
        Stage::Sent | Stage::Delivered | Stage::Read => true,
        Stage::Failed => false,
    };
    match (step.status, arrived) {
        (StepStatus::Running, _) => return Reported::TooEarly,
        (StepStatus::Uncertain, _) | (StepStatus::Waiting | StepStatus::Pending, true) => {}
        (StepStatus::Waiting | StepStatus::Pending, false)
        | (StepStatus::Succeeded | StepStatus::Failed | StepStatus::Skipped | StepStatus::Cancelled, _) => {
            return Reported::Nothing;
        }
    }
    if arrived {
        let output = step.output.get_or_insert_default();
        if let Some(id) = &said.message_id {
            output.insert("message_id".to_owned(), id.as_str().into());
        }
        output.insert("settled".to_owned(), "report".into());
        step.error = None;
        end_step(step, StepStatus::Succeeded, now);
    } else {
        step.error.clone_from(&said.failure);
        end_step(step, StepStatus::Failed, now);
    }
    match run.status {
        Status::Uncertain | Status::Waiting | Status::Queued => {}
        // Whoever ended a run did not ask for more than to know how its last call ended.
        Status::Held | Status::Running | Status::Succeeded | Status::Skipped | Status::Failed | Status::Cancelled => {
            return Reported::Settled;
        }
    }
    let on_error = plan.and_then(|plan| plan.steps.get(index)).map_or(OnError::Stop, |planned| planned.on_error);
    if arrived || failed(run, index, on_error, now).is_none() {
        go_on(run, now);
    }
    Reported::Settled
}

/// Lets a run that was at rest be taken up again.
fn go_on(run: &mut Run, now: Timestamp) {
    run.status = Status::Queued;
    run.open = Some(now);
    (run.error, run.finished_at) = (None, None);
}

/// Makes a run that failed, is uncertain or was cancelled go on from its first step that is not done; and one that is
/// held because of what may be sent, past that limit.
///
/// # Errors
/// When it cannot be resumed, or when an uncertain step needs a settlement that was not given.
pub fn resume(run: &mut Run, plan: &Plan, settlement: Option<Settlement>, now: Timestamp) -> Result<(), Problem> {
    match run.status {
        Status::Failed | Status::Uncertain | Status::Cancelled => {}
        Status::Held if run.error.as_ref().is_some_and(|error| error.code == WITHHELD) => {
            let to_blame = run.error.as_ref().and_then(|error| error.step.as_deref());
            for step in run.steps.iter_mut().filter(|step| Some(step.id.as_str()) == to_blame) {
                step.unlimited = true;
            }
        }
        Status::Queued | Status::Held | Status::Running | Status::Waiting | Status::Succeeded | Status::Skipped => {
            let status = run.status.as_str();
            let message = format!(
                "this run is {status}; only a run that failed, is uncertain, was cancelled or is held by a send limit can \
                 be resumed"
            );
            return Err(Problem::new(Kind::Conflict, "not_resumable", message));
        }
    }
    if run.steps.iter().any(|step| step.emptied) {
        let message = "what the steps of this run had given was removed, and later steps may need it; replay the event";
        return Err(Problem::new(Kind::Conflict, "not_resumable", message));
    }
    let is_uncertain = run.steps.iter().any(|step| step.status == StepStatus::Uncertain);
    match (is_uncertain, settlement) {
        (true, None) => {
            let message = "one step of this run may or may not have happened: say `{\"uncertain\":\"sent\"}` to go on \
                           behind it, or `{\"uncertain\":\"not_sent\"}` to do it again";
            return Err(Problem::fault("uncertain", "required", message));
        }
        (false, Some(_)) => {
            return Err(Problem::fault("uncertain", "invalid", "no step of this run is uncertain; leave it out"));
        }
        (true, Some(_)) | (false, None) => {}
    }
    for (index, step) in run.steps.iter_mut().enumerate() {
        let on_error = plan.steps.get(index).map_or(OnError::Stop, |planned| planned.on_error);
        match (step.status, settlement) {
            (StepStatus::Uncertain, Some(Settlement::Sent)) => {
                step.output.get_or_insert_default().insert("settled".to_owned(), "sent".into());
                step.error = None;
                end_step(step, StepStatus::Succeeded, now);
            }
            (status, _) if is_done(status, on_error) => {}
            _ => {
                step.status = StepStatus::Pending;
                step.retries = 0;
                (step.error, step.output, step.waits_until) = (None, None, None);
                (step.started_at, step.finished_at) = (None, None);
            }
        }
    }
    go_on(run, now);
    Ok(())
}
