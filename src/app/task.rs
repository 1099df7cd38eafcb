//! What there is to be worked on: a run that a batch of orders has come upon.
//!
//! Whether it may be worked on is decided by the statement that makes or takes it.

use std::rc::Rc;

use crate::domain::automation::Plan;
use crate::domain::event::Event;
use crate::domain::ids::RunId;
use crate::domain::run::{Cause, Run, Status};
use crate::domain::time::Timestamp;
use crate::store::automations::Listener;

use super::perform::Connections;

/// One run to be worked on.
pub enum Task {
    /// A run that does not exist yet.
    Begin {
        /// The run, all its steps pending.
        run: Box<Run>,
        /// What it does.
        plan: Rc<Plan>,
        /// Its event.
        event: Rc<Event>,
        /// Its source's name.
        source_name: String,
        /// Whether its automation is enabled; else it is held.
        enabled: bool,
        /// The connections that were read with it.
        connections: Rc<Connections>,
    },
    /// A run that exists, and may be taken if it is due or the ticket fits.
    Claim {
        /// The run.
        id: RunId,
        /// The `open` that it had when its order was sent.
        ticket: Option<Timestamp>,
    },
}

impl Task {
    /// The first run of an automation for an event.
    pub fn begin(
        automation: &Listener,
        plan: &Rc<Plan>,
        event: &Rc<Event>,
        source_name: &str,
        connections: &Rc<Connections>,
        now: Timestamp,
    ) -> Self {
        let run = Run {
            id: RunId { event: event.id.clone(), automation: automation.id.clone(), number: 1 },
            source_id: event.source_id.clone(),
            revision: automation.revision,
            status: Status::Queued,
            cause: if event.test { Cause::Test } else { Cause::Event },
            with_errors: false,
            created_at: now,
            started_at: None,
            finished_at: None,
            open: Some(now),
            steps: plan.ledger(),
            error: None,
        };
        Self::Begin {
            run: Box::new(run),
            plan: Rc::clone(plan),
            event: Rc::clone(event),
            source_name: source_name.to_owned(),
            enabled: automation.enabled,
            connections: Rc::clone(connections),
        }
    }

    /// Whether the run does not exist yet.
    pub const fn is_fresh(&self) -> bool {
        match self {
            Self::Begin { .. } => true,
            Self::Claim { .. } => false,
        }
    }

    /// The run's id, for the log.
    pub fn id(&self) -> RunId {
        match self {
            Self::Begin { run, .. } => run.id.clone(),
            Self::Claim { id, .. } => id.clone(),
        }
    }
}
