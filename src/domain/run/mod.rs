//! Runs: one automation's work on one event, as a ledger of steps.
//!
//! What may happen to a run is decided in [`machine`], and only there does a status change.

pub mod machine;
pub mod report;
pub mod retry;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::{Failure, Object};
use super::ids::{RunId, SourceId};
use super::time::Timestamp;

/// Where a run stands. One list, stored and shown as these words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has not begun.
    Queued,
    /// Its automation is disabled, and it begins when the operator says so; or its next message exceeds what may be sent,
    /// and it goes on when more may be, or the operator says so.
    Held,
    /// Somebody holds its lease and works on it.
    Running,
    /// For a time, or for the next attempt of a step.
    Waiting,
    /// Every step did what it should, or was allowed to fail.
    Succeeded,
    /// A condition said that there is nothing to do.
    Skipped,
    /// A step failed for good.
    Failed,
    /// Nobody knows whether a step's call happened; a person or the provider has to say.
    Uncertain,
    /// Somebody ended it.
    Cancelled,
}

impl Status {
    /// Every status, for filters and their faults.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Held,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Skipped,
        Self::Failed,
        Self::Uncertain,
        Self::Cancelled,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether nothing more happens by itself.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Queued | Self::Held | Self::Running | Self::Waiting => false,
            Self::Succeeded | Self::Skipped | Self::Failed | Self::Uncertain | Self::Cancelled => true,
        }
    }
}

/// Where a step stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Its turn has not come.
    Pending,
    /// Its call is being made.
    Running,
    /// For its time or its next attempt.
    Waiting,
    /// It did what it should.
    Succeeded,
    /// It did not.
    Failed,
    /// It was switched off, its condition was false, or the run ended before it.
    Skipped,
    /// The run was cancelled before it was done.
    Cancelled,
    /// Nobody knows whether its call happened.
    Uncertain,
}

/// Why a run exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An event arrived.
    Event,
    /// A person asked for an old event to be run again.
    Replay,
    /// An event arrived as a test: nothing leaves.
    Test,
}

/// One step of a run's ledger.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The planned step's id.
    pub id: String,
    /// Its action.
    pub action: String,
    /// Where it stands.
    pub status: StepStatus,
    /// How many times its call was begun.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// How many retries of the schedule are used up; a resumed step begins anew.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// Its rendered parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Object>,
    /// What it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Object>,
    /// Why it failed, or why its last attempt did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The fields that it mentions and that were missing or empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What was changed on the way, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// When its turn came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Until when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    /// Whether an operator let its message go past the limits of sending.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlimited: bool,
    /// Whether what it rendered, received and said was removed since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emptied: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Step {
    /// A step whose turn has not come.
    pub fn pending(id: &str, action: &str) -> Self {
        Self {
            id: id.to_owned(),
            action: action.to_owned(),
            status: StepStatus::Pending,
            attempts: 0,
            retries: 0,
            input: None,
            output: None,
            error: None,
            missing: Vec::new(),
            notes: Vec::new(),
            started_at: None,
            finished_at: None,
            waits_until: None,
            unlimited: false,
            emptied: false,
        }
    }
}

/// **Limit:** bytes of one step's input that a run keeps. It is there to be looked at; a call is made of what was
/// rendered, not of this. All steps of a run share one row with what its answers gave and a copy of the event, and a row
/// holds 2 MB (D1).
const MOST_INPUT: usize = 16 << 10;

/// Characters that are kept of a parameter that makes an input too large.
const BEGINNING: usize = 500;

/// A step's rendered parameters as its run keeps them: those that are too large are cut, and say so.
fn shown(mut params: Object) -> Object {
    let size = |value: &Value| value.to_string().len();
    let mut all: usize = params.values().map(size).sum();
    while all > MOST_INPUT {
        let Some(largest) = params.values_mut().max_by_key(|value| size(value)) else { break };
        let text = largest.as_str().map_or_else(|| largest.to_string(), str::to_owned);
        let before = size(largest);
        let beginning: String = text.chars().take(BEGINNING).collect();
        *largest = format!("{beginning}… ({} bytes in all; only the beginning is kept here)", text.len()).into();
        let after = size(largest);
        if after >= before {
            break;
        }
        all -= before - after;
    }
    params
}

/// Why a run failed or is uncertain: the step, and its reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunError {
    /// The step, where one is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Stable.
    pub code: String,
    /// In plain words.
    pub message: String,
}

/// A run.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The source of its event.
    pub source_id: SourceId,
    /// The revision to which it is pinned.
    pub revision: u32,
    /// Where it stands.
    pub status: Status,
    /// Why it exists.
    pub cause: Cause,
    /// Whether a step failed that was allowed to.
    pub with_errors: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// From when on anyone may take it; `None` when it is over.
    pub open: Option<Timestamp>,
    /// The ledger.
    pub steps: Vec<Step>,
    /// Why it failed, is uncertain, or is held although its automation is enabled.
    pub error: Option<RunError>,
}

impl Run {
    /// What later steps may know of earlier ones: `steps.<id>.<key of its output>`, and its `status`.
    pub fn outputs(&self) -> Value {
        let step = |step: &Step| {
            let mut known = step.output.clone().unwrap_or_default();
            let status = serde_json::to_value(step.status).unwrap_or_default();
            known.entry("status").or_insert(status);
            (step.id.clone(), Value::Object(known))
        };
        Value::Object(self.steps.iter().filter(|step| step.status != StepStatus::Pending).map(step).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_large_is_cut() {
        let large = "à".repeat(20_000);
        let params = Object::from_iter([
            ("url".to_owned(), Value::from("https://a.example/")),
            ("json".to_owned(), serde_json::json!({ "all": large })),
            ("text".to_owned(), Value::from("x".repeat(9_000))),
        ]);
        let kept = shown(params.clone());
        assert_eq!((&kept["url"], &kept["text"]), (&params["url"], &params["text"]));
        assert!(kept["json"].as_str().is_some_and(|text| text.len() < 1_200 && text.contains("40010 bytes in all")));
        assert_eq!(shown(kept.clone()), kept);
    }
}
