//! Ids: typed by prefix, ordered by time, made from a clock and entropy that the caller brings.
//!
//! It does not look anything up: an id that parses may still name nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// Length of a ULID in text: 10 characters of time, 16 of entropy.
const ULID_LEN: usize = 26;

/// Length of an automation's own part: the ULID's time and 30 bits of its entropy.
///
/// Shorter than the others because a run's id contains it. Two automations collide only when they are made in the
/// same millisecond of the same database with the same 30 bits.
const SHORT_LEN: usize = 16;

fn ulid(at: Timestamp, entropy: u128) -> String {
    ulid::Ulid::from_parts(at.as_millis().unsigned_abs(), entropy).to_string()
}

fn is_crockford(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'Z') && !matches!(b, b'I' | b'L' | b'O' | b'U'))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $len:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every id of this type begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id. `entropy` must be fresh: it is all that keeps two ids of one millisecond apart.
            pub fn new(at: Timestamp, entropy: u128) -> Self {
                let mut text = ulid(at, entropy);
                text.truncate($len);
                Self(format!("{}{}", $prefix, text))
            }

            /// Reads an id that came from outside; `None` when it cannot be one.
            pub fn parse(text: &str) -> Option<Self> {
                let own = text.strip_prefix($prefix)?;
                (own.len() == $len && is_crockford(own)).then(|| Self(text.to_owned()))
            }

            /// The id as it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id without its prefix.
            pub fn own_part(&self) -> &str {
                self.0.get($prefix.len()..).unwrap_or_default()
            }

            /// The smallest id of this type that could be made at `at`: a boundary for ranges in time.
            pub fn floor(at: Timestamp) -> Self {
                Self::new(at, 0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A source: an inbound address.
    SourceId, "src_", ULID_LEN
);
id!(
    /// An event: a delivery that was accepted and stored.
    EventId, "evt_", ULID_LEN
);
id!(
    /// An automation, whatever its revision.
    AutomationId, "aut_", SHORT_LEN
);
id!(
    /// A connection: credentials for a provider.
    ConnectionId, "con_", ULID_LEN
);
id!(
    /// A contact.
    ContactId, "cnt_", ULID_LEN
);
id!(
    /// The replay of a range of events.
    ReplayId, "rpl_", ULID_LEN
);
id!(
    /// The erasure of what is known about a person.
    ErasureId, "ers_", ULID_LEN
);

id!(
    /// A refused delivery.
    RefusalId, "ref_", ULID_LEN
);

impl RefusalId {
    /// When the delivery was refused: its id carries it.
    pub fn refused_at(&self) -> Timestamp {
        time_of(self.own_part())
    }
}

fn time_of(ulid: &str) -> Timestamp {
    let millis = ulid::Ulid::from_string(ulid).map_or(0, |ulid| ulid.timestamp_ms());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(0))
}

impl EventId {
    /// When the event was received: its id carries it.
    pub fn received_at(&self) -> Timestamp {
        time_of(self.own_part())
    }
}

/// A run: one event, one automation, and how often that pair was run before.
///
/// It is made of the three, so that a run needs no index of its own and the same run cannot be inserted twice.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RunId {
    /// The event that the run is for.
    pub event: EventId,
    /// The automation that it runs.
    pub automation: AutomationId,
    /// 1 for the first run of the pair, one more for each replay.
    pub number: u32,
}

impl RunId {
    /// What every run's id begins with.
    pub const PREFIX: &'static str = "run_";

    /// Reads an id that came from outside; `None` when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let own = text.strip_prefix(Self::PREFIX)?;
        let event = EventId::parse(&format!("{}{}", EventId::PREFIX, own.get(..ULID_LEN)?))?;
        let rest = own.get(ULID_LEN..)?;
        let automation = AutomationId::parse(&format!("{}{}", AutomationId::PREFIX, rest.get(..SHORT_LEN)?))?;
        let number = rest.get(SHORT_LEN..)?;
        if number.starts_with(['0', '+']) {
            return None;
        }
        Some(Self { event, automation, number: number.parse().ok()? })
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}{}", Self::PREFIX, self.event.own_part(), self.automation.own_part(), self.number)
    }
}

impl Serialize for RunId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the id of a run"))
    }
}

/// The unguessable part of an ingest URL: 160 random bits, 32 characters.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Makes a token of 20 random bytes.
    pub fn new(entropy: [u8; 20]) -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut text = String::with_capacity(32);
        for five in entropy.chunks_exact(5) {
            let bits = five.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
            for shift in (0..8).rev() {
                let digit = usize::try_from((bits >> (shift * 5)) & 31).unwrap_or(0);
                text.push(char::from(ALPHABET.get(digit).copied().unwrap_or(b'0')));
            }
        }
        Self(text)
    }

    /// Reads a token from a URL; `None` when it cannot be one, so that no look-up is wasted on it.
    pub fn parse(text: &str) -> Option<Self> {
        let possible = text.len() == 32 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        possible.then(|| Self(text.to_owned()))
    }

    /// The token as it stands in the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_prefix_and_time() {
        let at = Timestamp::from_millis(1_764_000_000_000);
        let id = EventId::new(at, 7);
        assert!(id.as_str().starts_with("evt_"));
        assert_eq!(id.received_at(), at);
        assert_eq!(EventId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn ids_of_later_times_sort_later() {
        let early = EventId::new(Timestamp::from_millis(1_000), u128::MAX);
        assert!(early < EventId::floor(Timestamp::from_millis(1_001)));
    }

    #[test]
    fn a_run_id_survives_the_way_through_text() {
        let at = Timestamp::from_millis(1_764_000_000_000);
        let id = RunId { event: EventId::new(at, 1), automation: AutomationId::new(at, 2), number: 12 };
        assert_eq!(RunId::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn what_cannot_be_an_id_is_refused() {
        for text in [
            "",
            "evt_",
            "run_x",
            "evt_01ARZ3NDEKTSV4RRFFQ69G5FAVX",
            "evt_àààààààààààààà",
            "src_01ARZ3NDEKTSV4RRFFQ69G5FAI",
        ] {
            assert!(EventId::parse(text).is_none() && RunId::parse(text).is_none() && SourceId::parse(text).is_none());
        }
    }

    #[test]
    fn a_token_has_32_characters_of_160_bits() {
        let token = Token::new([255; 20]);
        assert_eq!(token.as_str(), "z".repeat(32));
        assert_eq!(Token::parse(token.as_str()), Some(token));
    }
}
