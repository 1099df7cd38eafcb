//! Why a template cannot be rendered, in words that may be shown.
//!
//! It never holds a value of a payload, nor a text of the template engine that could quote one.

use std::fmt;

/// Why a template cannot be rendered. Free of payload values.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl TemplateError {
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
