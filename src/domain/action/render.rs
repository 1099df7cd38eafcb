//! Rendering a step's parameters, and keeping what was rendered for people to see.
//!
//! The only place where actions meet the template engine. It knows no action: each reads its own parameters through
//! [`Preparation`], in its own order, and whatever was rendered before a failure stays in the input.

use serde_json::Value;

use crate::domain::contact::phone;
use crate::domain::ids::ConnectionId;
use crate::domain::settings::Settings;
use crate::domain::template::{self, Escape, Rendered, Scope};
use crate::domain::time::Timestamp;

use super::{Failure, Input, Object};

/// A step that is being prepared.
pub(super) struct Preparation<'a> {
    pub params: &'a Object,
    pub scope: &'a Scope,
    pub settings: &'a Settings,
    pub now: Timestamp,
    pub input: Input,
}

impl<'a> Preparation<'a> {
    pub(super) fn new(params: &'a Object, scope: &'a Scope, settings: &'a Settings, now: Timestamp) -> Self {
        Self { params, scope, settings, now, input: Input::default() }
    }

    /// A parameter as it was saved; null counts as not given.
    pub(super) fn raw(&self, name: &str) -> Option<&'a Value> {
        self.params.get(name).filter(|value| !value.is_null())
    }

    /// Keeps a parameter for people to see.
    pub(super) fn show(&mut self, name: &str, value: impl Into<Value>) {
        self.input.params.insert(name.to_owned(), value.into());
    }

    /// Keeps a remark for people to see.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.input.notes.push(note.into());
    }

    /// Renders one template; `place` names it in a failure.
    pub(super) fn render(&mut self, place: &str, source: &str, escape: Escape) -> Result<Rendered, Failure> {
        let rendered = template::render(source, self.scope, escape).map_err(|error| broken(place, &error))?;
        self.miss(&rendered.missing);
        Ok(rendered)
    }

    /// Renders one leaf and keeps its kind: `{{ total }}` stays the number that it is.
    pub(super) fn render_leaf(&mut self, place: &str, source: &str) -> Result<Value, Failure> {
        let (value, missing) = template::render_value(source, self.scope).map_err(|error| broken(place, &error))?;
        self.miss(&missing);
        Ok(value)
    }

    /// Renders every text in a JSON tree; names, numbers and booleans stay as they are.
    pub(super) fn render_tree(&mut self, place: &str, tree: &Value) -> Result<Value, Failure> {
        Ok(match tree {
            Value::String(source) => self.render_leaf(place, source)?,
            Value::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    out.push(self.render_tree(&format!("{place}[{index}]"), item)?);
                }
                Value::Array(out)
            }
            Value::Object(entries) => {
                let mut out = Object::new();
                for (name, item) in entries {
                    out.insert(name.clone(), self.render_tree(&format!("{place}.{name}"), item)?);
                }
                Value::Object(out)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => tree.clone(),
        })
    }

    /// Renders a parameter of one text, shows and returns it without blanks around it; `None` when it is not given or
    /// would be blank.
    pub(super) fn line(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let text = self.text(name, Escape::None)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if let Some(text) = &text {
            self.show(name, text.as_str());
        }
        Ok(text)
    }

    /// Renders a parameter of one text and shows it as it is.
    pub(super) fn text(&mut self, name: &str, escape: Escape) -> Result<Option<String>, Failure> {
        let Some(source) = self.raw(name).and_then(source_of) else { return Ok(None) };
        let rendered = self.render(name, &source, escape)?;
        self.show(name, rendered.text.as_str());
        Ok(Some(rendered.text))
    }

    /// Renders a parameter that is a list of texts (or one text), keeps what is not blank, and shows it.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<String>, Failure> {
        let Some(raw) = self.raw(name) else { return Ok(Vec::new()) };
        let mut texts = Vec::new();
        for (index, item) in raw.as_array().map_or(std::slice::from_ref(raw), Vec::as_slice).iter().enumerate() {
            let Some(source) = source_of(item) else { continue };
            let value = self.render_leaf(&format!("{name}[{index}]"), &source)?;
            for text in
                value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice).iter().filter_map(source_of)
            {
                let text = text.trim();
                if !text.is_empty() && !texts.iter().any(|known| known == text) {
                    texts.push(text.to_owned());
                }
            }
        }
        self.show(name, texts.clone());
        Ok(texts)
    }

    /// Renders a parameter that is names with texts, and shows it.
    pub(super) fn map(&mut self, name: &str) -> Result<Vec<(String, String)>, Failure> {
        let Some(entries) = self.raw(name).and_then(Value::as_object) else { return Ok(Vec::new()) };
        let mut texts = Vec::with_capacity(entries.len());
        let mut shown = Object::new();
        for (key, value) in entries {
            let Some(source) = source_of(value) else { continue };
            let text = self.render(&format!("{name}.{key}"), &source, Escape::None)?.text;
            shown.insert(key.clone(), text.as_str().into());
            texts.push((key.clone(), text));
        }
        self.show(name, shown);
        Ok(texts)
    }

    /// The connection that the step names.
    pub(super) fn connection(&mut self) -> Result<Option<ConnectionId>, Failure> {
        let Some(raw) = self.raw("connection") else { return Ok(None) };
        self.show("connection", raw.clone());
        match raw.as_str().map(str::trim) {
            Some("") => Ok(None),
            Some(id) => ConnectionId::parse(id).map(Some).ok_or_else(|| {
                Failure::refused(
                    "unknown_connection",
                    "`connection` is not the id of a connection; choose one in the step",
                )
            }),
            None => Err(Failure::refused("unknown_connection", "`connection` must be the id of a connection")),
        }
    }

    /// Reads a number with the default country, and says how it was read.
    pub(super) fn phone(&mut self, name: &str, text: &str) -> Result<String, String> {
        let number =
            phone::normalise(text, &self.settings.default_country).map_err(|error| format!("`{name}`: {error}"))?;
        if number != text {
            self.note(format!("{name}: `{text}` was read as {number}"));
        }
        self.show(name, number.as_str());
        Ok(number)
    }

    /// "in event `evt_…`", for the sentence of a failure.
    pub(super) fn in_event(&self) -> String {
        let id = self.scope.lookup("uncino.event.id");
        id.as_ref().and_then(Value::as_str).map_or_else(|| "in this event".to_owned(), |id| format!("in event `{id}`"))
    }

    /// Why a parameter is blank: which of its fields are missing, in which event.
    pub(super) fn why_blank(&self, name: &str) -> String {
        let source = self.raw(name).and_then(source_of).unwrap_or_default();
        if source.trim().is_empty() {
            return format!("`{name}` is not filled in");
        }
        let fields = template::mentions(&source);
        self.why_empty(name, &fields)
    }

    /// "`to` is empty, because the field `telefono` is missing or empty in event `evt_…`".
    pub(super) fn why_empty(&self, place: &str, fields: &[String]) -> String {
        format!("`{place}` is empty{}", self.because(fields))
    }

    /// The end of such a sentence: ", because the field `telefono` is missing or empty in event `evt_…`".
    pub(super) fn because(&self, fields: &[String]) -> String {
        let event = self.in_event();
        match fields {
            [] => format!(" {event}"),
            [field] => format!(", because the field `{field}` is missing or empty {event}"),
            many => format!(", because the fields `{}` are missing or empty {event}", many.join("`, `")),
        }
    }

    fn miss(&mut self, fields: &[String]) {
        for field in fields {
            if !self.input.missing.contains(field) {
                self.input.missing.push(field.clone());
            }
        }
    }
}

/// The template in a parameter's value: a text, or a number or boolean that somebody wrote without quotes.
pub(super) fn source_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn broken(place: &str, error: &template::TemplateError) -> Failure {
    Failure::refused("invalid_template", format!("`{place}` could not be filled in: {}", error.message()))
}
