//! Why a template cannot be rendered, in words that may be shown.
//!
//! It never holds a value of a payload, nor a text of the template engine that could quote one: every message is made
//! here from the template's own text.

use std::fmt;

/// Why a template cannot be rendered: one sentence, with the template's line and what to do. The operator can mend it.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl TemplateError {
    pub(super) fn new(line: usize, message: impl fmt::Display) -> Self {
        Self(format!("line {line}: {message}"))
    }

    pub(super) fn whole(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }

    /// The fault, its line and what to do: public.
    pub fn message(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of a template, cut so that it fits into a sentence.
pub(super) fn quoted(text: &str) -> String {
    let text = text.trim();
    let mut cut: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > 60 {
        cut.push('…');
    }
    format!("`{cut}`")
}
