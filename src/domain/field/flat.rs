//! From a nested payload to flat fields, and to what can be learned from them.
//!
//! It changes no value: a list stays as it was sent, and a number keeps its text. What is past the limits is still in
//! the body; it is only not flattened, and named.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use serde_json::Value;

use super::{FieldKind, MAX_FIELDS, MAX_PATH, MAX_SAMPLE, Meaning, guess, path};
use crate::domain::payload::Object;

/// **Limit:** names in `not_learned`. Beyond, one last entry says how many more there are: a hostile body may hold
/// 100,000 of them, and the list is stored beside the event.
const MAX_NOT_LEARNED: usize = 500;

/// A payload laid flat.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Flat {
    /// Path to value in order of first appearance: nested objects are opened, lists are whole.
    pub fields: Vec<(String, Value)>,
    /// One per path, those within lists (`prodotti[].nome`) included.
    pub learned: Vec<Sighting>,
    /// Paths past the limits, as far as they can be named (long ones are cut and end in `…`).
    pub not_learned: Vec<String>,
}

/// What one event says about one path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// Where.
    pub path: String,
    /// What the value is; for a path within a list, of its first item that is not null.
    pub kind: FieldKind,
    /// Whether the value is null, `""`, `[]` or `{}` (within a list: in every item).
    pub empty: bool,
    /// The value as text, at most [`MAX_SAMPLE`] characters on one line; none of an empty one.
    pub sample: Option<String>,
    /// What it seems to be about.
    pub meaning: Option<Meaning>,
}

/// Lays a payload flat. Recursion ends with the payload's depth, which reading has limited.
pub fn flatten(payload: &Object) -> Flat {
    let mut walk = Walk::new(true, &|_| true);
    walk.object(payload);
    if walk.unnamed > 0 {
        walk.flat.not_learned.push(format!("… and {} more", walk.unnamed));
    }
    walk.flat
}

/// What can be learned from a payload, without its values.
pub fn sightings(payload: &Object) -> Vec<Sighting> {
    sightings_where(payload, &|_| true)
}

/// The same, with samples and meanings only at those paths where they are wanted: they are most of the work.
pub(super) fn sightings_where(payload: &Object, wanted: &dyn Fn(&str) -> bool) -> Vec<Sighting> {
    let mut walk = Walk::new(false, wanted);
    walk.object(payload);
    walk.flat.learned
}

struct Walk<'w> {
    flat: Flat,
    /// Whether the values are wanted too.
    values: bool,
    /// Where a sample and a meaning are wanted.
    wanted: &'w dyn Fn(&str) -> bool,
    /// Where it is.
    path: String,
    fields: usize,
    /// Paths within lists to their places in `learned`: many items make one sighting.
    in_lists: HashMap<String, usize>,
    /// Paths within lists that are past the limits and named already.
    past: HashSet<String>,
    /// How many paths past the limits were not even named.
    unnamed: usize,
}

impl<'w> Walk<'w> {
    fn new(values: bool, wanted: &'w dyn Fn(&str) -> bool) -> Self {
        Self {
            flat: Flat::default(),
            values,
            wanted,
            path: String::new(),
            fields: 0,
            in_lists: HashMap::new(),
            past: HashSet::new(),
            unnamed: 0,
        }
    }

    /// Goes to a key, and comes back.
    fn at(&mut self, key: &str, visit: impl FnOnce(&mut Self)) {
        let parent = self.path.len();
        path::go_to(&mut self.path, key);
        visit(self);
        self.path.truncate(parent);
    }

    fn object(&mut self, object: &Object) {
        for (key, value) in object {
            self.at(key, |walk| match value {
                Value::Object(inner) if !inner.is_empty() => walk.object(inner),
                Value::Object(_) => walk.field(&Value::Null),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    walk.field(value);
                }
            });
        }
    }

    fn field(&mut self, value: &Value) {
        if self.fields >= MAX_FIELDS || !is_learnable(&self.path) {
            return self.not_learned();
        }
        self.fields += 1;
        if self.values {
            self.flat.fields.push((self.path.clone(), value.clone()));
        }
        self.flat.learned.push(self.sighting(value));
        if let Value::Array(items) = value {
            self.items(items);
        }
    }

    /// The fields of a list's items. Items that are no objects have none: the list as a whole stands for them.
    fn items(&mut self, items: &[Value]) {
        let list = self.path.len();
        self.path.push_str("[]");
        for item in items {
            match item {
                Value::Object(object) => self.item(object),
                Value::Array(inner) => self.items(inner),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        self.path.truncate(list);
    }

    fn item(&mut self, object: &Object) {
        for (key, value) in object {
            self.at(key, |walk| match value {
                Value::Object(inner) if !inner.is_empty() => walk.item(inner),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    walk.seen_in_list(value);
                }
                Value::Array(items) => {
                    walk.seen_in_list(value);
                    walk.items(items);
                }
            });
        }
    }

    fn seen_in_list(&mut self, value: &Value) {
        if let Some(&at) = self.in_lists.get(&self.path) {
            let learn = |known: &Sighting| gives_way((known.kind, known.empty), is_empty(value));
            if self.flat.learned.get(at).is_some_and(learn) {
                let seen = self.sighting(value);
                if let Some(known) = self.flat.learned.get_mut(at) {
                    *known = seen;
                }
            }
        } else if self.in_lists.len() < MAX_FIELDS && is_learnable(&self.path) {
            self.in_lists.insert(self.path.clone(), self.flat.learned.len());
            self.flat.learned.push(self.sighting(value));
        } else if self.past.len() < MAX_NOT_LEARNED && self.past.insert(self.path.clone()) {
            self.not_learned();
        }
    }

    fn not_learned(&mut self) {
        if self.flat.not_learned.len() >= MAX_NOT_LEARNED {
            self.unnamed += 1;
            return;
        }
        self.flat.not_learned.push(if self.path.len() > MAX_PATH {
            format!("{}…", self.path.get(..self.path.floor_char_boundary(MAX_PATH)).unwrap_or_default())
        } else {
            self.path.clone()
        });
    }

    fn sighting(&self, value: &Value) -> Sighting {
        let empty = is_empty(value);
        let wanted = (self.wanted)(&self.path);
        Sighting {
            path: self.path.clone(),
            kind: FieldKind::of(value),
            empty,
            sample: (wanted && !empty).then(|| sample(value)),
            meaning: wanted.then(|| guess(&self.path, value)).flatten(),
        }
    }
}

/// Whether what a list's items have shown at a path, a kind and whether all were empty, gives way to the next value: of
/// values that are empty one that is not null tells more.
pub(super) fn gives_way((kind, empty): (FieldKind, bool), to_empty: bool) -> bool {
    empty && (!to_empty || kind == FieldKind::Null)
}

/// A path is part of a key in the database and stands in a URL: it must have a name, an end, and no NUL.
pub(super) fn is_learnable(path: &str) -> bool {
    !path.is_empty() && path.len() <= MAX_PATH && !path.contains('\0')
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as a person can read it in one short line. Control characters become spaces.
fn sample(value: &Value) -> String {
    let text = match value {
        Value::String(text) => cut(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => cut(&value.to_string()),
        Value::Array(_) | Value::Object(_) => {
            let mut start = Start(Vec::new());
            // It ends in an error when the value is long, which is how a long one is not written out whole.
            let _ = serde_json::to_writer(&mut start, value);
            cut(&String::from_utf8_lossy(&start.0))
        }
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_SAMPLE).collect()
}

/// Takes the start of what is written, enough for a sample in any script.
struct Start(Vec<u8>);

impl Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() > MAX_SAMPLE * 4 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(json: &str) -> Flat {
        flatten(&serde_json::from_str(json).unwrap())
    }

    fn paths(flat: &Flat) -> Vec<&str> {
        flat.learned.iter().map(|sighting| sighting.path.as_str()).collect()
    }

    #[test]
    fn nested_objects_are_opened_and_lists_are_whole() {
        let flat = flat(r#"{"cliente":{"nome":"Mario","a.b":1},"prodotti":[{"nome":"Scarpe"},{"nome":"","qta":2}]}"#);
        let fields: Vec<String> = flat.fields.iter().map(|(path, value)| format!("{path}={value}")).collect();
        assert_eq!(fields[0], r#"cliente.nome="Mario""#);
        assert_eq!(fields[1], r"cliente.a\.b=1");
        assert_eq!(fields[2], r#"prodotti=[{"nome":"Scarpe"},{"nome":"","qta":2}]"#);
        assert_eq!(fields.len(), 3);
        assert_eq!(paths(&flat)[2..], ["prodotti", "prodotti[].nome", "prodotti[].qta"]);
    }

    #[test]
    fn a_path_within_a_list_is_empty_only_when_every_item_is() {
        let flat = flat(r#"{"p":[{"a":null,"b":""},{"a":"x","b":null}]}"#);
        let by_path = |path: &str| flat.learned.iter().find(|sighting| sighting.path == path).cloned().unwrap();
        assert_eq!((by_path("p[].a").kind, by_path("p[].a").empty), (FieldKind::Text, false));
        assert_eq!((by_path("p[].b").kind, by_path("p[].b").empty), (FieldKind::Text, true));
    }

    #[test]
    fn an_empty_object_says_as_much_as_null() {
        let flat = flat(r#"{"note":{}}"#);
        assert_eq!(flat.fields, [("note".to_owned(), Value::Null)]);
        assert_eq!((flat.learned[0].kind, flat.learned[0].empty), (FieldKind::Null, true));
    }

    #[test]
    fn the_501st_field_is_named_and_not_flattened() {
        let payload: Object = (0..505).map(|n| (format!("f{n}"), Value::from(n))).collect();
        let flat = flatten(&payload);
        assert_eq!((flat.fields.len(), flat.learned.len()), (500, 500));
        assert_eq!(flat.not_learned, ["f500", "f501", "f502", "f503", "f504"]);
    }

    #[test]
    fn beyond_what_can_be_named_there_is_a_number() {
        let payload: Object = (0..1_007).map(|n| (format!("f{n}"), Value::from(n))).collect();
        let flat = flatten(&payload);
        assert_eq!(flat.not_learned.len(), 501);
        assert_eq!(flat.not_learned[500], "… and 7 more");
    }

    #[test]
    fn a_path_of_257_bytes_is_named_as_far_as_it_may_be_long() {
        let long = "è".repeat(129);
        let flat = flatten(&Object::from_iter([(long, Value::from(1)), ("k".repeat(256), Value::from(2))]));
        assert_eq!(flat.fields.len(), 1);
        assert_eq!(flat.not_learned, [format!("{}…", "è".repeat(128))]);
    }

    #[test]
    fn keys_that_cannot_be_a_path_are_named() {
        assert_eq!(flat(r#"{"":1,"a\u0000b":2,"c":3}"#).not_learned, ["", "a\0b"]);
    }

    #[test]
    fn a_sample_is_one_short_line() {
        let text = format!("a\nb{}", "è".repeat(100));
        let flat = flatten(&Object::from_iter([
            ("t".to_owned(), Value::from(text)),
            ("l".to_owned(), Value::from(vec![1; 500])),
        ]));
        let sample = |at: usize| flat.learned[at].sample.clone().unwrap();
        assert!(sample(0).starts_with("a bè"));
        assert_eq!((sample(0).chars().count(), sample(1).chars().count()), (80, 80));
    }

    #[test]
    fn numbers_keep_their_text() {
        let flat = flat(r#"{"a":89.90,"b":12345678901234567890123}"#);
        assert_eq!(flat.fields[0].1.to_string(), "89.90");
        assert_eq!(flat.learned[1].sample.as_deref(), Some("12345678901234567890123"));
    }
}
