//! The ledger of a source's fields, and what a batch of its events adds to it.
//!
//! A [`Tally`] gathers per path, so that a batch costs one statement and not a row per field per event. It stores nothing,
//! enforces no limit of paths, and does not merge with what was known before: the store's statement does.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::flat::sightings_where;
use super::{FieldKind, Meaning, Sighting};
use crate::domain::payload::Object;
use crate::domain::time::Timestamp;

/// **Limit:** samples of a field.
pub const MAX_SAMPLES: usize = 3;

/// **Limit:** values of a path that are looked at in one batch, for what they mean and as samples: more say the same.
const MAX_LOOKS: u64 = 8;

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

/// What a batch of events says about one path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where.
    pub path: String,
    /// How often which meaning was guessed from a value that was looked at; `None` counts the values that had none.
    pub votes: Vec<(Option<Meaning>, u64)>,
    /// Distinct values of those that were looked at, newest first, at most [`MAX_SAMPLES`].
    pub samples: Vec<String>,
    /// Events in which the value was neither null nor empty.
    pub present: u64,
    /// Events in which it was.
    pub empty: u64,
    /// The latest event.
    pub last_seen: Timestamp,
    /// Whether an event was no test.
    pub any_real: bool,
}

impl Entry {
    fn new(path: &str, at: Timestamp) -> Self {
        Self {
            path: path.to_owned(),
            votes: Vec::new(),
            samples: Vec::new(),
            present: 0,
            empty: 0,
            last_seen: at,
            any_real: false,
        }
    }

    /// The guess of most values of this batch; a meaning wins over none when they are equal, the earlier over the later.
    pub fn meaning(&self) -> Option<Meaning> {
        // `max_by_key` takes the last of equals, so that the first guess is asked last.
        let winner = self.votes.iter().rev().copied().max_by_key(|&(meaning, votes)| (votes, meaning.is_some()));
        winner.and_then(|(meaning, _)| meaning)
    }

    /// Whether more values are to be looked at.
    const fn looks_on(&self) -> bool {
        self.present < MAX_LOOKS
    }

    fn note(&mut self, sighting: &Sighting, at: Timestamp, test: bool) {
        let looks_on = self.looks_on();
        if sighting.empty {
            self.empty += 1;
        } else {
            self.present += 1;
        }
        if looks_on && !sighting.empty {
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
}

impl Tally {
    /// What an event says, to be noted: samples and meanings only of paths of which more is to be known.
    pub fn sightings(&self, payload: &Object) -> Vec<Sighting> {
        let entry = |path: &str| self.places.get(path).and_then(|place| self.entries.get(*place));
        sightings_where(payload, &|path| entry(path).is_none_or(Entry::looks_on))
    }

    /// Adds what one event says. The newest are to come first, because the first are looked at.
    pub fn note(&mut self, sightings: &[Sighting], at: Timestamp, test: bool) {
        for sighting in sightings {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::sightings;

    fn tally(events: &[(&str, i64, bool)]) -> Tally {
        let mut tally = Tally::default();
        for (json, at, test) in events {
            tally.note(&sightings(&serde_json::from_str(json).unwrap()), Timestamp::from_millis(*at), *test);
        }
        tally
    }

    #[test]
    fn null_empty_and_missing_are_three_states() {
        let tally = tally(&[(r#"{"a":"x","b":1}"#, 1, false), (r#"{"a":null}"#, 2, false), (r#"{"a":""}"#, 3, false)]);
        let entries: Vec<_> =
            tally.entries().iter().map(|entry| (entry.path.as_str(), entry.present, entry.empty)).collect();
        assert_eq!(entries, [("a", 1, 2), ("b", 1, 0)]);
    }

    #[test]
    fn of_a_large_batch_the_first_values_say_what_the_others_would() {
        let mut tally = Tally::default();
        for n in (0..20).rev() {
            let payload =
                serde_json::from_str(&format!(r#"{{"a":"n{n}","b":"","c":"2025-12-{:02}"}}"#, n + 1)).unwrap();
            let seen = tally.sightings(&payload);
            assert_eq!(seen[2].sample.is_some(), n >= 12, "{n}");
            tally.note(&seen, Timestamp::from_millis(n), n % 2 == 0);
        }
        let [a, b, c] = tally.entries() else { panic!("three paths") };
        assert_eq!(
            (a.present, a.samples.join(" "), a.last_seen),
            (20, "n19 n18 n17".to_owned(), Timestamp::from_millis(19))
        );
        assert_eq!((b.present, b.empty), (0, 20));
        assert_eq!(c.votes, [(Some(Meaning::Date), 8)]);
    }

    #[test]
    fn samples_are_the_newest_distinct_three() {
        let tally = tally(&[
            (r#"{"a":1}"#, 1, false),
            (r#"{"a":2}"#, 2, false),
            (r#"{"a":1}"#, 3, false),
            (r#"{"a":4}"#, 5, false),
            (r#"{"a":3}"#, 4, false),
        ]);
        assert_eq!(tally.entries()[0].samples, ["4", "1", "2"]);
    }
}
