//! The list of all actions: adding one is a file and a line here.
//!
//! It does not know what any of them does.

use serde::Serialize;

use super::param::{Param, Text};

/// An action, described once for the check at save, for the run and for the dashboard's form.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Action {
    /// What a step calls it by.
    pub name: &'static str,
    /// Its name in the dashboard.
    pub title: Text,
    /// What it does, in a sentence.
    pub about: Text,
    /// Its parameters, in the order of the form.
    pub params: &'static [Param],
    /// Parameters of which only one may be given.
    pub alternatives: &'static [Alternative],
}

/// Parameters that exclude one another.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Alternative {
    /// Their names.
    pub params: &'static [&'static str],
    /// Whether one of them must be there.
    pub required: bool,
}

/// Every action, in the order in which the dashboard offers them.
pub fn registry() -> &'static [&'static Action] {
    &[]
}

/// The action of a name.
pub fn find(name: &str) -> Option<&'static Action> {
    registry().iter().find(|action| action.name == name).copied()
}
