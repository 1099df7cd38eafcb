//! How much a source may receive in a day, how much may be sent, how full the database may get: the numbers, and what
//! follows from them.
//!
//! It counts nothing: what was counted is an argument.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::{Call, Object};
use super::event;
use super::ids::AutomationId;
use super::input::Reader;
use super::problem::Fault;
use super::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// **Limit:** events that a source takes in a day when nobody says otherwise: a quarter of what one D1 database holds
/// (10 GB, some four million events of 2.5 KB), and far beyond what a shop sells.
pub const EVENTS_PER_DAY: u32 = 1_000_000;

/// **Limit:** bytes of bodies that a source takes in a day when nobody says otherwise: 2 GiB, a fifth of one D1 database.
pub const BYTES_PER_DAY: u32 = 1 << 31;

/// **Limit:** what leaves to one recipient in an hour when nobody says otherwise, where a payload named the recipient.
/// A person gets a few messages about an order; a form that somebody fills in with another's number must not become a
/// weapon.
pub const SENDS_PER_RECIPIENT_HOUR: u32 = 30;

/// **Limit:** messages that one automation sends in a day when nobody says otherwise: one of the tiers of
/// recipients that WhatsApp gives a number.
pub const SENDS_PER_AUTOMATION_DAY: u32 = 10_000;

/// From this part of a limit on there is a warning, in percent.
const WARN_PERCENT: u64 = 80;

/// The day of a moment: days since 1970 in UTC.
pub const fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

/// The hour of a moment: hours since 1970.
pub const fn hour(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR_MS)
}

/// When an hour begins.
pub const fn hour_begins(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour.saturating_mul(HOUR_MS))
}

/// When the day of a moment ends.
pub const fn day_ends(at: Timestamp) -> Timestamp {
    Timestamp::from_millis((day(at) + 1).saturating_mul(DAY_MS))
}

/// When the hour of a moment ends.
pub const fn hour_ends(at: Timestamp) -> Timestamp {
    hour_begins(hour(at) + 1)
}

/// What an operator set for a source; `None` leaves it to the default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Events in a day of UTC.
    #[serde(default)]
    pub events_per_day: Option<u32>,
    /// Bytes of bodies in a day of UTC.
    #[serde(default)]
    pub bytes_per_day: Option<u32>,
}

/// What a source received in a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Events.
    pub events: u64,
    /// Bytes of what was kept of their bodies.
    pub bytes: u64,
}

/// Something that an operator should look at before it is too late.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Stable.
    pub code: &'static str,
    /// In plain words, with what to do.
    pub message: String,
}

impl Limits {
    /// Reads a change against what is set now: null takes everything back to the defaults, keys that are not there stay.
    ///
    /// # Errors
    /// Every fault, by path.
    pub fn parse(value: &Value, now: Self) -> Result<Self, Vec<Fault>> {
        if value.is_null() {
            return Ok(Self::default());
        }
        let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
        let limits = Self {
            events_per_day: bound(&mut reader, "events_per_day", now.events_per_day),
            bytes_per_day: bound(&mut reader, "bytes_per_day", now.bytes_per_day),
        };
        let faults = reader.finish();
        if faults.is_empty() { Ok(limits) } else { Err(faults) }
    }

    /// The events that hold.
    pub fn events(self) -> u64 {
        self.events_per_day.unwrap_or(EVENTS_PER_DAY).into()
    }

    /// The bytes that hold.
    pub fn bytes(self) -> u64 {
        self.bytes_per_day.unwrap_or(BYTES_PER_DAY).into()
    }

    /// Which limit a source has reached, in the words of its refusals.
    pub fn reached(self, used: Usage) -> Option<String> {
        let words = |number: u64, what: &str, key: &str| {
            format!(
                "this source takes {number} {what} a day and has received them; send it again tomorrow (UTC), or raise \
                 the source's `limits.{key}`"
            )
        };
        if used.events >= self.events() {
            return Some(words(self.events(), "events", "events_per_day"));
        }
        (used.bytes >= self.bytes()).then(|| words(self.bytes(), "bytes of bodies", "bytes_per_day"))
    }

    /// What is to be said about a source before, and when, it reaches a limit.
    pub fn warnings(self, used: Usage) -> Vec<Warning> {
        let near = |used: u64, limit: u64, what: &str, key: &str| {
            (used.saturating_mul(100) >= limit.saturating_mul(WARN_PERCENT)).then(|| Warning {
                code: "daily_limit_near",
                message: format!(
                    "{used} of {limit} {what} of today have been received; what comes beyond them is refused with 429 \
                     until midnight UTC, so raise `limits.{key}` if they are real"
                ),
            })
        };
        let events = near(used.events, self.events(), "events", "events_per_day");
        let bytes = near(used.bytes, self.bytes(), "bytes", "bytes_per_day");
        events.into_iter().chain(bytes).collect()
    }
}

fn bound<'a>(reader: &mut Reader<'a>, key: &'a str, now: Option<u32>) -> Option<u32> {
    match reader.value(key) {
        None => now,
        Some(Value::Null) => None,
        Some(_) => reader.integer(key, 1, u32::MAX),
    }
}

/// How much may leave; `None` is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendLimits {
    /// Messages of one automation in a day of UTC.
    pub per_automation_day: Option<u32>,
    /// Messages to one recipient in an hour, of all automations, where a payload named the recipient.
    pub per_recipient_hour: Option<u32>,
}

impl Default for SendLimits {
    fn default() -> Self {
        Self { per_automation_day: Some(SENDS_PER_AUTOMATION_DAY), per_recipient_hour: Some(SENDS_PER_RECIPIENT_HOUR) }
    }
}

/// One count of what is sent: by whom or to whom, in which window, and how much is allowed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// An automation's id, or a recipient as a hash.
    pub key: String,
    /// When the window is over, and its count with it.
    pub ends_at: Timestamp,
    /// How much may be sent in it.
    pub limit: u32,
    /// Why what exceeds it is held, for the operator.
    pub words: String,
}

impl SendLimits {
    /// The windows in which a call counts; none for a call that is no message to a person.
    ///
    /// A recipient whom the operator wrote into the step (the shop's own address) is not counted: the limit is there for
    /// those whom a payload names.
    pub fn windows(self, automation: &AutomationId, params: &Object, call: &Call, now: Timestamp) -> Vec<Window> {
        let named: Vec<&str> = match call {
            Call::Whatsapp(message) => vec![&message.to],
            Call::Email(message) => std::iter::once(&message.to).chain(&message.cc).map(String::as_str).collect(),
            Call::SaveContact(_) | Call::Http(_) => return Vec::new(),
        };
        let mut windows = Vec::new();
        if let Some(limit) = self.per_automation_day {
            let words = format!("this automation has sent its {limit} messages of today (SENDS_PER_AUTOMATION_DAY)");
            windows.push(Window { key: automation.to_string(), ends_at: day_ends(now), limit, words });
        }
        let written = ["to", "cc"].map(|key| params.get(key).map(ToString::to_string).unwrap_or_default()).concat();
        let written = written.to_lowercase();
        let from_payload = |to: &&str| written.contains("{{") && !written.contains(&to.to_lowercase());
        if let Some(limit) = self.per_recipient_hour {
            let words =
                format!("this recipient has been sent {limit} messages in this hour (SENDS_PER_RECIPIENT_HOUR)");
            let window = |to: &str| Window {
                key: event::hash(to.to_lowercase().as_bytes()),
                ends_at: hour_ends(now),
                limit,
                words: words.clone(),
            };
            windows.extend(named.into_iter().filter(from_payload).map(window));
        }
        windows
    }
}

/// How full the database is, and for how long events are therefore kept.
///
/// What D1 holds is bounded, and a full database takes nothing more: then it is better to keep less of the past.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fill {
    /// Bytes in it when it was looked at.
    pub bytes: u64,
    /// Bytes that it can hold.
    pub capacity: u64,
    /// Days that events are kept now; never more than the deployer set.
    pub retention_days: u32,
    /// When it was looked at.
    pub at: Timestamp,
}

/// **Limit:** days that are kept however full the database is: a run's retries and a weekend's report still find their
/// event.
const LEAST_DAYS: u32 = 2;

impl Fill {
    /// As it is kept: four numbers.
    pub fn written(&self) -> String {
        format!("{} {} {} {}", self.bytes, self.capacity, self.retention_days, self.at.as_millis())
    }

    /// Reads what [`Fill::written`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(|number| number.parse::<u64>().ok());
        let mut next = || numbers.next().flatten();
        Some(Self {
            bytes: next()?,
            capacity: next()?,
            retention_days: u32::try_from(next()?).ok()?,
            at: Timestamp::from_millis(i64::try_from(next()?).ok()?),
        })
    }

    /// What follows from a look at the database: above 90 % a quarter less is kept, step by step; below 70 % a day more,
    /// up to what the deployer set.
    pub fn next(before: Option<Self>, bytes: u64, capacity: u64, configured_days: u32, at: Timestamp) -> Self {
        let now = before.map_or(configured_days, |fill| fill.retention_days.min(configured_days));
        let percent = percent(bytes, capacity);
        let least = LEAST_DAYS.min(configured_days);
        let retention_days = if percent >= 90 {
            (now - now.div_ceil(4)).max(least)
        } else if percent < 70 {
            (now + 1).min(configured_days)
        } else {
            now
        };
        Self { bytes, capacity, retention_days, at }
    }

    /// What is to be said about it.
    pub fn warnings(&self, configured_days: u32) -> Vec<Warning> {
        let percent = percent(self.bytes, self.capacity);
        let mut warnings = Vec::new();
        if percent >= WARN_PERCENT {
            let message = format!(
                "the database is {percent} % full ({} of {} MB); lower `RETENTION_DAYS`, lower the limits of the sources \
                 that receive most, or raise `DATABASE_LIMIT_MB` if your plan holds more",
                self.bytes / 1_000_000,
                self.capacity / 1_000_000
            );
            warnings.push(Warning { code: "database_filling", message });
        }
        if self.retention_days < configured_days {
            let message = format!(
                "events are kept {} days instead of {configured_days}, because the database was nearly full",
                self.retention_days
            );
            warnings.push(Warning { code: "retention_shortened", message });
        }
        warnings
    }
}

fn percent(bytes: u64, capacity: u64) -> u64 {
    bytes.saturating_mul(100).checked_div(capacity).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::EmailMessage;
    use serde_json::json;

    const NOON: Timestamp = Timestamp::from_millis(1_764_000_000_000);

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_null_takes_back() {
        let now = Limits { events_per_day: Some(5), bytes_per_day: Some(6) };
        let parse = |value| Limits::parse(&value, now);
        assert_eq!(parse(json!({"events_per_day": 9})), Ok(Limits { events_per_day: Some(9), ..now }));
        assert_eq!(parse(json!({"bytes_per_day": null})), Ok(Limits { bytes_per_day: None, ..now }));
        assert_eq!(parse(json!(null)), Ok(Limits::default()));
        let faults = parse(json!({"events_per_day": 0, "per_day": 1})).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        assert_eq!(paths, [("events_per_day", "invalid"), ("per_day", "unknown_key")]);
    }

    #[test]
    fn a_limit_warns_at_four_fifths_and_is_reached_at_its_number() {
        let limits = Limits { events_per_day: Some(10), bytes_per_day: Some(1_000) };
        let used = |events, bytes| Usage { events, bytes };
        assert!(limits.warnings(used(7, 799)).is_empty());
        assert_eq!(limits.warnings(used(8, 800)).len(), 2);
        assert_eq!(limits.reached(used(9, 999)), None);
        assert!(limits.reached(used(10, 0)).unwrap().contains("events_per_day"));
        assert!(limits.reached(used(0, 1_000)).unwrap().contains("bytes_per_day"));
    }

    #[test]
    fn windows_end_with_their_hour_and_day() {
        assert_eq!(hour_ends(NOON).to_string(), "2025-11-24T17:00:00.000Z");
        assert_eq!(day_ends(NOON).to_string(), "2025-11-25T00:00:00.000Z");
        assert_eq!(hour_begins(hour(NOON)), NOON);
    }

    #[test]
    fn only_recipients_that_a_payload_names_are_counted_and_each_once() {
        let mail = |to: &str| {
            Call::Email(EmailMessage {
                connection: None,
                to: to.to_owned(),
                cc: Vec::new(),
                reply_to: None,
                subject: String::new(),
                text: String::new(),
                html: None,
            })
        };
        let automation = AutomationId::new(NOON, 1);
        let windows = |params: Value, to: &str| {
            SendLimits::default().windows(&automation, params.as_object().unwrap(), &mail(to), NOON)
        };
        assert_eq!(windows(json!({"to": "negozio@example.com"}), "negozio@example.com").len(), 1);
        let (one, other) = (
            windows(json!({"to": "{{ email }}"}), "Ada@example.com"),
            windows(json!({"to": "{{e}}"}), "ada@example.com"),
        );
        assert_eq!((one.len(), &one), (2, &other));
        // The shop's own address in a copy.
        assert_eq!(
            windows(json!({"to": "{{ email }}", "cc": ["Negozio@example.com"]}), "negozio@example.com").len(),
            1
        );
        assert!(!one[1].key.contains("ada"));
    }

    #[test]
    fn a_full_database_keeps_less_step_by_step_and_never_less_than_the_floor() {
        let mut fill = None;
        let mut days = Vec::new();
        for _ in 0..12 {
            let next = Fill::next(fill, 95, 100, 30, NOON);
            days.push(next.retention_days);
            fill = Some(next);
        }
        assert_eq!(days, [22, 16, 12, 9, 6, 4, 3, 2, 2, 2, 2, 2]);
        let codes: Vec<_> = fill.unwrap().warnings(30).into_iter().map(|warning| warning.code).collect();
        assert_eq!(codes, ["database_filling", "retention_shortened"]);
        assert_eq!(Fill::read(&fill.unwrap().written()), fill);
        assert_eq!(Fill::next(fill, 75, 100, 30, NOON).retention_days, 2);
        assert_eq!(Fill::next(fill, 69, 100, 30, NOON).retention_days, 3);
        assert_eq!(
            Fill::next(None, 10, 100, 30, NOON),
            Fill { bytes: 10, capacity: 100, retention_days: 30, at: NOON }
        );
        assert_eq!(Fill::next(None, 99, 100, 1, NOON).retention_days, 1);
    }
}
