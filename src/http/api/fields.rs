//! `/sources/{id}/fields`: what a source has taught.
//!
//! Fields are not made here: they are learned. A path may hold anything, so it stands in the query, not in the path.

use serde::Serialize;

use super::call::{Call, deleted};
use super::sources::id;
use super::view::Time;
use crate::app::sources;
use crate::domain::field::{Field, FieldKind, Meaning, Storage};
use crate::domain::problem::Problem;
use crate::http::message::Response;

/// The learned fields of a source.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FieldList {
    /// In order of first appearance.
    data: Vec<FieldView>,
    /// How many events were counted.
    events: u64,
}

/// A field: a path seen in a source's payloads.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Field"))]
pub struct FieldView {
    /// `cliente.nome`, `prodotti[].nome`.
    path: String,
    /// Every kind ever seen.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::field_kinds"))]
    kinds: Vec<FieldKind>,
    /// What it is about, guessed or set.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::meaning"))]
    meaning: Option<Meaning>,
    /// Recent values, at most three, as far as they may be shown.
    samples: Vec<String>,
    /// Events in which it was neither null nor empty.
    present: u64,
    /// Events in which it was `""`, null or an empty list.
    empty: u64,
    first_seen: Time,
    last_seen: Time,
    /// Whether only tests ever sent it.
    test_only: bool,
    /// Whether no samples of it are kept.
    masked: bool,
    /// What is stored of its values: all (`show`), all but hidden from people (`mask`), a keyed hash (`hash`), nothing
    /// (`none`).
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "crate::http::openapi::words::storage"))]
    storage: Storage,
}

impl FieldView {
    fn new(field: Field, storage: Storage) -> Self {
        Self {
            path: field.path,
            kinds: field.kinds,
            meaning: field.meaning,
            samples: field.samples,
            present: field.present,
            empty: field.empty,
            first_seen: field.first_seen.into(),
            last_seen: field.last_seen.into(),
            test_only: field.test_only,
            masked: field.masked,
            storage,
        }
    }
}

/// The path that the query names.
fn path(call: &Call<'_>) -> Result<String, Problem> {
    let mut query = call.query();
    let path = query.text("path");
    query.finish()?;
    path.ok_or_else(|| Problem::fault("path", "required", "names the field, as in `?path=cliente.nome`"))
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    call.no_query()?;
    let (fields, policies, events) = sources::fields(call.app, &id(call)?).await?;
    let view = |field: Field| {
        let storage = policies.of(&field.path);
        FieldView::new(field, storage)
    };
    let data = fields.into_iter().map(view).collect();
    Ok(Response::json(200, &FieldList { data, events }))
}

pub(super) async fn change(call: &Call<'_>) -> Result<Response, Problem> {
    let (field, storage) = sources::change_field(call.app, &id(call)?, &path(call)?, &call.body()?).await?;
    Ok(Response::json(200, &FieldView::new(field, storage)))
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Response, Problem> {
    sources::delete_field(call.app, &id(call)?, &path(call)?).await?;
    Ok(deleted())
}
