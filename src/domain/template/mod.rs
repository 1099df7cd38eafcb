//! Texts with fields in them, rendered for one run.
//!
//! It does not know what a step is, and sends nothing: text and scope in, text and missing fields out.

pub(crate) mod date;
mod error;
mod scope;

pub use error::TemplateError;
pub use scope::Scope;

use serde_json::Value;

/// How inserted values are made safe for the place they go to. The template's own text is never changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escape {
    /// As they are.
    None,
    /// For HTML text and quoted attributes.
    Html,
    /// For one segment of a URL's path.
    UrlPath,
    /// For a value in a URL's query.
    UrlQuery,
}

/// A template that was rendered.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The fields that were missing or empty and rendered as nothing, as the operator wrote them, each once.
    pub missing: Vec<String>,
}

/// Renders a text.
pub fn render(source: &str, _scope: &Scope, _escape: Escape) -> Result<Rendered, TemplateError> {
    Ok(Rendered { text: source.to_owned(), missing: Vec::new() })
}

/// Renders a leaf of a JSON tree: exactly one `{{ field }}` keeps the kind of its value; anything else is text.
pub fn render_value(source: &str, _scope: &Scope) -> Result<(Value, Vec<String>), TemplateError> {
    Ok((Value::String(source.to_owned()), Vec::new()))
}

/// Checks a template's syntax without data.
pub fn check(_source: &str) -> Result<(), TemplateError> {
    Ok(())
}

/// The fields that a template mentions, as the operator wrote them; no system values, no loop variables.
pub fn mentions(_source: &str) -> Vec<String> {
    Vec::new()
}

/// The known name that is nearest to a mistyped one, if any is near.
pub fn nearest<'a>(_name: &str, _known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    None
}
