//! The filters that a template may use, over plain JSON values.
//!
//! They do not know the engine. A filter never fails on what was *sent*: what it cannot read stays as sent, and what is
//! missing stays missing. It fails on what the *operator* wrote: an unknown currency language, a missing argument. Such
//! a reason is public and never quotes a value.

use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};

use super::date;
use super::text::{self, UNRESERVED};
use crate::domain::condition::is_empty;
use crate::domain::contact::phone;
use crate::domain::number::{self, Language};
use crate::domain::time::ZoneOffset;

/// Every filter, as it is offered.
pub(super) const NAMES: &[&str] = &[
    "default",
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "truncate",
    "replace",
    "join",
    "first",
    "last",
    "length",
    "sum",
    "map",
    "round",
    "number",
    "date",
    "money",
    "phone",
    "urlencode",
    "tojson",
];

/// **Limit:** no filter makes a text longer than this, so that `replace` cannot blow up before its fuel is charged.
const LONGEST_TEXT: usize = 256 * 1024;

/// What filters know of the deployment.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) time_zone: String,
    pub(super) zone_offset: ZoneOffset,
    pub(super) default_country: String,
}

/// What stands in a filter's parentheses.
#[derive(Default)]
pub(super) struct Arguments {
    pub(super) by_place: Vec<Value>,
    pub(super) by_name: Map<String, Value>,
}

impl Arguments {
    fn get(&self, place: usize, name: &str) -> Option<&Value> {
        self.by_name.get(name).or_else(|| self.by_place.get(place)).filter(|value| !value.is_null())
    }

    fn text(&self, place: usize, name: &str) -> Option<String> {
        self.get(place, name).map(text::of)
    }

    fn count(&self, place: usize, name: &str) -> Option<usize> {
        self.get(place, name).and_then(|value| text::of(value).parse().ok())
    }

    fn language(&self, place: usize, filter: &str) -> Result<Language, String> {
        self.text(place, "language").map_or(Ok(Language::It), |text| {
            Language::parse(&text).ok_or_else(|| format!("the language of `{filter}` is \"it\" or \"en\""))
        })
    }
}

/// Applies a filter.
pub(super) fn apply(name: &str, value: Value, arguments: &Arguments, place: &Place) -> Result<Value, String> {
    let result = match name {
        "default" if is_empty(&value) => arguments.get(0, "value").cloned().unwrap_or_else(|| json!("")),
        "default" => value,
        "upper" => on_text(&value, str::to_uppercase),
        "lower" => on_text(&value, str::to_lowercase),
        "title" => on_text(&value, text::title),
        "capitalize" => on_text(&value, text::capitalize),
        "trim" => on_text(&value, |text| text.trim().to_owned()),
        "truncate" => {
            let length = arguments.count(0, "length").unwrap_or(255);
            let end = arguments.text(1, "end").unwrap_or_else(|| "…".to_owned());
            on_text(&value, |text| text::truncate(text, length, &end))
        }
        "replace" => {
            let (Some(old), Some(new)) = (arguments.text(0, "old"), arguments.text(1, "new")) else {
                return Err("`replace` needs two texts: replace(\"a\", \"b\")".to_owned());
            };
            if old.is_empty() { value } else { replace(&value, &old, &new)? }
        }
        "join" => join(&value, arguments)?,
        "first" => end_of(value, <[Value]>::first, |text| text.chars().next()),
        "last" => end_of(value, <[Value]>::last, |text| text.chars().next_back()),
        "length" => json!(length(&value)),
        "sum" => sum(&value, arguments),
        "map" => map(value, arguments)?,
        "round" => round(value, arguments),
        "number" => match number::of(&value) {
            Some(number) => exact(number, &text::of(&value)),
            None => value,
        },
        "date" => on_date(value, arguments, place)?,
        "money" => on_money(value, arguments)?,
        "phone" => phone::normalise(&text::of(&value), &place.default_country).map_or(value, Value::String),
        "urlencode" => on_text(&value, |text| utf8_percent_encode(text, UNRESERVED).to_string()),
        "tojson" => Value::String(serde_json::to_string(&value).unwrap_or_default()),
        other => return Err(format!("there is no filter `{other}`")),
    };
    if result.as_str().is_some_and(|text| text.len() > LONGEST_TEXT) {
        return Err(format!("`{name}` makes a text that is too long"));
    }
    Ok(result)
}

/// What is missing stays missing; lists and objects become their text.
fn on_text(value: &Value, change: impl FnOnce(&str) -> String) -> Value {
    if value.is_null() { Value::Null } else { Value::String(change(&text::of(value))) }
}

fn replace(value: &Value, old: &str, new: &str) -> Result<Value, String> {
    let text = text::of(value);
    let grown = text.matches(old).count().saturating_mul(new.len());
    if grown > LONGEST_TEXT {
        return Err("`replace` makes a text that is too long".to_owned());
    }
    Ok(on_text(value, |text| text.replace(old, new)))
}

fn join(value: &Value, arguments: &Arguments) -> Result<Value, String> {
    let Some(items) = items(value) else { return Ok(Value::Null) };
    let between = arguments.text(0, "separator").unwrap_or_else(|| ", ".to_owned());
    let attribute = arguments.by_name.get("attribute").map(text::of);
    let mut out = String::new();
    let items = items.iter().filter_map(|item| attribute.as_ref().map_or(Some(item), |name| attribute_of(item, name)));
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push_str(&between);
        }
        out.push_str(&text::of(item));
        if out.len() > LONGEST_TEXT {
            return Err("`join` makes a text that is too long".to_owned());
        }
    }
    Ok(Value::String(out))
}

fn end_of(
    value: Value,
    item: impl FnOnce(&[Value]) -> Option<&Value>,
    letter: impl FnOnce(&str) -> Option<char>,
) -> Value {
    if let Some(items) = value.as_array() {
        return item(items).cloned().unwrap_or_default();
    }
    match value.as_str() {
        Some(text) => letter(text).map_or(Value::Null, |c| Value::String(c.to_string())),
        None => value,
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Array(items) => items.len(),
        Value::Object(object) => object.len(),
        Value::String(_) | Value::Number(_) | Value::Bool(_) => text::of(value).chars().count(),
    }
}

/// A list as it is; one thing that is no list as a list of one; nothing for what is missing.
fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => None,
        Value::Array(items) => Some(items),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Some(std::slice::from_ref(value)),
    }
}

/// The numbers of a list, also when they are text; what is none counts as nothing.
fn sum(value: &Value, arguments: &Arguments) -> Value {
    let Some(items) = items(value) else { return Value::Null };
    let attribute = arguments.text(0, "attribute");
    let items = items.iter().filter_map(|item| attribute.as_ref().map_or(Some(item), |name| attribute_of(item, name)));
    number::to_json(items.filter_map(number::of).sum())
}

fn map(value: Value, arguments: &Arguments) -> Result<Value, String> {
    let Some(attribute) = arguments.text(0, "attribute") else {
        return Err("`map` needs the name of a field: map(attribute=\"nome\")".to_owned());
    };
    let Some(items) = items(&value) else { return Ok(value) };
    Ok(Value::Array(items.iter().filter_map(|item| attribute_of(item, &attribute).cloned()).collect()))
}

/// A field of an item, by its key or its path.
fn attribute_of<'a>(item: &'a Value, name: &str) -> Option<&'a Value> {
    let object = item.as_object()?;
    object.get(name).or_else(|| name.split('.').try_fold(item, |value, key| value.get(key)))
}

fn round(value: Value, arguments: &Arguments) -> Value {
    let digits = i32::try_from(arguments.count(0, "digits").unwrap_or(0).min(12)).unwrap_or(0);
    let Some(number) = number::of(&value) else { return value };
    let scale = 10_f64.powi(digits);
    let scaled = number * scale * (1.0 + 4.0 * f64::EPSILON);
    if scaled.abs() < 1e15 { number::to_json(scaled.round() / scale) } else { exact(number, &text::of(&value)) }
}

/// A whole number that was written as one keeps its digits, however many.
fn exact(number: f64, text: &str) -> Value {
    text.parse::<i128>()
        .ok()
        .map_or_else(|| number::to_json(number), |whole| whole.to_string().parse().map_or(Value::Null, Value::Number))
}

fn on_date(value: Value, arguments: &Arguments, place: &Place) -> Result<Value, String> {
    let pattern = arguments.text(0, "format").unwrap_or_else(|| "%d/%m/%Y".to_owned());
    let language = arguments.language(1, "date")?;
    // A bad pattern fails with every event, not only with those that have a date.
    let found = date::read(&value);
    let Some(moment) = found.or_else(|| date::parse("2000-01-01")) else { return Ok(value) };
    match date::format(moment, &pattern, language, &place.time_zone, place.zone_offset) {
        Ok(text) => Ok(found.map_or(value, |_| Value::String(text))),
        Err(date::UnknownDirective(c)) => Err(format!("`date` knows no `%{c}`; use such as \"%d/%m/%Y %H:%M\"")),
    }
}

fn on_money(value: Value, arguments: &Arguments) -> Result<Value, String> {
    let currency = arguments.text(0, "currency").unwrap_or_else(|| "EUR".to_owned());
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err("`money` takes a currency of three letters: money(\"EUR\")".to_owned());
    }
    let language = arguments.language(1, "money")?;
    Ok(match number::of(&value) {
        Some(amount) => Value::String(number::money(amount, &currency, language)),
        None => value,
    })
}
