//! The small ports: randomness that repeats itself, a log that can be read, and one time zone.
//!
//! Nothing here is random, and no file is written.

use std::cell::{Cell, RefCell};

use crate::app::ports::{Entropy, Level, Log};
use crate::domain::time::Timestamp;

/// Randomness that is the same in every run of a test, and different in every call.
#[derive(Debug, Default)]
pub struct MemoryEntropy {
    state: Cell<u64>,
}

impl MemoryEntropy {
    /// Randomness that follows from a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: Cell::new(seed) }
    }
}

impl Entropy for MemoryEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64: a counter, well mixed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
            // generators", 2014.
            self.state.set(self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
            let mut mixed = self.state.get();
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            for (byte, random) in chunk.iter_mut().zip(mixed.to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

/// A log that a test reads.
#[derive(Debug, Default)]
pub struct MemoryLog {
    lines: RefCell<Vec<(Level, String)>>,
}

impl MemoryLog {
    /// Every line so far.
    pub fn lines(&self) -> Vec<(Level, String)> {
        self.lines.borrow().clone()
    }

    /// Whether a line holds these words.
    pub fn mentions(&self, words: &str) -> bool {
        self.lines.borrow().iter().any(|(_, line)| line.contains(words))
    }
}

impl Log for MemoryLog {
    fn write(&self, level: Level, line: &str) {
        self.lines.borrow_mut().push((level, line.to_owned()));
    }
}

/// Minutes ahead of UTC: `Europe/Rome` by the rule of the European Union, every other zone as UTC.
///
/// Summer time lasts from the last Sunday of March to that of October, both at 01:00 UTC. Source: Directive 2000/84/EC.
pub fn zone_offset(zone: &str, at: Timestamp) -> i32 {
    if zone != "Europe/Rome" {
        return 0;
    }
    let utc = at.to_utc();
    let (month, day, hour) = (u8::from(utc.month()), utc.day(), utc.hour());
    let sunday = day.saturating_sub(utc.weekday().number_days_from_sunday());
    // The last Sunday of a month of 31 days is on its 25th or later.
    let past_change = sunday >= 25 && (sunday < day || hour >= 1);
    let summer = match month {
        4..=9 => true,
        3 => past_change,
        10 => !past_change,
        _ => false,
    };
    if summer { 120 } else { 60 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rome_changes_its_clocks_on_the_last_sundays() {
        for (at, minutes) in [
            ("2026-01-01T00:00:00Z", 60),
            ("2026-03-29T00:59:59Z", 60),
            ("2026-03-29T01:00:00Z", 120),
            ("2026-03-30T00:00:00Z", 120),
            ("2026-07-01T12:00:00Z", 120),
            ("2026-10-24T23:00:00Z", 120),
            ("2026-10-25T00:59:59Z", 120),
            ("2026-10-25T01:00:00Z", 60),
            ("2026-10-31T00:00:00Z", 60),
            ("2027-10-30T12:00:00Z", 120),
            ("2027-10-31T01:00:00Z", 60),
        ] {
            assert_eq!(zone_offset("Europe/Rome", Timestamp::parse_rfc3339(at).unwrap()), minutes, "{at}");
        }
        assert_eq!(zone_offset("America/New_York", Timestamp::from_millis(0)), 0);
    }

    #[test]
    fn randomness_repeats_with_its_seed_and_never_within() {
        let draw = |seed| {
            let entropy = MemoryEntropy::new(seed);
            let mut bytes = [[0; 20]; 2];
            bytes.iter_mut().for_each(|bytes| entropy.fill(bytes));
            bytes
        };
        assert_eq!(draw(1), draw(1));
        assert!(draw(1) != draw(2) && draw(1)[0] != draw(1)[1]);
    }
}
