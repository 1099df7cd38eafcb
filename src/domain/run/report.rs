//! Reports: what a provider says later about a message that a step has sent.
//!
//! They change no status by themselves: whether one settles a step is the machine's to say
//! ([`super::machine::reported`]). How a provider writes them is read where its messages are written.

use serde::{Deserialize, Serialize};

use super::{Run, Step, StepStatus};
use crate::domain::action::Failure;
use crate::domain::ids::RunId;
use crate::domain::time::Timestamp;

/// How far a message got, from the least to the most.
///
/// A later one counts over an earlier one, in whatever order their reports come. A message that was delivered somewhere
/// was delivered: a failure, which another of the person's devices may report, does not undo that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The provider has sent it on.
    Sent,
    /// It will not arrive.
    Failed,
    /// It is on the person's device.
    Delivered,
    /// The person has opened it.
    Read,
}

impl Stage {
    /// The word, as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

/// What a report is about: the message of one attempt of one step. It goes out with the message and comes back with
/// every report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageKey {
    /// The run.
    pub run: RunId,
    /// The step's id.
    pub step: String,
    /// The attempt, 1 for the first.
    pub attempt: u32,
}

impl MessageKey {
    /// Reads what came back; `None` for what was never one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let run = RunId::parse(parts.next()?)?;
        let step = parts.next().filter(|step| !step.is_empty() && step.len() <= 40)?.to_owned();
        let attempt = match parts.next() {
            None => 1,
            Some(attempt) => attempt.parse().ok().filter(|attempt| *attempt > 1)?,
        };
        Some(Self { run, step, attempt })
    }
}

impl std::fmt::Display for MessageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.run, self.step)?;
        if self.attempt > 1 { write!(f, "/{}", self.attempt) } else { Ok(()) }
    }
}

/// What a provider says about a message. It names no recipient.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// How far it got.
    pub stage: Stage,
    /// When, by the provider's clock.
    pub at: Timestamp,
    /// The provider's id of the message.
    pub message_id: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// Whether a step's message is the one of a report.
pub fn is_of(step: &Step, step_id: &str, attempt: u32) -> bool {
    step.id == step_id && step.attempts == attempt
}

/// Puts reports beside what the steps gave: `delivery` into their output, and where a message that had been taken was
/// not delivered, why.
pub fn show(run: &mut Run, reports: &[(MessageKey, Report)]) {
    for (key, report) in reports.iter().filter(|(key, _)| key.run == run.id) {
        let Some(step) = run.steps.iter_mut().find(|step| is_of(step, &key.step, key.attempt)) else { continue };
        let delivery = serde_json::json!({ "status": report.stage.as_str(), "at": report.at.to_string() });
        step.output.get_or_insert_default().insert("delivery".to_owned(), delivery);
        if let (Stage::Failed, StepStatus::Succeeded) = (report.stage, step.status) {
            step.error.clone_from(&report.failure);
            run.with_errors = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AutomationId, EventId};

    #[test]
    fn a_key_survives_the_way_there_and_back() {
        let at = Timestamp::from_millis(1_764_000_000_000);
        let run = RunId { event: EventId::new(at, 1), automation: AutomationId::new(at, 2), number: 1 };
        for (attempt, end) in [(1, "/wa"), (2, "/wa/2"), (10, "/wa/10")] {
            let key = MessageKey { run: run.clone(), step: "wa".to_owned(), attempt };
            assert!(key.to_string().ends_with(end), "{key}");
            assert_eq!(MessageKey::parse(&key.to_string()), Some(key));
        }
        for foreign in
            ["", "wa", "run_x/wa", &format!("{run}"), &format!("{run}/"), &format!("{run}/wa/1"), "order 7/9"]
        {
            assert_eq!(MessageKey::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn stages_are_ordered_by_how_far_a_message_got() {
        assert!(Stage::Sent < Stage::Failed && Stage::Failed < Stage::Delivered && Stage::Delivered < Stage::Read);
    }
}
