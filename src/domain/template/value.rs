//! Values on their way into the engine and out of it.
//!
//! Numbers keep their text: whole ones are the engine's own (up to 38 digits), all others travel as [`Written`], which
//! prints as it was sent (`89.90`) and is turned into an `f64` where an operator stands beside it. **Limit:** so a
//! calculation is exact to 15 digits, and an item of a list beside `in` is compared by its text.
//!
//! It renders nothing: how a value is printed is `text`'s, what an expression does with it the engine's.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value, ValueKind};
use serde_json::{Map, Number, Value as Json};

use super::text;
use crate::domain::number;

/// A number with a fraction or an exponent, as it was written.
struct Written(Number);

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Object for Written {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0.as_f64() != Some(0.0)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// JSON for the engine.
pub(super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(flag) => Value::from(*flag),
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => {
            let text = number.to_string();
            match text.parse::<i64>() {
                Ok(whole) if whole.to_string() == text => Value::from(whole),
                _ => match text.parse::<i128>() {
                    Ok(whole) if whole.to_string() == text => Value::from(whole),
                    _ => Value::from_object(Written(number.clone())),
                },
            }
        }
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(object) => Value::from_pairs(object.iter().map(|(key, value)| (key.as_str(), from_json(value)))),
    }
}

/// What it costs to look at the whole of a value: one unit a thing in it or 64 bytes of text. Nothing when that is more
/// than `room`, or when it nests deeper than `deepest`.
///
/// **Invariant:** a value is weighed before it is copied, printed or compared: the engine repeats and adds lists without
/// making them, and one list may stand in another many times, so that a few words can mean more items than there is
/// memory for.
pub(super) fn weigh(value: &Value, room: u64, deepest: usize) -> Option<u64> {
    let mut left = room;
    take_weight(value, &mut left, deepest)?;
    Some(room - left)
}

fn take_weight(value: &Value, left: &mut u64, deepest: usize) -> Option<()> {
    let bytes = value.as_str().map_or(0, str::len);
    *left = left.checked_sub(1 + u64::try_from(bytes).unwrap_or(u64::MAX) / 64)?;
    let kind = value.kind();
    if matches!(kind, ValueKind::Seq | ValueKind::Iterable | ValueKind::Map) {
        let deeper = deepest.checked_sub(1)?;
        for item in value.try_iter().into_iter().flatten() {
            take_weight(&item, left, deeper)?;
            if kind == ValueKind::Map {
                take_weight(&value.get_item(&item).unwrap_or_default(), left, deeper)?;
            }
        }
    }
    Some(())
}

/// The engine's value as JSON; what JSON does not have is `null`. Only for what was [weighed](weigh).
pub(super) fn to_json(value: &Value) -> Json {
    if let Some(written) = value.downcast_object_ref::<Written>() {
        return Json::Number(written.0.clone());
    }
    // `ValueKind` may grow, so the rest is one arm.
    #[allow(clippy::wildcard_enum_match_arm)]
    match value.kind() {
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::String => Json::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Number if value.is_integer() => value.to_string().parse().map_or(Json::Null, Json::Number),
        ValueKind::Number => f64::try_from(value.clone()).map_or(Json::Null, number::to_json),
        ValueKind::Seq | ValueKind::Iterable => {
            // Pushed one by one: `collect` would believe the length that an iterable says.
            let mut items = Vec::new();
            for item in value.try_iter().into_iter().flatten() {
                items.push(to_json(&item));
            }
            Json::Array(items)
        }
        ValueKind::Map => {
            let mut object = Map::new();
            for key in value.try_iter().into_iter().flatten() {
                let inner = value.get_item(&key).unwrap_or_default();
                object.insert(text(&key), to_json(&inner));
            }
            Json::Object(object)
        }
        _ => Json::Null,
    }
}

/// Whether a value is many: a list or an object.
pub(super) fn is_many(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map)
}

/// The text in which a value is printed. Only for what was [weighed](weigh).
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| text::of(&to_json(value)), ToOwned::to_owned)
}

/// A value beside an operator that compares or calculates: a number when it reads as one.
pub(super) fn operand(value: &Value, json: &Json) -> Value {
    if value.kind() == ValueKind::Number {
        return value.clone();
    }
    match number::of(json) {
        Some(number) if json.is_string() => match text::of(json).trim().parse::<i64>() {
            Ok(whole) => Value::from(whole),
            Err(_) => Value::from(number),
        },
        Some(number) => Value::from(number),
        None => value.clone(),
    }
}

/// The engine's own number for a written one; anything else as it is.
pub(super) fn native(value: &Value) -> Value {
    let written = value.downcast_object_ref::<Written>();
    written.and_then(|written| written.0.as_f64()).map_or_else(|| value.clone(), Value::from)
}
