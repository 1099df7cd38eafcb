//! The list of all actions: adding one is a file and a line here.
//!
//! It does not know what any of them does.

use serde::Serialize;

use crate::domain::connection::Kind;
use crate::domain::problem::Fault;

use super::param::{Param, Text};
use super::render::Preparation;
use super::{Failure, Intent, Object, filter, http_request, save_contact, send_email, send_whatsapp, stop, wait};

/// An action, described once for the check at save, for the run and for the dashboard's form.
#[derive(Clone, Copy, Serialize)]
pub struct Action {
    /// What a step calls it by.
    pub name: &'static str,
    /// Its name in the dashboard.
    pub title: Text,
    /// What it does, in a sentence.
    pub about: Text,
    /// The kind of connection that it goes through.
    pub connection: Option<Kind>,
    /// Its parameters, in the order of the form.
    pub params: &'static [Param],
    /// Parameters that stand for one another.
    pub alternatives: &'static [Alternative],
    /// What is to be checked at save beyond each parameter by itself.
    #[serde(skip)]
    pub(super) check: fn(&Object) -> Vec<Fault>,
    /// Renders and decides.
    #[serde(skip)]
    pub(super) prepare: for<'a, 'b> fn(&'a mut Preparation<'b>) -> Result<Intent, Failure>,
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Action({})", self.name)
    }
}

/// Parameters that stand for one another.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Alternative {
    /// Their names.
    pub params: &'static [&'static str],
    /// Whether at least one of them must be there.
    pub required: bool,
    /// Whether at most one of them may be there.
    pub exclusive: bool,
}

/// Every action, in the order in which the dashboard offers them.
const REGISTRY: &[&Action] = &[
    &save_contact::ACTION,
    &send_whatsapp::ACTION,
    &send_email::ACTION,
    &http_request::ACTION,
    &wait::ACTION,
    &filter::ACTION,
    &stop::ACTION,
];

/// Every action, in the order in which the dashboard offers them.
pub fn registry() -> &'static [&'static Action] {
    REGISTRY
}

/// The action of a name.
pub fn find(name: &str) -> Option<&'static Action> {
    REGISTRY.iter().find(|action| action.name == name).copied()
}

/// For an action that has nothing to check beyond its parameters.
pub(super) fn no_more(_params: &Object) -> Vec<Fault> {
    Vec::new()
}
