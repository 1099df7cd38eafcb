//! What a template of one run can see, and how a field is found in it by the name that a person gave it.

use serde_json::{Map, Value};

use crate::domain::settings::Settings;

/// Everything that a template of one run can see.
pub struct Scope {}

impl Scope {
    /// A scope with a payload as it was sent; system values are added with [`Scope::set_system`].
    pub fn new(_payload: &Map<String, Value>, _settings: &Settings) -> Self {
        Self {}
    }

    /// Sets one of the system's own values: `event`, `source`, `contact`, `steps`.
    pub fn set_system(&mut self, _name: &str, _value: Value) {}

    /// A field as conditions and literal look-ups see it.
    pub fn lookup(&self, _name: &str) -> Option<Value> {
        None
    }
}
