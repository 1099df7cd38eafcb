//! Everything else that is text: one field, `text`.
//!
//! Last in the list, so it takes what no other format could read, an empty body included.

use serde_json::Value;

use super::{Delivery, Found, Look, Object};

/// The field that holds a plain text.
const FIELD: &str = "text";

pub(super) fn look(delivery: &Delivery<'_>) -> Look {
    let mut payload = Object::new();
    if !delivery.text().trim().is_empty() {
        payload.insert(FIELD.to_owned(), Value::String(delivery.text().to_owned()));
    }
    Some(Ok(Found::One(payload)))
}
