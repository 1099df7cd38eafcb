//! `/actions`: the registry from which forms are drawn.
//!
//! It leaves nothing out and adds nothing: an action describes itself.

use serde::Serialize;

use super::call::Call;
use crate::domain::action::{Action, registry};
use crate::domain::problem::Problem;
use crate::http::message::Response;

/// Every action.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ActionList {
    /// In the order in which they are offered.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::http::openapi::registry::Action>"))]
    data: &'static [&'static Action],
    /// Always null: there is one page.
    next: Option<String>,
}

pub(super) fn list(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    Ok(Response::json(200, &ActionList { data: registry(), next: None }))
}
