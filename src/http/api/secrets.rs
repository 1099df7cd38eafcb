//! `/secrets`: with which key what is secret is sealed.
//!
//! It shows no secret and no key: of a key only what tells it from another.

use serde::Serialize;

use super::call::Call;
use crate::app::reseal::{self, Sealing};
use crate::domain::problem::Problem;
use crate::http::message::Response;

/// How the secrets of connections and sources are sealed.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Sealing"))]
pub struct SealingView {
    /// Which key seals: the first bytes of its SHA-256. Null when there is none.
    key_id: Option<String>,
    /// Whether `SECRET_KEY_PREVIOUS` is set.
    has_previous: bool,
    /// How many secrets are sealed with another key than that. The sweep seals them again while the previous key is set.
    old: u64,
    /// The connections and sources whose secrets open with no key that is set.
    unreadable: Vec<String>,
    /// Whether `SECRET_KEY_PREVIOUS` may be removed.
    previous_may_go: bool,
}

pub(super) async fn get(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let Sealing { key_id, has_previous, old, unreadable, previous_may_go } = reseal::look(call.app).await?;
    Ok(Response::json(200, &SealingView { key_id, has_previous, old, unreadable, previous_may_go }))
}
