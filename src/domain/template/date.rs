//! Dates as senders write them, and as people read them.
//!
//! It knows no time zone: the offset comes from a function that the runtime gives. It does not guess American dates:
//! `04/05/2026` is the fourth of May.

use serde_json::Value;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::domain::number::Language;
use crate::domain::time::{Timestamp, ZoneOffset};

/// A date as it was read: what stood there, and by how much it is ahead of UTC, where that stood there too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    civil: PrimitiveDateTime,
    offset: Option<UtcOffset>,
}

impl Moment {
    /// What two moments are compared by. One without an offset counts as UTC.
    pub(crate) fn sort_key(&self) -> i128 {
        self.civil.assume_offset(self.offset.unwrap_or(UtcOffset::UTC)).unix_timestamp_nanos()
    }

    /// As a clock in the zone shows it. What came without an offset is local time already.
    fn local(self, zone: &str, zone_offset: ZoneOffset) -> (PrimitiveDateTime, i32) {
        let nanos = self.sort_key();
        let at = Timestamp::from_millis(i64::try_from(nanos / 1_000_000).unwrap_or_default());
        let minutes = zone_offset(zone, at).clamp(-1439, 1439);
        if self.offset.is_none() {
            return (self.civil, minutes);
        }
        let shifted = nanos.saturating_add(i128::from(minutes) * 60_000_000_000);
        let local = OffsetDateTime::from_unix_timestamp_nanos(shifted)
            .map_or(self.civil, |at| PrimitiveDateTime::new(at.date(), at.time()));
        (local, minutes)
    }

    /// The point in time. What came without an offset is local time in the zone; of an hour that a change of clocks
    /// skips or repeats, one of the two readings.
    pub(crate) fn instant(self, zone: &str, zone_offset: ZoneOffset) -> Timestamp {
        let read = Timestamp::from_millis(i64::try_from(self.sort_key() / 1_000_000).unwrap_or_default());
        if self.offset.is_some() {
            return read;
        }
        // The offset at the moment is not known before the moment is: the second look settles it.
        let behind = |at: Timestamp| read.plus_ms(i64::from(zone_offset(zone, at)) * -60_000);
        behind(behind(read))
    }
}

/// Reads RFC 3339, ISO dates with or without time (`2026-05-04`, `2026-05-04 18:30`, `2026-05-04T18:30:00+02:00`) and
/// Italian ones (`04/05/2026`, `4-5-2026`, `04.05.2026 18:30`).
pub(crate) fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() > 40 || !text.is_ascii() {
        return None;
    }
    let (day, rest) = text.split_at(text.find([' ', 'T', 't']).unwrap_or(text.len()));
    let mark = day.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let parts: Vec<&str> = day.split(mark).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let (year, month, day) = match (first.len(), third.len()) {
        (4, 1..=2) if mark != '.' => (first, second, third),
        (1..=2, 4) => (third, second, first),
        _ => return None,
    };
    let month = Month::try_from(u8::try_from(digits(month, 2)?).ok()?).ok()?;
    let date = Date::from_calendar_date(digits(year, 4)?, month, u8::try_from(digits(day, 2)?).ok()?).ok()?;
    let (time, offset) = if rest.is_empty() { (Time::MIDNIGHT, None) } else { clock(rest.get(1..)?.trim())? };
    Some(Moment { civil: PrimitiveDateTime::new(date, time), offset })
}

/// Reads a value of a payload: what [`parse`] reads, and seconds or milliseconds since 1970 as number or text (of ten
/// and thirteen digits, so that years and amounts are not taken for moments).
pub(crate) fn read(value: &Value) -> Option<Moment> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    if [whole, fraction].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit())) {
        let number: i64 = whole.parse().ok()?;
        let millis = match whole.len() {
            9..=10 => number.checked_mul(1000)?,
            12..=13 => number,
            _ => return None,
        };
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()?;
        return Some(Moment { civil: PrimitiveDateTime::new(at.date(), at.time()), offset: Some(UtcOffset::UTC) });
    }
    parse(&text)
}

/// `18:30`, `18:30:05.123`, with `Z` or `+02:00` behind.
fn clock(text: &str) -> Option<(Time, Option<UtcOffset>)> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => (text.get(..at)?, Some(zone(text.get(at..)?)?)),
        None => (text, None),
    };
    let clock = clock.trim();
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    if parts.next().is_some() || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: u16 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let [hour, minute, second] = [hour, minute, second].map(|part| u8::try_from(part).unwrap_or(u8::MAX));
    Some((Time::from_hms_milli(hour, minute, second.min(59), millis).ok()?, offset))
}

fn zone(text: &str) -> Option<UtcOffset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(UtcOffset::UTC);
    }
    let negative = text.starts_with('-');
    let text = text.get(1..)?;
    let (hours, minutes) = match text.split_once(':') {
        Some(parts) => parts,
        None if text.len() == 4 => text.split_at(2),
        None => (text, "0"),
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let seconds = (hours * 60 + minutes) * 60;
    UtcOffset::from_whole_seconds(if negative { -seconds } else { seconds }).ok()
}

fn digits(text: &str, most: usize) -> Option<i32> {
    ((1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Why a format cannot be used: the directive that is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct UnknownDirective(pub(crate) char);

/// Writes a moment after a pattern of `strftime`: `%d %m %Y %y %H %I %M %S %p %A %a %B %b %j %u %z %F %T %R %e %%`, and
/// with a dash no leading zero (`%-d`).
pub(crate) fn format(
    moment: Moment,
    pattern: &str,
    language: Language,
    zone: &str,
    zone_offset: ZoneOffset,
) -> Result<String, UnknownDirective> {
    let (at, offset) = moment.local(zone, zone_offset);
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut directive = chars.next().unwrap_or('%');
        let bare = directive == '-';
        if bare {
            directive = chars.next().unwrap_or('-');
        }
        let two = |number: u8| if bare { number.to_string() } else { format!("{number:02}") };
        let hour12 = match at.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        out.push_str(&match directive {
            'd' => two(at.day()),
            'e' => at.day().to_string(),
            'm' => two(u8::from(at.month())),
            'Y' => format!("{:04}", at.year()),
            'y' => format!("{:02}", at.year().rem_euclid(100)),
            'H' => two(at.hour()),
            'I' => two(hour12),
            'M' => two(at.minute()),
            'S' => two(at.second()),
            'p' => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
            'A' => weekday(at, language).to_owned(),
            'a' => weekday(at, language).chars().take(3).collect(),
            'B' => month(at, language).to_owned(),
            'b' => month(at, language).chars().take(3).collect(),
            'j' => format!("{:03}", at.ordinal()),
            'u' => at.weekday().number_from_monday().to_string(),
            'F' => format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day()),
            'T' => format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second()),
            'R' => format!("{:02}:{:02}", at.hour(), at.minute()),
            'z' => {
                let sign = if offset < 0 { '-' } else { '+' };
                format!("{sign}{:02}{:02}", offset.abs() / 60, offset.abs() % 60)
            }
            '%' => "%".to_owned(),
            other => return Err(UnknownDirective(other)),
        });
    }
    Ok(out)
}

fn weekday(at: PrimitiveDateTime, language: Language) -> &'static str {
    let names = match language {
        Language::It => ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
        Language::En => ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    };
    names.get(usize::from(at.weekday().number_days_from_monday())).copied().unwrap_or_default()
}

fn month(at: PrimitiveDateTime, language: Language) -> &'static str {
    let names = match language {
        Language::It => [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        Language::En => [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
    };
    names.get(usize::from(u8::from(at.month())).saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &Value, pattern: &str) -> Option<String> {
        format(read(value)?, pattern, Language::It, "Europe/Rome", |_, _| 120).ok()
    }

    #[test]
    fn dates_are_read_as_senders_write_them() {
        for (text, expected) in [
            ("2026-05-04T16:30:00Z", "04/05/2026 18:30"),
            ("2026-05-04T18:30:00.123+02:00", "04/05/2026 18:30"),
            ("2026-05-04T18:30:00+0200", "04/05/2026 18:30"),
            ("2026-05-04 18:30", "04/05/2026 18:30"),
            ("2026-05-04T18:30", "04/05/2026 18:30"),
            ("2026-05-04", "04/05/2026 00:00"),
            ("04/05/2026", "04/05/2026 00:00"),
            ("4.5.2026 18:30", "04/05/2026 18:30"),
            ("2026/5/4", "04/05/2026 00:00"),
            ("1777912200", "04/05/2026 18:30"),
            ("1777912200000", "04/05/2026 18:30"),
            ("9999-12-31T23:59:59Z", "31/12/9999 23:59"),
        ] {
            assert_eq!(shown(&text.into(), "%d/%m/%Y %H:%M").as_deref(), Some(expected), "{text}");
        }
        assert_eq!(shown(&1_777_912_200.into(), "%A %-d %B, %I:%M %p").as_deref(), Some("lunedì 4 maggio, 06:30 PM"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026",
            "31/02/2026",
            "2026-13-01",
            "1.234,50",
            "12:30",
            "domani",
            "2026-05-04Tx",
            "2026-05-04T1",
            "1/2/26",
        ] {
            assert_eq!(read(&text.into()), None, "{text}");
        }
    }

    #[test]
    fn a_directive_that_does_not_exist_is_named() {
        let at = parse("2026-05-04").unwrap();
        assert_eq!(format(at, "%Q", Language::En, "UTC", |_, _| 0), Err(UnknownDirective('Q')));
        assert_eq!(format(at, "%a %b 100%", Language::En, "UTC", |_, _| i32::MIN).as_deref(), Ok("Mon May 100%"));
    }
}
