//! What becomes of a field's value before it is stored, learned or shown, as the operator said for its path.
//!
//! It holds no key (whoever treats a payload brings the hash) and rewrites no body: `payload` does, with a [`Treatment`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FieldKind, Sighting, flat, path};
use crate::domain::payload::Object;

/// **Limit:** paths of one source that are treated. They stand in its settings, which every isolate holds.
pub const MAX_POLICIES: usize = 100;

/// What a hashed value begins with.
const HASHED: &str = "hmac:";

/// Hexadecimal digits of a hash that are kept: 128 bits, so that no two values of a source meet by chance.
const DIGITS: usize = 32;

/// How a field is stored. In order of strictness: what stands below a path is treated at least as strictly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// As it came.
    #[default]
    Show,
    /// As it came, so that runs can use it; people see `ma…@…`.
    Mask,
    /// As a keyed hash: equal values stay equal, and nobody can guess them.
    Hash,
    /// Not at all.
    None,
}

impl Storage {
    /// Every word, from the mildest to the strictest.
    pub const ALL: [Self; 4] = [Self::Show, Self::Mask, Self::Hash, Self::None];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::Mask => "mask",
            Self::Hash => "hash",
            Self::None => "none",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == word)
    }

    /// Whether the value itself never reaches the database.
    const fn hides(self) -> bool {
        matches!(self, Self::Hash | Self::None)
    }
}

/// What was said about one path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Policy {
    path: String,
    storage: Storage,
}

/// What was said about the fields of one source; what is not named is shown.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Policies(Vec<Policy>);

impl Policies {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether more paths can be named.
    pub fn has_room(&self) -> bool {
        self.0.len() < MAX_POLICIES
    }

    /// Whether some value must not reach the database.
    pub fn hides(&self) -> bool {
        self.0.iter().any(|own| own.storage.hides())
    }

    /// What was said about exactly this path.
    pub fn said(&self, path: &str) -> Storage {
        self.0.iter().find(|own| own.path == path).map_or(Storage::Show, |own| own.storage)
    }

    /// How a path is stored: the strictest of what was said about it and about what it stands below.
    pub fn of(&self, path: &str) -> Storage {
        self.0.iter().filter(|own| covers(&own.path, path)).map(|own| own.storage).max().unwrap_or_default()
    }

    /// The strictest of what was said about a path, about what it stands below and about what stands below it.
    pub fn around(&self, path: &str) -> Storage {
        let below = self.0.iter().filter(|own| covers(path, &own.path)).map(|own| own.storage).max();
        below.unwrap_or_default().max(self.of(path))
    }

    /// What a run should know of a field that it mentions, as it was written and as a path: a code and the end of a
    /// sentence.
    pub fn doubt(&self, name: &str, plain: &str) -> Option<(&'static str, &'static str)> {
        // A name with a dot in it is mentioned as it was sent.
        match self.around(plain).max(self.around(&path::escape(name))) {
            Storage::Show | Storage::Mask => None,
            Storage::Hash => Some((
                "hashed_field",
                "stores only as a hash, which is what the run will see; change the field's `storage`, or the template",
            )),
            Storage::None => Some((
                "unstored_field",
                "does not store, so that the run will find it missing; change the field's `storage`, or the template",
            )),
        }
    }

    /// Says something about a path.
    pub fn set(&mut self, path: &str, storage: Storage) {
        self.0.retain(|own| own.path != path);
        if storage != Storage::Show {
            self.0.push(Policy { path: path.to_owned(), storage });
        }
    }

    /// Takes out of what is about to be learned the values that must not be: a masked one leaves a masked sample, a
    /// hashed or unstored one none. A list shows its items, so it leaves none either when one of them is treated.
    pub fn cover(&self, sightings: &mut [Sighting]) {
        if self.is_empty() {
            return;
        }
        for seen in sightings {
            let storage = if seen.kind == FieldKind::List { self.around(&seen.path) } else { self.of(&seen.path) };
            seen.sample = match (storage, seen.kind, seen.sample.take()) {
                (Storage::Show, _, sample) => sample,
                (Storage::Mask, kind, Some(sample)) if kind != FieldKind::List => Some(mask(&sample)),
                (Storage::Mask | Storage::Hash | Storage::None, _, _) => None,
            };
        }
    }
}

/// Whether a path is another one, or stands below it.
fn covers(parent: &str, path: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What becomes of one value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It stays.
    Keep,
    /// This text stands in its place.
    Replace(String),
    /// It goes, with its name.
    Remove,
}

/// Why a payload is treated.
#[derive(Clone, Copy)]
pub enum Purpose<'a> {
    /// It is about to be stored: hashed with this, unless it comes a second time and may be hashed already.
    Store {
        /// The keyed hash.
        hash: &'a dyn Fn(&str) -> String,
        /// Whether hashes that stand there stay as they are.
        again: bool,
    },
    /// A person looks at it.
    Show,
}

/// The policies of a source on their way through one payload.
#[derive(Clone, Copy)]
pub struct Treatment<'a> {
    /// What was said.
    pub policies: &'a Policies,
    /// Why.
    pub purpose: Purpose<'a>,
}

impl Treatment<'_> {
    /// Treats a payload in place; whether anything changed.
    pub fn payload(&self, payload: &mut Object) -> bool {
        self.object("", payload, Storage::Show)
    }

    /// What becomes of a text at a path.
    pub fn text(&self, path: &str, text: &str) -> Fate {
        self.fate(self.policies.of(path), text)
    }

    fn fate(&self, storage: Storage, text: &str) -> Fate {
        match (storage, self.purpose) {
            (Storage::Show, _) | (Storage::Mask, Purpose::Store { .. }) => Fate::Keep,
            (Storage::None, Purpose::Store { .. }) => Fate::Remove,
            _ if text.is_empty() => Fate::Keep,
            (Storage::Hash, Purpose::Store { again: true, .. }) if is_hashed(text) => Fate::Keep,
            (Storage::Hash, Purpose::Store { hash, .. }) => Fate::Replace(hash(text)),
            // A hash says nothing to anybody, and whoever compares events must see it whole.
            (Storage::Hash, Purpose::Show) if is_hashed(text) => Fate::Keep,
            (Storage::Mask | Storage::Hash | Storage::None, Purpose::Show) => Fate::Replace(mask(text)),
        }
    }

    /// Recursion ends with the payload's depth, which reading has limited.
    fn object(&self, parent: &str, object: &mut Object, inherited: Storage) -> bool {
        let mut changed = false;
        let mut gone: Vec<String> = Vec::new();
        for (key, value) in object.iter_mut() {
            let path = path::join(parent, key);
            let storage = inherited.max(self.policies.said(&path));
            if storage == Storage::None && matches!(self.purpose, Purpose::Store { .. }) {
                gone.push(key.clone());
            } else {
                changed |= self.value(&path, value, storage);
            }
        }
        for key in &gone {
            object.shift_remove(key);
        }
        changed || !gone.is_empty()
    }

    fn value(&self, path: &str, value: &mut Value, storage: Storage) -> bool {
        let text = match value {
            Value::Object(object) => return self.object(path, object, storage),
            Value::Array(items) => {
                let path = format!("{path}[]");
                let storage = storage.max(self.policies.said(&path));
                let mut changed = false;
                for item in items {
                    changed |= self.value(&path, item, storage);
                }
                return changed;
            }
            Value::Null => return false,
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
        };
        match self.fate(storage, &text) {
            Fate::Keep => false,
            Fate::Replace(other) => {
                *value = Value::String(other);
                true
            }
            // Within a list nothing is removed: its items would change places.
            Fate::Remove => {
                *value = Value::Null;
                true
            }
        }
    }
}

/// A keyed hash as it is stored.
pub fn hashed(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().take(DIGITS / 2).fold(HASHED.to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_hashed(text: &str) -> bool {
    text.strip_prefix(HASHED).is_some_and(|rest| rest.len() == DIGITS && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A value as people see it who need not know it: its first two characters and, of an address, the `@`.
pub fn mask(text: &str) -> String {
    let (own, end) = match text.rsplit_once('@') {
        Some((local, _)) => (local, "…@…"),
        None => (text, "…"),
    };
    // Of a short text two characters would be nearly all of it.
    let shown = if own.chars().count() > 4 { 2 } else { 0 };
    own.chars().take(shown).collect::<String>() + end
}

/// Whether a path can be treated: it can be learned, and names something.
pub fn is_path(path: &str) -> bool {
    flat::is_learnable(path) && path::split(path).iter().all(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::flatten;

    fn policies(said: &[(&str, Storage)]) -> Policies {
        let mut policies = Policies::default();
        said.iter().for_each(|(path, storage)| policies.set(path, *storage));
        policies
    }

    fn stored(said: &[(&str, Storage)], json: &str) -> (bool, String) {
        let mut payload: Object = serde_json::from_str(json).unwrap();
        let hash = |text: &str| format!("#{text}");
        let policies = policies(said);
        let treatment = Treatment { policies: &policies, purpose: Purpose::Store { hash: &hash, again: false } };
        let changed = treatment.payload(&mut payload);
        (changed, Value::Object(payload).to_string())
    }

    #[test]
    fn what_is_not_stored_goes_with_its_name_and_the_rest_keeps_text_and_order() {
        let json = r#"{"b":89.90,"iban":"IT60","a":12345678901234567890123,"c":{"iban":1}}"#;
        assert_eq!(
            stored(&[("iban", Storage::None)], json),
            (true, r#"{"b":89.90,"a":12345678901234567890123,"c":{"iban":1}}"#.to_owned())
        );
        assert!(!stored(&[("x", Storage::None)], json).0);
    }

    #[test]
    fn a_hash_stands_for_each_value_and_nothing_stays_nothing() {
        let json = r#"{"a":"x","b":7,"c":null,"d":"","l":["x",{"e":true}],"o":{"p":{"q":"y"}}}"#;
        let all: Vec<_> = ["a", "b", "c", "d", "l", "o"].map(|path| (path, Storage::Hash)).to_vec();
        assert_eq!(
            stored(&all, json).1,
            r##"{"a":"#x","b":"#7","c":null,"d":"","l":["#x",{"e":"#true"}],"o":{"p":{"q":"#y"}}}"##
        );
    }

    #[test]
    fn paths_within_lists_and_escaped_names_are_met() {
        let json = r#"{"prodotti":[{"nome":"a","qta":1},{"nome":"b"}],"a.b":"x","t":["u","v"]}"#;
        let said = [("prodotti[].nome", Storage::None), (r"a\.b", Storage::Hash), ("t[]", Storage::Hash)];
        assert_eq!(stored(&said, json).1, r##"{"prodotti":[{"qta":1},{}],"a.b":"#x","t":["#u","#v"]}"##);
    }

    #[test]
    fn below_a_path_nothing_is_milder() {
        let json = r#"{"c":{"n":"x","m":"y"}}"#;
        assert_eq!(stored(&[("c", Storage::Hash), ("c.n", Storage::Mask)], json).1, r##"{"c":{"n":"#x","m":"#y"}}"##);
        assert_eq!(stored(&[("c", Storage::Hash), ("c.n", Storage::None)], json).1, r##"{"c":{"m":"#y"}}"##);
        assert_eq!(policies(&[("c", Storage::Hash)]).of("c.n[].x"), Storage::Hash);
        assert_eq!(policies(&[("c", Storage::Hash)]).of("cc"), Storage::Show);
    }

    #[test]
    fn a_mask_shows_little_and_stores_all() {
        for (text, masked) in [
            ("mario@example.it", "ma…@…"),
            ("io@example.it", "…@…"),
            ("+393331234567", "+3…"),
            ("1234", "…"),
            ("Cittàverde", "Ci…"),
        ] {
            assert_eq!(mask(text), masked);
        }
        assert!(!stored(&[("a", Storage::Mask)], r#"{"a":"mario@example.it"}"#).0);
    }

    #[test]
    fn shown_values_are_masked_also_those_that_came_before_they_were_hashed() {
        let policies = policies(&[("a", Storage::Hash), ("b", Storage::Hash), ("c", Storage::None)]);
        let hash = hashed(&[7; 32]);
        let mut payload: Object =
            serde_json::from_str(&format!(r#"{{"a":"{hash}","b":"secret","c":"secret"}}"#)).unwrap();
        Treatment { policies: &policies, purpose: Purpose::Show }.payload(&mut payload);
        assert_eq!(Value::Object(payload).to_string(), format!(r#"{{"a":"{hash}","b":"se…","c":"se…"}}"#));
    }

    #[test]
    fn only_what_comes_a_second_time_keeps_its_hash() {
        let policies = policies(&[("a", Storage::Hash)]);
        let twice = |_: &str| "twice".to_owned();
        let treated = |again: bool| {
            let mut payload = Object::from_iter([("a".to_owned(), Value::from(hashed(&[7; 32])))]);
            Treatment { policies: &policies, purpose: Purpose::Store { hash: &twice, again } }.payload(&mut payload)
        };
        assert_eq!((treated(false), treated(true)), (true, false));
    }

    #[test]
    fn samples_are_covered_also_those_of_the_list_around_them() {
        let json = r#"{"email":"mario@example.it","iban":"IT60","prodotti":[{"nome":"a"}],"altro":"x"}"#;
        let mut flat = flatten(&serde_json::from_str(json).unwrap());
        policies(&[("email", Storage::Mask), ("iban", Storage::Hash), ("prodotti[].nome", Storage::Mask)])
            .cover(&mut flat.learned);
        let samples: Vec<_> = flat.learned.iter().map(|seen| (seen.path.as_str(), seen.sample.as_deref())).collect();
        let expected = [
            ("email", Some("ma…@…")),
            ("iban", None),
            ("prodotti", None),
            ("prodotti[].nome", Some("…")),
            ("altro", Some("x")),
        ];
        assert_eq!(samples, expected);
    }
}
