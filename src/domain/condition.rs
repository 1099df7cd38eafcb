//! Conditions over fields: parsed once, with every fault named, then only asked whether they hold.
//!
//! It does not find fields: a look-up is given to it. It never fails: a comparison that makes no sense (a text greater
//! than a list) does not hold.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::number;
use super::problem::Fault;
use super::template::date;

/// **Limit:** how deep groups nest; nobody reads a deeper one, and parsing recurses.
const DEEPEST: usize = 8;
/// **Limit:** how many tests and groups one condition has.
const LARGEST: usize = 100;

/// A condition, nestable.
#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// Every one holds; an empty list holds.
    All(Vec<Condition>),
    /// At least one holds; never empty when it was parsed.
    Any(Vec<Condition>),
    /// One field against one value.
    Test {
        /// The field, as the operator wrote it.
        field: String,
        /// The comparison.
        op: Op,
        /// What it is compared with, where the comparison needs it.
        value: Option<Value>,
    },
}

/// A comparison. On a missing or null field only [`Op::NotExists`], [`Op::Empty`], [`Op::NotEquals`] and
/// [`Op::NotContains`] hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// The same text in any case, the same number, or the whole list.
    Equals,
    /// Not [`Op::Equals`].
    NotEquals,
    /// The text has this in it, or the list has this item.
    Contains,
    /// Not [`Op::Contains`].
    NotContains,
    /// The text begins with this.
    StartsWith,
    /// The text ends with this.
    EndsWith,
    /// A larger number or a later date.
    GreaterThan,
    /// A smaller number or an earlier date.
    LessThan,
    /// The value, or one of the list's items, is one of these.
    In,
    /// The field was sent and is not null.
    Exists,
    /// The field was not sent or is null.
    NotExists,
    /// Missing, null, `""`, `[]` or `{}`.
    Empty,
    /// Not [`Op::Empty`].
    NotEmpty,
}

impl Op {
    /// Every comparison, in the order in which they are offered.
    pub const ALL: &[Self] = &[
        Self::Equals,
        Self::NotEquals,
        Self::Contains,
        Self::NotContains,
        Self::StartsWith,
        Self::EndsWith,
        Self::GreaterThan,
        Self::LessThan,
        Self::In,
        Self::Exists,
        Self::NotExists,
        Self::Empty,
        Self::NotEmpty,
    ];

    /// The word in which it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::GreaterThan => "greater_than",
            Self::LessThan => "less_than",
            Self::In => "in",
            Self::Exists => "exists",
            Self::NotExists => "not_exists",
            Self::Empty => "empty",
            Self::NotEmpty => "not_empty",
        }
    }

    /// Whether it compares with a value.
    pub const fn takes_value(self) -> bool {
        !matches!(self, Self::Exists | Self::NotExists | Self::Empty | Self::NotEmpty)
    }
}

impl Condition {
    /// Reads a condition; every fault is named by its path (`all[1].op`). The caller can mend all of them.
    pub fn parse(json: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut size = 0;
        let condition = read(json, "", 1, &mut size, &mut faults);
        if size > LARGEST {
            faults =
                vec![Fault::new("", "too_large", format!("the condition has more than {LARGEST} parts; shorten it"))];
        }
        condition.filter(|_| faults.is_empty()).ok_or(faults)
    }

    /// The same condition as it is stored and shown.
    pub fn to_json(&self) -> Value {
        match self {
            Self::All(parts) => json!({ "all": parts.iter().map(Self::to_json).collect::<Vec<_>>() }),
            Self::Any(parts) => json!({ "any": parts.iter().map(Self::to_json).collect::<Vec<_>>() }),
            Self::Test { field, op, value: None } => json!({ "field": field, "op": op.as_str() }),
            Self::Test { field, op, value: Some(value) } => {
                json!({ "field": field, "op": op.as_str(), "value": value })
            }
        }
    }

    /// Whether it holds for the fields that `lookup` finds.
    pub fn holds(&self, lookup: &dyn Fn(&str) -> Option<Value>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(lookup)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(lookup)),
            Self::Test { field, op, value } => {
                let found = lookup(field).filter(|found| !found.is_null());
                test(*op, found.as_ref(), value.as_ref().unwrap_or(&Value::Null))
            }
        }
    }

    /// The fields it asks for, in order, each once.
    pub fn fields(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect(found)),
            Self::Test { field, .. } if !found.contains(&field.as_str()) => found.push(field),
            Self::Test { .. } => {}
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Self::parse(&json).map_err(|faults| {
            let words: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect();
            serde::de::Error::custom(words.join("; "))
        })
    }
}

fn read(json: &Value, path: &str, depth: usize, size: &mut usize, faults: &mut Vec<Fault>) -> Option<Condition> {
    *size += 1;
    if *size > LARGEST {
        return None;
    }
    if depth > DEEPEST {
        faults.push(Fault::new(path, "too_deep", format!("conditions nest at most {DEEPEST} deep; flatten this one")));
        return None;
    }
    let shape = "a condition is {\"all\": […]}, {\"any\": […]} or {\"field\", \"op\", \"value\"}";
    let Some(object) = json.as_object() else {
        faults.push(Fault::new(path, "invalid", shape));
        return None;
    };
    match (object.get("all"), object.get("any")) {
        (None, None) if object.is_empty() => {
            faults.push(Fault::new(path, "invalid", shape));
            None
        }
        (None, None) => read_test(object, path, faults),
        (Some(_), Some(_)) => {
            faults.push(Fault::new(path, "invalid", "a group has `all` or `any`, not both; nest one in the other"));
            None
        }
        (Some(parts), None) => {
            unknown_keys(object, &["all"], path, faults);
            Some(Condition::All(read_parts(parts, &join(path, "all"), depth, size, faults)))
        }
        (None, Some(parts)) => {
            unknown_keys(object, &["any"], path, faults);
            let path = join(path, "any");
            if parts.as_array().is_some_and(Vec::is_empty) {
                faults.push(Fault::new(path.as_str(), "required", "`any` of nothing never holds; add a test"));
            }
            Some(Condition::Any(read_parts(parts, &path, depth, size, faults)))
        }
    }
}

fn read_parts(parts: &Value, path: &str, depth: usize, size: &mut usize, faults: &mut Vec<Fault>) -> Vec<Condition> {
    let Some(parts) = parts.as_array() else {
        faults.push(Fault::new(path, "invalid", "a group is a list of conditions"));
        return Vec::new();
    };
    let mut read_ones = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if *size > LARGEST {
            break;
        }
        read_ones.extend(read(part, &format!("{path}[{index}]"), depth + 1, size, faults));
    }
    read_ones
}

fn read_test(object: &Map<String, Value>, path: &str, faults: &mut Vec<Fault>) -> Option<Condition> {
    let before = faults.len();
    unknown_keys(object, &["field", "op", "value"], path, faults);
    let field = match object.get("field") {
        Some(Value::String(field)) if !field.trim().is_empty() => field.clone(),
        Some(Value::String(_)) | None => {
            faults.push(Fault::new(join(path, "field"), "required", "name the field to test"));
            String::new()
        }
        Some(_) => {
            faults.push(Fault::new(join(path, "field"), "invalid", "the name of a field is a text"));
            String::new()
        }
    };
    let named = object.get("op").and_then(Value::as_str);
    let op = named.and_then(|name| Op::ALL.iter().copied().find(|op| op.as_str() == name));
    let Some(op) = op else {
        let words: Vec<_> = Op::ALL.iter().map(|op| op.as_str()).collect();
        let code = if object.contains_key("op") { "invalid" } else { "required" };
        faults.push(Fault::new(join(path, "op"), code, format!("`op` is one of {}", words.join(", "))));
        return None;
    };
    let value = object.get("value").filter(|value| !value.is_null()).cloned();
    let fault = match (op.takes_value(), &value) {
        (false, Some(_)) => Some(("unexpected", format!("`{}` compares with nothing; remove `value`", op.as_str()))),
        (false, None) => None,
        (true, None) => Some(("required", format!("`{}` needs a `value`", op.as_str()))),
        (true, Some(Value::Object(_))) => {
            Some(("invalid", "`value` is a text, a number, a boolean or a list".to_owned()))
        }
        (true, Some(Value::Array(items))) if op == Op::In && items.is_empty() => {
            Some(("required", "`in` needs at least one value in its list".to_owned()))
        }
        (true, Some(Value::Array(_))) if matches!(op, Op::In | Op::Equals | Op::NotEquals) => None,
        (true, Some(Value::Array(_))) => {
            Some(("invalid", format!("`{}` compares with one value; for a list use `in`", op.as_str())))
        }
        (true, Some(_)) if op == Op::In => Some(("invalid", "`in` needs a list: [\"a\", \"b\"]".to_owned())),
        (true, Some(_)) => None,
    };
    if let Some((code, message)) = fault {
        faults.push(Fault::new(join(path, "value"), code, message));
    }
    (faults.len() == before).then_some(Condition::Test { field, op, value })
}

fn unknown_keys(object: &Map<String, Value>, known: &[&str], path: &str, faults: &mut Vec<Fault>) {
    for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
        faults.push(Fault::new(join(path, key), "unknown_key", format!("only {} can stand here", known.join(", "))));
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn test(op: Op, found: Option<&Value>, value: &Value) -> bool {
    match op {
        Op::Equals => found.is_some_and(|found| equal(found, value)),
        Op::NotEquals => !test(Op::Equals, found, value),
        Op::Contains => found.is_some_and(|found| contains(found, value)),
        Op::NotContains => !test(Op::Contains, found, value),
        Op::StartsWith => texts(found, value).is_some_and(|(found, value)| found.starts_with(&value)),
        Op::EndsWith => texts(found, value).is_some_and(|(found, value)| found.ends_with(&value)),
        Op::GreaterThan => found.and_then(|found| order(found, value)) == Some(Ordering::Greater),
        Op::LessThan => found.and_then(|found| order(found, value)) == Some(Ordering::Less),
        Op::In => found.is_some_and(|found| is_in(found, value)),
        Op::Exists => found.is_some(),
        Op::NotExists => found.is_none(),
        Op::Empty => found.is_none_or(is_empty),
        Op::NotEmpty => !test(Op::Empty, found, value),
    }
}

/// Null, `""`, `[]` and `{}`: what a template renders as nothing.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(_), Value::Object(_)) | (Value::Null, Value::Null) => a == b,
        _ => {
            let (Some(left), Some(right)) = (text(a), text(b)) else { return false };
            left == right || numeric(a, b, &left, &right) == Some(Ordering::Equal)
        }
    }
}

fn contains(found: &Value, value: &Value) -> bool {
    match found.as_array() {
        Some(items) => items.iter().any(|item| equal(item, value)),
        None => texts(Some(found), value).is_some_and(|(found, value)| found.contains(&value)),
    }
}

fn is_in(found: &Value, value: &Value) -> bool {
    let Some(values) = value.as_array() else { return false };
    match found.as_array() {
        Some(items) => items.iter().any(|item| values.iter().any(|value| equal(item, value))),
        None => values.iter().any(|value| equal(found, value)),
    }
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    let (left, right) = (text(a)?, text(b)?);
    numeric(a, b, &left, &right).or_else(|| {
        let (left, right) = (date::parse(a.as_str()?)?, date::parse(b.as_str()?)?);
        Some(left.sort_key().cmp(&right.sort_key()))
    })
}

/// Compares two numbers, also when they arrive as text. Whole ones are compared digit by digit, so that long
/// identifiers which an `f64` cannot tell apart stay different.
fn numeric(a: &Value, b: &Value, left: &str, right: &str) -> Option<Ordering> {
    if a.is_boolean() || b.is_boolean() {
        return None;
    }
    let (x, y) = (number::of(a)?, number::of(b)?);
    match (left.parse::<i128>(), right.parse::<i128>()) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => x.partial_cmp(&y),
    }
}

fn texts(found: Option<&Value>, value: &Value) -> Option<(String, String)> {
    Some((text(found?)?, text(value)?))
}

/// A scalar as text in lower case (Unicode's, so that `È` is `è`); lists and objects have none.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
