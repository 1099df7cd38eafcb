//! The failure of a step, as a value: a sentence for the operator, and a class for the run's machine.
//!
//! It does not decide when to try again: that is the run's retry schedule.

use serde::{Deserialize, Serialize};

/// What a failure means for what may be done next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A definite no: trying the same again is of no use.
    Refused,
    /// A definite no to everything from this account until somebody mends it. Refused like the others, and nobody is
    /// called: the run's error says whose account it is and what to mend.
    Blocked,
    /// It is certain that nothing happened, or repeating it is safe: another attempt is allowed.
    Retry {
        /// How long the provider asked to wait, in seconds.
        after_s: Option<u32>,
    },
    /// It may have happened. It is never sent again without a person or the provider saying so.
    Uncertain,
}

/// What a provider said, for whoever looks closer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Provider {
    /// The HTTP status, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's own words, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A step did not do what it should.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Stable: `whatsapp_131047`, `timeout`, `empty_parameter`, …
    pub code: String,
    /// What happened, where, and what to do, in plain words; shown to the operator as it is.
    pub message: String,
    /// What may be done next.
    pub class: Class,
    /// What the provider said, when it was asked at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
}

impl Failure {
    /// A failure of a class.
    pub fn new(class: Class, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), class, provider: None }
    }

    /// A definite no of our own, before anything was called.
    pub fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::new(Class::Refused, code, message)
    }

    /// The same failure with what the provider said.
    #[must_use]
    pub fn from_provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }
}

/// The longest that a provider's own words are kept.
const DETAIL_CHARS: usize = 300;

/// A provider's own words on one line, cut where they go on too long; `None` when there are none.
pub(super) fn shorten(text: &str) -> Option<String> {
    let mut line = String::new();
    let mut length = 0usize;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if length > 0 {
            line.push(' ');
        }
        line.push_str(word);
        length += word.chars().count() + 1;
        if length > DETAIL_CHARS {
            line = line.chars().take(DETAIL_CHARS).collect();
            line.push('…');
            break;
        }
    }
    (!line.is_empty()).then_some(line)
}
