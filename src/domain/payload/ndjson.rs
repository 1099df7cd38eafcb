//! NDJSON: one JSON object a line, each its own event.
//!
//! A line is a line: objects that follow each other on one line, or that span lines, are not NDJSON but a fault.

use serde_json::Value;

use super::declared::Family;
use super::{Delivery, Found, Look, MAX_ITEMS, Refusal, json};

pub(super) fn look(delivery: &Delivery<'_>) -> Look {
    let mut lines = delivery.text().lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    // A single line is JSON or nothing, and `json::look` saw it already.
    let (_, first) = lines.next()?;
    lines.peek()?;
    let declared = delivery.declared.family == Family::Ndjson;
    match json::parse(first) {
        Ok(Value::Object(_)) => {}
        Ok(_) if declared => return Some(Err(Refusal::InvalidItem { index: 0 })),
        Ok(_) | Err(_) => return None,
    }
    Some(items(delivery.text()))
}

fn items(text: &str) -> Result<Found, Refusal> {
    let mut items = Vec::new();
    for (skipped, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let index = items.len();
        if index == MAX_ITEMS {
            return Err(Refusal::TooManyItems);
        }
        match json::parse(line).map_err(|refusal| json::at_line(refusal, skipped))? {
            Value::Object(payload) => items.push((payload, line.trim().to_owned())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(Refusal::InvalidItem { index });
            }
        }
    }
    Ok(Found::Many(items))
}
