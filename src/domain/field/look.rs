//! A look through a payload beside the schema of its source: does it bring anything new?
//!
//! Nearly every event brings nothing, and then nothing of it is wanted but that and how many fields it has: so it is compared
//! on the way through, without being decoded. It decides nothing about what is new: whoever hears "not known" lays the
//! payload flat ([`super::flatten`]) and looks again.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::flat::gives_way;
use super::schema::{Node, ROOT};
use super::{FieldKind, MAX_FIELDS, Schema};
use crate::domain::payload::{MAX_DEPTH, NUMBER, Object};

impl Schema {
    /// How many fields a JSON text has that brings nothing new. `None` when it may bring something, is no object with
    /// anything in it, or has what only a whole look can judge: two equal keys, too many fields, too deep a nesting.
    pub fn fields_of_text(&self, text: &str) -> Option<usize> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let fields = self.fields_in(&mut reader)?;
        reader.end().ok()?;
        Some(fields)
    }

    /// The same of a payload that is decoded.
    pub fn fields_of(&self, payload: &Object) -> Option<usize> {
        self.fields_in(payload)
    }

    fn fields_in<'de>(&self, reader: impl Deserializer<'de>) -> Option<usize> {
        let marks = vec![Mark::default(); self.nodes.len()];
        let mut look = Look { schema: self, marks, objects: 0, fields: 0, in_lists: Vec::new() };
        Place { look: &mut look, at: At::Whole, in_list: false, left: MAX_DEPTH }.deserialize(reader).ok()?;
        look.lists_are_known().then_some(look.fields)
    }
}

/// What one payload has shown of a place.
#[derive(Clone, Copy, Default)]
struct Mark {
    /// The number of the last object that had a value here.
    object: u32,
    /// Within a list: the kind that the items have together so far, and whether all are empty.
    in_list: Option<(FieldKind, bool)>,
}

/// A look through one payload.
struct Look<'s> {
    schema: &'s Schema,
    marks: Vec<Mark>,
    objects: u32,
    fields: usize,
    /// The places within lists that have a mark.
    in_lists: Vec<usize>,
}

impl<'s> Look<'s> {
    fn node(&self, place: Option<usize>) -> Option<&'s Node> {
        self.schema.nodes.get(place?)
    }

    fn knows(&self, place: usize, kind: FieldKind) -> bool {
        self.node(Some(place)).and_then(|node| node.kinds.as_ref()).is_some_and(|kinds| kinds.contains(&kind))
    }

    /// A value outside of lists; whether it is known.
    fn see(&mut self, place: usize, kind: FieldKind) -> bool {
        self.fields += 1;
        self.fields <= MAX_FIELDS && self.knows(place, kind)
    }

    /// A value within a list. Many items make one sighting, whose kind is decided when all are seen, as in
    /// [`super::flatten`].
    fn see_in_list(&mut self, place: usize, kind: FieldKind, empty: bool) {
        let Some(mark) = self.marks.get_mut(place) else { return };
        match &mut mark.in_list {
            None => {
                mark.in_list = Some((kind, empty));
                self.in_lists.push(place);
            }
            Some(seen) if gives_way(*seen, empty) => *seen = (kind, empty),
            Some(_) => {}
        }
    }

    fn lists_are_known(&self) -> bool {
        let known = |place: &usize| {
            let seen = self.marks.get(*place).and_then(|mark| mark.in_list);
            seen.is_none_or(|(kind, _)| self.knows(*place, kind))
        };
        self.in_lists.len() <= MAX_FIELDS && self.in_lists.iter().all(known)
    }

    /// Whether an object has a key for the first time.
    fn is_first(&mut self, place: usize, object: u32) -> bool {
        self.marks.get_mut(place).is_some_and(|mark| std::mem::replace(&mut mark.object, object) != object)
    }
}

/// What is being looked at.
#[derive(Clone, Copy)]
enum At {
    /// The payload.
    Whole,
    /// A value with a path of its own.
    Field(usize),
    /// An item of a list, where what lies in the items of that list is known to lie.
    Item(Option<usize>),
}

/// A value that is about to be read.
struct Place<'l, 's> {
    look: &'l mut Look<'s>,
    at: At,
    in_list: bool,
    /// How many levels there may still be.
    left: usize,
}

impl Place<'_, '_> {
    fn is<E: Error>(&mut self, kind: FieldKind, empty: bool) -> Result<(), E> {
        match self.at {
            At::Whole => Err(unknown()),
            At::Field(place) if self.in_list => {
                self.look.see_in_list(place, kind, empty);
                Ok(())
            }
            At::Field(place) => self.look.see(place, kind).then_some(()).ok_or_else(unknown),
            At::Item(_) => Ok(()),
        }
    }
}

fn unknown<E: Error>() -> E {
    E::custom("not known")
}

impl<'de> DeserializeSeed<'de> for Place<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! visit_numbers {
    ($($visit:ident: $number:ty),+) => {
        $(fn $visit<E: Error>(mut self, _: $number) -> Result<(), E> {
            self.is(FieldKind::Number, false)
        })+
    };
}

impl<'de> Visitor<'de> for Place<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.is(FieldKind::Boolean, false)
    }

    visit_numbers! { visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64 }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.is(FieldKind::Text, text.is_empty())
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.is(FieldKind::Null, true)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let left = self.left.checked_sub(1).ok_or_else(unknown)?;
        let of = match self.at {
            At::Whole => None,
            At::Field(place) => Some(place),
            At::Item(place) => place,
        };
        let items = self.look.node(of).and_then(|node| node.items);
        let mut empty = true;
        let mut item = || {
            let look = &mut *self.look;
            list.next_element_seed(Place { look, at: At::Item(items), in_list: true, left })
        };
        while item()?.is_some() {
            empty = false;
        }
        self.is(FieldKind::List, empty)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let within = match self.at {
            At::Whole => Some(ROOT),
            At::Field(place) => Some(place),
            At::Item(place) => place,
        };
        let node = self.look.node(within);
        let mut key = map.next_key_seed(Key(node))?;
        if let Some(Found::Number) = key {
            map.next_value::<IgnoredAny>()?;
            return self.is(FieldKind::Number, false);
        }
        let left = self.left.checked_sub(1).ok_or_else(unknown)?;
        if key.is_none() {
            // An empty object says as much as null.
            return self.is(FieldKind::Null, true);
        }
        self.look.objects += 1;
        let object = self.look.objects;
        while let Some(Found::Place(place)) = key {
            // What an object has twice counts once, and which of them counts is not for here.
            if !self.look.is_first(place, object) {
                return Err(unknown());
            }
            map.next_value_seed(Place { look: self.look, at: At::Field(place), in_list: self.in_list, left })?;
            key = map.next_key_seed(Key(node))?;
        }
        if key.is_some() { Err(unknown()) } else { Ok(()) }
    }
}

/// A key that is about to be read, of what lies in a place.
struct Key<'s>(Option<&'s Node>);

/// What a key leads to.
#[derive(Clone, Copy)]
enum Found {
    Place(usize),
    /// It is no key: serde_json gives a number as an object with this one.
    Number,
    Nothing,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    /// Of a key that was written with escapes.
    fn visit_str<E: Error>(self, key: &str) -> Result<Found, E> {
        let place = self.0.and_then(|node| node.children.get(key));
        Ok(place.map_or(Found::Nothing, |place| Found::Place(*place)))
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Found, E> {
        if key == NUMBER { Ok(Found::Number) } else { self.visit_str(key) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::flatten;

    fn learned(texts: &[&str]) -> Schema {
        let mut schema = Schema::default();
        for text in texts {
            for seen in flatten(&serde_json::from_str(text).unwrap()).learned {
                schema.add(&seen.path, &[seen.kind]);
            }
        }
        schema
    }

    #[test]
    fn what_was_learned_is_known_and_counted() {
        for text in [
            r#"{"a":1}"#,
            r#"{"cliente":{"nome":"Mario","a.b":1.50},"prodotti":[{"nome":"Scarpe"},{"nome":"","qta":2}],"note":{}}"#,
            r#"{"p":[{"a":null,"b":""},{"a":"x","b":null},[{"c":[1]},"y"],{}],"q":[],"r":true,"s":-1e400}"#,
            r#"{"d[]":{"x":1},"d":[{"x":2}]}"#,
            r#"{"p":[{"a":null},{"a":""},{"a":null}],"q":[{"b":"x"},{"b":1},{"b":null}]}"#,
        ] {
            let schema = learned(&[text]);
            let payload = serde_json::from_str(text).unwrap();
            let fields = Some(flatten(&payload).fields.len());
            assert_eq!((schema.fields_of_text(text), schema.fields_of(&payload)), (fields, fields), "{text}");
        }
    }

    #[test]
    fn a_new_path_or_kind_is_not_known() {
        let schema = learned(&[r#"{"a":"x","b":{"c":1},"p":[{"q":"x","r":null}]}"#]);
        for text in [
            r#"{"a":1}"#,
            r#"{"a":null}"#,
            r#"{"b":1}"#,
            r#"{"b":{}}"#,
            r#"{"b":{"c":1,"d":2}}"#,
            r#"{"a":{"x":1}}"#,
            r#"{"a":"x","e":""}"#,
            r#"{"p":[{"q":1}]}"#,
            r#"{"p":[{"r":"x"},{"r":null}]}"#,
            r#"{"p":[[{"q":"x"}]]}"#,
            r#"{"p":[{"q":{"s":1}}]}"#,
        ] {
            assert_eq!(schema.fields_of_text(text), None, "{text}");
        }
        for text in [r#"{"a":""}"#, r#"{"p":[]}"#, r#"{"p":[1,{}]}"#, r#"{"p":[{"q":null},{"q":"x"}]}"#] {
            assert_eq!(schema.fields_of_text(text), Some(1), "{text}");
        }
    }

    #[test]
    fn what_needs_a_whole_look_is_not_known() {
        let schema = learned(&[r#"{"a":"x","b":{"c":1},"p":[{"q":"x"}]}"#]);
        let deep = |levels: usize| format!(r#"{{"a":"x","p":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
        for text in [
            "{}",
            "[]",
            "1",
            r#"[{"a":"x"}]"#,
            r#"{"a":"x","a":"y"}"#,
            r#"{"b":{"c":1},"b":{"c":2}}"#,
            r#"{"p":[{"q":"x","q":"y"}]}"#,
            r#"{"a":"x"} x"#,
            r#"{"a":"x""#,
            &deep(32),
        ] {
            assert_eq!(schema.fields_of_text(text), None, "{text}");
        }
        assert_eq!(schema.fields_of_text(&deep(31)), Some(2));
        assert_eq!(schema.fields_of_text(r#"{"p":[{"q":"x"},{"q":"y"}]}"#), Some(1));
    }

    /// What is known is stored without being decoded: it must not be more than could be decoded again.
    #[test]
    fn no_deeper_payload_is_known_than_is_accepted() {
        let numbers = ["1", "1.5", "12345678901234567890123"];
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            for inmost in ["{}", "[]", "null", "true", r#""x""#].into_iter().chain(numbers) {
                let nested =
                    |levels: usize| format!(r#"{{"p":{}{inmost}{}}}"#, open.repeat(levels), close.repeat(levels));
                let texts: Vec<String> = (0..40).map(nested).collect();
                let schema = learned(&texts.iter().map(String::as_str).collect::<Vec<_>>());
                for text in &texts {
                    let accepted = crate::domain::payload::read(text.as_bytes(), None, None).is_ok();
                    let payload = serde_json::from_str(text).unwrap();
                    let known = (schema.fields_of_text(text).is_some(), schema.fields_of(&payload).is_some());
                    assert_eq!(known, (accepted, accepted), "{text}");
                }
            }
        }
    }

    #[test]
    fn more_fields_than_are_learned_need_a_whole_look() {
        let text = |fields: usize| {
            let fields: Vec<String> = (0..fields).map(|n| format!(r#""f{n}":{n}"#)).collect();
            format!("{{{}}}", fields.join(","))
        };
        let schema: Schema = (0..600).map(|n| (format!("f{n}"), vec![FieldKind::Number])).collect();
        assert_eq!(schema.fields_of_text(&text(500)), Some(500));
        assert_eq!(schema.fields_of_text(&text(501)), None);
    }
}
