//! JSON (RFC 8259) under whatever type it comes.
//!
//! serde_json does the reading. What this file adds is what it will not do: keep the text of each item of an array,
//! name the place of a fault, forgive a lone surrogate, and stay safe from two keys that serde_json keeps for itself.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::declared::Family;
use super::{Delivery, Found, Look, MAX_ITEMS, Object, Refusal};

/// The field that holds a lone scalar.
const SCALAR: &str = "value";

/// serde_json turns an object whose first key is `$serde_json::private::Number` into a number, and one with
/// `…::RawValue` into whatever JSON its text holds. Whoever sends such a key gets it back with a `_` in front, in the
/// payload only: otherwise every later reading of stored JSON could fail or mean something else.
const RESERVED: &str = "$serde_json::private::";

/// The key under which serde_json gives a number whose text it keeps.
pub const NUMBER: &str = "$serde_json::private::Number";

pub(super) fn look(delivery: &Delivery<'_>) -> Look {
    let text = delivery.text();
    if !begins_as_json(text) {
        return None;
    }
    let lines = delivery.declared.family == Family::Ndjson;
    match parse(text) {
        Ok(Value::Object(payload)) if lines => Some(Ok(Found::Many(vec![(payload, text.trim().to_owned())]))),
        Ok(Value::Object(payload)) => Some(Ok(Found::One(payload))),
        Ok(Value::Array(list)) => Some(items(text, list)),
        Ok(_) if lines => Some(Err(Refusal::InvalidItem { index: 0 })),
        Ok(scalar) => Some(Ok(Found::One(Object::from_iter([(SCALAR.to_owned(), scalar)])))),
        Err(Refusal::TooDeep) => Some(Err(Refusal::TooDeep)),
        Err(_) => None,
    }
}

/// Whether a text can be JSON by how it begins: a form is told apart without a reader.
fn begins_as_json(text: &str) -> bool {
    let text = text.trim_matches([' ', '\n', '\r', '\t']);
    match text.as_bytes().first() {
        Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9') => true,
        Some(b't' | b'f' | b'n') => matches!(text, "true" | "false" | "null"),
        Some(_) | None => false,
    }
}

/// Looks when no other format could read the body: does it at least claim to be JSON?
pub(super) fn look_malformed(delivery: &Delivery<'_>) -> Look {
    let declared = matches!(delivery.declared.family, Family::Json | Family::Ndjson);
    if (declared && !delivery.text().trim().is_empty()) || looks_like_json(delivery.text()) {
        parse(delivery.text()).err().map(Err)
    } else {
        None
    }
}

/// Whether a text begins as only JSON does: `{"`, `{}`, `[{` or `["`. A lone bracket is not enough: people write
/// `[urgent] call me` and `{{name}}`.
pub(super) fn looks_like_json(text: &str) -> bool {
    let mut marks = text.chars().filter(|c| !c.is_ascii_whitespace());
    matches!((marks.next(), marks.next()), (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | '"')))
}

/// One JSON value.
pub(super) fn parse(text: &str) -> Result<Value, Refusal> {
    serde_json::from_str(&mend(text)).map_err(|error| refusal(&error))
}

/// Whether a text can be read as it stands: it names nothing that serde_json keeps for itself.
pub(super) fn is_plain(text: &str) -> bool {
    !text.contains(RESERVED)
}

/// A text that is one JSON object, such as a form's value may be.
pub(super) fn object(text: &str) -> Option<Object> {
    match parse(text) {
        Ok(Value::Object(object)) => Some(object),
        Ok(_) | Err(_) => None,
    }
}

/// serde_json's error as a refusal.
fn refusal(error: &serde_json::Error) -> Refusal {
    let message = error.to_string();
    if message.starts_with("recursion limit exceeded") {
        return Refusal::TooDeep;
    }
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what).to_owned();
    Refusal::InvalidJson { line: error.line(), column: error.column().max(1), message }
}

/// The refusal of a line of NDJSON that cannot be read.
pub(super) fn at_line(refusal: Refusal, skipped: usize) -> Refusal {
    match refusal {
        Refusal::InvalidJson { line, column, message } => {
            Refusal::InvalidJson { line: line + skipped, column, message }
        }
        other @ (Refusal::EmptyBody
        | Refusal::TooDeep
        | Refusal::PayloadTooLarge
        | Refusal::TooManyItems
        | Refusal::InvalidItem { .. }
        | Refusal::UnsupportedMediaType { .. }) => other,
    }
}

/// The items of a top-level array, each with its own text as it was sent.
fn items(text: &str, list: Vec<Value>) -> Result<Found, Refusal> {
    if list.is_empty() {
        return Ok(Found::One(Object::new()));
    }
    if list.len() > MAX_ITEMS {
        return Err(Refusal::TooManyItems);
    }
    // The text itself, not the mended one. A raw value is only skipped over, so that what is mended does not disturb.
    let texts: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| refusal(&error))?;
    let mut items = Vec::with_capacity(list.len());
    for (index, (value, text)) in list.into_iter().zip(texts).enumerate() {
        match value {
            Value::Object(payload) => items.push((payload, text.get().to_owned())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(Refusal::InvalidItem { index });
            }
        }
    }
    Ok(Found::Many(items))
}

/// A key as it may stand in a payload: see [`RESERVED`].
pub(super) fn safe_key(key: &str) -> Cow<'_, str> {
    if key.starts_with(RESERVED) { Cow::Owned(format!("_{key}")) } else { Cow::Borrowed(key) }
}

/// The text with lone surrogates replaced and reserved keys renamed; nearly always the text itself.
///
/// A lone surrogate (`"\ud83d"`) is what remains when JavaScript cuts a text through an emoji. RFC 8259 §8.2 allows
/// it, Rust's strings cannot hold it, and an event is worth more than half an emoji: it becomes U+FFFD, which is
/// as long when escaped, so that lines and columns stay true.
fn mend(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") && !text.contains(RESERVED) {
        return Cow::Borrowed(text);
    }
    let mut mended = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('"') {
        let end = string_end(inside);
        let (string, after) = inside.split_at_checked(end).unwrap_or((inside, ""));
        let string = without_lone_surrogates(string);
        mended.push_str(before);
        mended.push('"');
        let is_key = after.strip_prefix('"').is_some_and(|after| after.trim_start().starts_with(':'));
        if is_key && is_reserved(&string) {
            mended.push('_');
        }
        mended.push_str(&string);
        rest = after.strip_prefix('"').map_or(after, |after| {
            mended.push('"');
            after
        });
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// Where the string literal ends whose opening quote was just passed.
fn string_end(inside: &str) -> usize {
    let mut escaped = false;
    inside
        .bytes()
        .position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })
        .unwrap_or(inside.len())
}

fn is_reserved(string: &str) -> bool {
    let plain = string.starts_with(RESERVED);
    // `$` and every other character may be written as an escape too.
    plain
        || (string.contains("\\u")
            && serde_json::from_str::<String>(&format!("\"{string}\"")).is_ok_and(|key| key.starts_with(RESERVED)))
}

fn without_lone_surrogates(string: &str) -> Cow<'_, str> {
    if !string.contains("\\u") {
        return Cow::Borrowed(string);
    }
    let mut out = String::with_capacity(string.len());
    let mut rest = string;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let (whole, len) = match unit(escape) {
            Some(0xd800..=0xdbff)
                if escape.get(5..).and_then(|next| next.strip_prefix('\\')).and_then(unit).is_some_and(is_trailing) =>
            {
                (true, 11)
            }
            Some(0xd800..=0xdfff) => (false, 5),
            Some(_) => (true, 5),
            None => (true, escape.chars().next().map_or(0, char::len_utf8)),
        };
        let (own, after) = escape.split_at_checked(len).unwrap_or((escape, ""));
        out.push('\\');
        out.push_str(if whole { own } else { "ufffd" });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

const fn is_trailing(unit: u16) -> bool {
    matches!(unit, 0xdc00..=0xdfff)
}

/// The UTF-16 unit of `uXXXX`.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_stays_and_a_lone_surrogate_becomes_the_replacement_character() {
        let value = parse(r#"{"a":"\ud83d\ude00 \ud83d!","b":"\udc00\\ud83d"}"#).unwrap();
        assert_eq!(value["a"], "😀 \u{fffd}!");
        assert_eq!(value["b"], "\u{fffd}\\ud83d");
    }

    #[test]
    fn keys_that_the_parser_keeps_for_itself_stay_keys() {
        for key in
            ["$serde_json::private::Number", r"\u0024serde_json::private::Number", "$serde_json::private::RawValue"]
        {
            let value = parse(&format!(r#"{{"a":[{{"{key}":"12"}}]}}"#)).unwrap();
            let object = value["a"][0].as_object().unwrap();
            assert!(object.keys().all(|own| own.starts_with("_$serde_json")), "{object:?}");
            assert_eq!(object.values().next().unwrap(), "12");
        }
    }

    #[test]
    fn a_value_that_names_a_reserved_key_is_only_text() {
        let value = parse(r#"{"a":"$serde_json::private::Number"}"#).unwrap();
        assert_eq!(value["a"], "$serde_json::private::Number");
    }

    #[test]
    fn the_place_of_a_fault_counts_from_one_and_the_words_are_without_it() {
        let Err(Refusal::InvalidJson { line, column, message }) = parse("{\n  \"a\": nope}") else { panic!() };
        assert_eq!((line, column), (2, 9));
        assert_eq!(message, "expected ident");
    }
}
