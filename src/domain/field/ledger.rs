//! The ledger of a source's fields, and what a batch of its events adds to it.
//!
//! A [`Tally`] gathers per path, so that a batch costs one statement and not a row per field per event. It enforces no
//! limit of paths (the store does) and stores nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{FieldKind, Flat, Meaning, Sighting};
use crate::domain::time::Timestamp;

/// **Limit:** samples of a field.
pub const MAX_SAMPLES: usize = 3;

/// What a source has taught about one path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// Where: `cliente.nome`, `prodotti[].nome`.
    pub path: String,
    /// Every kind ever seen, in order of first appearance.
    pub kinds: Vec<FieldKind>,
    /// What it is about.
    pub meaning: Option<Meaning>,
    /// Whether the operator said so (also: that it has none), so that no guess may change it.
    pub meaning_set_by_operator: bool,
    /// The most recent distinct values, newest first, at most [`MAX_SAMPLES`]; none while masked.
    pub samples: Vec<String>,
    /// Whether the operator wants no value of this field to be shown.
    pub masked: bool,
    /// Events in which the value was neither null nor empty.
    pub present: u64,
    /// Events in which it was `""`, null or an empty list.
    pub empty: u64,
    /// The first event with this path.
    pub first_seen: Timestamp,
    /// The last one.
    pub last_seen: Timestamp,
    /// Whether only tests ever sent it.
    pub test_only: bool,
}

impl Field {
    /// A field of which only this is known.
    pub fn new(entry: &Entry) -> Self {
        let mut field = Self {
            path: entry.path.clone(),
            kinds: Vec::new(),
            meaning: None,
            meaning_set_by_operator: false,
            samples: Vec::new(),
            masked: false,
            present: 0,
            empty: 0,
            first_seen: entry.first_seen,
            last_seen: entry.last_seen,
            test_only: true,
        };
        field.absorb(entry);
        field
    }

    /// Adds what a batch saw. The order of batches matters only for which sample counts as newer.
    pub fn absorb(&mut self, entry: &Entry) {
        for kind in &entry.kinds {
            if !self.kinds.contains(kind) {
                self.kinds.push(*kind);
            }
        }
        if !self.meaning_set_by_operator {
            self.meaning = entry.verdict(self.meaning, self.present);
        }
        if self.masked {
            self.samples.clear();
        } else {
            let newer = entry.last_seen >= self.last_seen;
            let (first, second) = if newer { (&entry.samples, &self.samples) } else { (&self.samples, &entry.samples) };
            self.samples = newest(first.iter().chain(second));
        }
        self.present = self.present.saturating_add(entry.present);
        self.empty = self.empty.saturating_add(entry.empty);
        self.first_seen = self.first_seen.min(entry.first_seen);
        self.last_seen = self.last_seen.max(entry.last_seen);
        self.test_only &= !entry.any_real;
    }
}

/// What a batch of events says about one path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where.
    pub path: String,
    /// The kinds seen, in order of first appearance.
    pub kinds: Vec<FieldKind>,
    /// How often which meaning was guessed from a value that was not empty; `None` counts the values that had none.
    pub votes: Vec<(Option<Meaning>, u64)>,
    /// Distinct values, newest first, at most [`MAX_SAMPLES`].
    pub samples: Vec<String>,
    /// Events in which the value was neither null nor empty.
    pub present: u64,
    /// Events in which it was.
    pub empty: u64,
    /// The earliest event.
    pub first_seen: Timestamp,
    /// The latest one.
    pub last_seen: Timestamp,
    /// Whether an event was no test.
    pub any_real: bool,
}

impl Entry {
    fn new(path: &str, at: Timestamp) -> Self {
        Self {
            path: path.to_owned(),
            kinds: Vec::new(),
            votes: Vec::new(),
            samples: Vec::new(),
            present: 0,
            empty: 0,
            first_seen: at,
            last_seen: at,
            any_real: false,
        }
    }

    /// The guess of most values of this batch; a meaning wins over none when they are equal, the earlier over the later.
    pub fn meaning(&self) -> Option<Meaning> {
        self.winner().and_then(|(meaning, _)| meaning)
    }

    fn winner(&self) -> Option<(Option<Meaning>, u64)> {
        // `max_by_key` takes the last of equals, so that the first guess is asked last.
        self.votes.iter().rev().copied().max_by_key(|&(meaning, votes)| (votes, meaning.is_some()))
    }

    /// The meaning after this batch, when `known` was guessed from `weight` values before.
    ///
    /// A guess stays until more values speak against it than ever spoke for it: one odd value among many changes
    /// nothing, and a first event with an odd value does not decide for ever.
    pub fn verdict(&self, known: Option<Meaning>, weight: u64) -> Option<Meaning> {
        match self.winner() {
            Some((meaning, votes)) if votes > weight => meaning,
            Some((Some(meaning), _)) if known.is_none() && weight == 0 => Some(meaning),
            Some(_) | None => known,
        }
    }

    fn note(&mut self, sighting: &Sighting, at: Timestamp, test: bool) {
        if !self.kinds.contains(&sighting.kind) {
            self.kinds.push(sighting.kind);
        }
        if sighting.empty {
            self.empty += 1;
        } else {
            self.present += 1;
            match self.votes.iter_mut().find(|(meaning, _)| *meaning == sighting.meaning) {
                Some((_, votes)) => *votes += 1,
                None => self.votes.push((sighting.meaning, 1)),
            }
        }
        if let Some(sample) = &sighting.sample {
            let newer = at >= self.last_seen;
            let own = std::iter::once(sample);
            self.samples =
                if newer { newest(own.chain(&self.samples)) } else { newest(self.samples.iter().chain(own)) };
        }
        self.first_seen = self.first_seen.min(at);
        self.last_seen = self.last_seen.max(at);
        self.any_real |= !test;
    }
}

/// The first few distinct ones.
fn newest<'a>(samples: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::with_capacity(MAX_SAMPLES);
    for sample in samples {
        if distinct.len() == MAX_SAMPLES {
            break;
        }
        if !distinct.contains(sample) {
            distinct.push(sample.clone());
        }
    }
    distinct
}

/// What a batch of events of one source adds to its fields, gathered per path.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
    events: u64,
}

impl Tally {
    /// Adds one event.
    pub fn note(&mut self, flat: &Flat, at: Timestamp, test: bool) {
        self.events += 1;
        for sighting in &flat.learned {
            let place = match self.places.get(&sighting.path) {
                Some(&place) => place,
                None => {
                    self.places.insert(sighting.path.clone(), self.entries.len());
                    self.entries.push(Entry::new(&sighting.path, at));
                    self.entries.len() - 1
                }
            };
            if let Some(entry) = self.entries.get_mut(place) {
                entry.note(sighting, at, test);
            }
        }
    }

    /// One per path, in order of first appearance.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many events were noted.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Whether nothing was noted.
    pub const fn is_empty(&self) -> bool {
        self.events == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::flatten;

    fn tally(events: &[(&str, i64, bool)]) -> Tally {
        let mut tally = Tally::default();
        for (json, at, test) in events {
            tally.note(&flatten(&serde_json::from_str(json).unwrap()), Timestamp::from_millis(*at), *test);
        }
        tally
    }

    fn field(events: &[(&str, i64, bool)]) -> Field {
        Field::new(&tally(events).entries()[0])
    }

    #[test]
    fn null_empty_and_missing_are_three_states() {
        let tally = tally(&[(r#"{"a":"x","b":1}"#, 1, false), (r#"{"a":null}"#, 2, false), (r#"{"a":""}"#, 3, false)]);
        let entries: Vec<_> =
            tally.entries().iter().map(|entry| (entry.path.as_str(), entry.present, entry.empty)).collect();
        assert_eq!(entries, [("a", 1, 2), ("b", 1, 0)]);
        assert_eq!(tally.entries()[0].kinds, [FieldKind::Text, FieldKind::Null]);
        assert_eq!(tally.events(), 3);
    }

    #[test]
    fn samples_are_the_newest_distinct_three() {
        let own = field(&[
            (r#"{"a":1}"#, 1, false),
            (r#"{"a":2}"#, 2, false),
            (r#"{"a":1}"#, 3, false),
            (r#"{"a":4}"#, 5, false),
            (r#"{"a":3}"#, 4, false),
        ]);
        assert_eq!(own.samples, ["4", "1", "2"]);
        let mut own = field(&[(r#"{"a":9}"#, 9, false)]);
        own.absorb(&tally(&[(r#"{"a":8}"#, 8, false)]).entries()[0]);
        assert_eq!(
            (own.samples, own.first_seen, own.last_seen),
            (vec!["9".to_owned(), "8".to_owned()], Timestamp::from_millis(8), Timestamp::from_millis(9))
        );
    }

    #[test]
    fn a_masked_field_learns_no_samples() {
        let mut own = field(&[(r#"{"a":1}"#, 1, false)]);
        own.masked = true;
        own.absorb(&tally(&[(r#"{"a":2}"#, 2, false)]).entries()[0]);
        assert!(own.samples.is_empty());
        assert_eq!(own.present, 2);
    }

    #[test]
    fn a_field_is_test_only_until_a_real_event_has_it() {
        let mut own = field(&[(r#"{"a":1}"#, 1, true)]);
        assert!(own.test_only);
        own.absorb(&tally(&[(r#"{"a":1}"#, 2, true), (r#"{"a":1}"#, 3, false)]).entries()[0]);
        assert!(!own.test_only);
    }

    #[test]
    fn one_odd_value_does_not_change_a_meaning_and_many_do() {
        let mut own = field(&[(r#"{"telefono":"non so"}"#, 1, false)]);
        assert_eq!(own.meaning, None);
        own.absorb(
            &tally(&[(r#"{"telefono":"333 1234567"}"#, 2, false), (r#"{"telefono":"02 1234567"}"#, 3, false)])
                .entries()[0],
        );
        assert_eq!(own.meaning, Some(Meaning::Phone));
        own.absorb(&tally(&[(r#"{"telefono":"boh"}"#, 4, false)]).entries()[0]);
        assert_eq!(own.meaning, Some(Meaning::Phone));
    }

    #[test]
    fn the_operator_has_the_last_word() {
        let mut own = field(&[(r#"{"a":"x@example.com"}"#, 1, false)]);
        own.meaning = None;
        own.meaning_set_by_operator = true;
        own.absorb(
            &tally(&[(r#"{"a":"y@example.com"}"#, 2, false), (r#"{"a":"z@example.com"}"#, 3, false)]).entries()[0],
        );
        assert_eq!(own.meaning, None);
    }
}
