//! What there is to be worked on: a run that a batch of orders has come upon.
//!
//! It reads and stores nothing: whether the run may be worked on is decided by the statement that makes or takes it.

use std::rc::Rc;

use crate::domain::automation::Plan;
use crate::domain::event::Opened;
use crate::domain::ids::RunId;
use crate::domain::run::{Cause, Run, Status};
use crate::domain::time::Timestamp;
use crate::store::automations::Listener;

use super::perform::Connections;

/// What a run whose event is not read yet is taken to weigh: the longest body that is read along with it. The few that
/// are longer are read by themselves.
const UNREAD: usize = 300_000;

/// One run to be worked on.
pub enum Task {
    /// A run that does not exist yet.
    Begin {
        /// The run, all its steps pending.
        run: Box<Run>,
        /// What it does.
        plan: Rc<Plan>,
        /// Its event.
        event: Rc<Opened>,
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
        event: &Rc<Opened>,
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

    /// How many characters the body has with which it is run; a guess for one that is yet to be read.
    pub fn characters(&self) -> usize {
        match self {
            Self::Begin { event, .. } => event.body.len(),
            Self::Claim { .. } => UNREAD,
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
