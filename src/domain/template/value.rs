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

/// The engine's value as JSON; what JSON does not have is `null`.
pub(super) fn to_json(value: &Value) -> Json {
    counted(value, &mut 0)
}

/// The same, counting what was looked at.
pub(super) fn counted(value: &Value, work: &mut u64) -> Json {
    *work += 1;
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
            let items = value.try_iter().into_iter().flatten();
            Json::Array(items.map(|item| counted(&item, work)).collect())
        }
        ValueKind::Map => {
            let mut object = Map::new();
            for key in value.try_iter().into_iter().flatten() {
                let inner = value.get_item(&key).unwrap_or_default();
                object.insert(text(&key), counted(&inner, work));
            }
            Json::Object(object)
        }
        _ => Json::Null,
    }
}

/// The text in which a value is printed.
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
