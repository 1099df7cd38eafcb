//! Points in time, and the way they are written.
//!
//! It does not know what time it is: every "now" comes in from the clock port.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A point in time: milliseconds since 1970 in UTC. Stored as that number, shown as RFC 3339 with `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Later than anything that happens: 200,000 years from now, still exact as a JavaScript number.
    pub const NEVER: Self = Self(8_640_000_000_000_000);

    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// So many milliseconds later (earlier when negative).
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 (`2026-11-24T10:00:00Z`, any offset).
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }

    /// The same moment as a date and time in UTC; what is outside of the years 0 to 9999 becomes 1970.
    pub fn to_utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .filter(|at| (0..=9999).contains(&at.year()))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.to_utc();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond()
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How a time is written in the API: for `#[serde(serialize_with = …)]`-free structs, a text made once.
pub fn rfc3339(at: Timestamp) -> String {
    at.to_string()
}

/// Answers by how many minutes local time is ahead of UTC at a moment, in the named IANA time zone.
///
/// The runtime knows the zones (`Intl`); compiling them in would cost 135 KiB compressed. A plain function pointer,
/// because filters of the template engine must be `Send + Sync`.
pub type ZoneOffset = fn(zone: &str, at: Timestamp) -> i32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_milliseconds_and_z() {
        assert_eq!(Timestamp::from_millis(1_764_000_000_123).to_string(), "2025-11-24T16:00:00.123Z");
    }

    #[test]
    fn rfc3339_is_read_with_any_offset() {
        let utc = Timestamp::parse_rfc3339("2025-11-24T16:00:00Z");
        assert_eq!(utc, Timestamp::parse_rfc3339("2025-11-24T17:00:00+01:00"));
        assert_eq!(utc, Some(Timestamp::from_millis(1_764_000_000_000)));
    }
}
