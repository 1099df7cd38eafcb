//! The names of form fields, as PHP, Rails and every form library read them: `a[b]`, `a[]`, `a[0][b]`, and repetition.
//!
//! Nothing sent is lost: where two names want the same place (`a=1&a[b]=2`), the place becomes a list of both.

use serde_json::Value;

use super::json::{self, safe_key};
use super::{MAX_DEPTH, Object, Refusal};
use crate::domain::field::escape;

/// Puts a value where its name says.
pub(super) fn put(payload: &mut Object, name: &str, value: Value) -> Result<(), Refusal> {
    let (first, rest) = segments(name);
    if rest.len() >= MAX_DEPTH {
        return Err(Refusal::TooDeep);
    }
    place(payload.entry(safe_key(first)).or_insert(Value::Null), &rest, value);
    Ok(())
}

/// The paths that a name can become, depending on the others of its form: a number between brackets is an item of a
/// list, or a key.
pub(super) fn paths(name: &str) -> [String; 2] {
    let (first, rest) = segments(name);
    let path = |numbered: bool| {
        rest.iter().fold(escape(&safe_key(first)), |path, segment| {
            let item = segment.is_empty() || (numbered && segment.bytes().all(|byte| byte.is_ascii_digit()));
            if item { path + "[]" } else { path + "." + &escape(&safe_key(segment)) }
        })
    };
    [path(true), path(false)]
}

/// `a[b][]` as `a` and then `b` and an empty segment; a name whose brackets do not pair stands alone.
fn segments(name: &str) -> (&str, Vec<&str>) {
    let alone = (name, Vec::new());
    let Some((first, rest)) = name.split_once('[') else { return alone };
    let (Some(rest), false) = (rest.strip_suffix(']'), first.is_empty()) else { return alone };
    let inner: Vec<&str> = rest.split("][").collect();
    if inner.iter().any(|segment| segment.contains(['[', ']'])) { alone } else { (first, inner) }
}

/// Null marks a place where nothing stands yet: a form itself cannot send null. Recursion is bounded by [`MAX_DEPTH`].
fn place(at: &mut Value, segments: &[&str], value: Value) {
    match segments.split_first() {
        None => add(at, value, false),
        Some((&"", rest)) => add(at, built(rest, value), true),
        Some((key, rest)) => {
            if at.is_null() {
                *at = Value::Object(Object::new());
            }
            match at {
                Value::Object(object) => place(object.entry(safe_key(key)).or_insert(Value::Null), rest, value),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    add(at, built(segments, value), true);
                }
            }
        }
    }
}

fn built(segments: &[&str], value: Value) -> Value {
    let mut at = Value::Null;
    place(&mut at, segments, value);
    at
}

/// Adds to what stands there: the second value of a name makes a list, and so does the first one of `a[]`.
fn add(at: &mut Value, value: Value, list: bool) {
    match at {
        Value::Null if list => *at = Value::Array(vec![value]),
        Value::Null => *at = value,
        Value::Array(values) => values.push(value),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            let first = at.take();
            *at = Value::Array(vec![first, value]);
        }
    }
}

/// Finishes a form: numbered places (`a[0]`, `a[1]`) become lists, and a value that is itself one JSON object is opened.
pub(super) fn settle(payload: &mut Object) {
    payload.values_mut().for_each(settle_value);
}

fn settle_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(object) = text.trim_start().starts_with('{').then(|| json::object(text)).flatten() {
                *value = Value::Object(object);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(settle_value),
        Value::Object(object) => {
            settle(object);
            let numbered = object.keys().enumerate().all(|(number, key)| *key == number.to_string());
            if numbered && !object.is_empty() {
                let list = std::mem::take(object).into_iter().map(|(_, value)| value).collect();
                *value = Value::Array(list);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> String {
        let mut payload = Object::new();
        for (name, value) in pairs {
            put(&mut payload, name, Value::from(*value)).unwrap();
        }
        settle(&mut payload);
        Value::Object(payload).to_string()
    }

    #[test]
    fn two_names_that_want_one_place_share_it() {
        assert_eq!(form(&[("a", "1"), ("a[b]", "2")]), r#"{"a":["1",{"b":"2"}]}"#);
        assert_eq!(form(&[("a[b]", "1"), ("a", "2")]), r#"{"a":[{"b":"1"},"2"]}"#);
    }

    #[test]
    fn numbers_from_zero_make_a_list_and_others_do_not() {
        assert_eq!(form(&[("a[0][n]", "1"), ("a[1][n]", "2")]), r#"{"a":[{"n":"1"},{"n":"2"}]}"#);
        assert_eq!(form(&[("a[7]", "1")]), r#"{"a":{"7":"1"}}"#);
    }

    #[test]
    fn brackets_that_do_not_pair_are_part_of_the_name() {
        assert_eq!(form(&[("a[b", "1"), ("a]", "2"), ("[x]", "3")]), r#"{"a[b":"1","a]":"2","[x]":"3"}"#);
    }
}
