//! `wait`: goes on later.
//!
//! It computes a moment and nothing more: that the wait survives restarts and retention is the run's business. Of the
//! time zone it knows only what the port answers.

use serde_json::Value;

use crate::domain::template::date;
use crate::domain::time::{Timestamp, ZoneOffset};

use super::param::{Param, ParamKind, Text};
use super::registry::{Action, Alternative, no_more};
use super::render::Preparation;
use super::{Failure, Intent};

/// The longest wait: ten years, in seconds.
const LONGEST_S: u32 = 315_360_000;

pub(super) const ACTION: Action = Action {
    name: "wait",
    title: Text { it: "Aspetta", en: "Wait" },
    about: Text {
        it: "Prosegue dopo un certo tempo, oppure in un giorno e a un'ora precisi. Se il momento è già passato, prosegue subito.",
        en: "Goes on after a time, or at a date and time. When that has passed already it goes on at once.",
    },
    connection: None,
    params: &[
        Param {
            name: "seconds",
            kind: ParamKind::Number { min: 0, max: LONGEST_S },
            required: false,
            title: Text { it: "Per quanto", en: "For" },
            about: Text {
                it: "In secondi: 3600 è un'ora, 86400 un giorno.",
                en: "In seconds: 3600 is an hour, 86400 a day.",
            },
            example: "3600",
        },
        Param {
            name: "until",
            kind: ParamKind::Template,
            required: false,
            title: Text { it: "Fino a", en: "Until" },
            about: Text {
                it: "Una data, o data e ora (24/12/2026 18:00), nel tuo fuso orario se non ne indica un altro.",
                en: "A date, or date and time (2026-12-24 18:00), in your time zone unless it names another.",
            },
            example: "{{ appuntamento }}",
        },
    ],
    alternatives: &[Alternative { params: &["seconds", "until"], required: true, exclusive: true }],
    check: no_more,
    prepare,
};

fn prepare(step: &mut Preparation<'_>) -> Result<Intent, Failure> {
    if step.raw("seconds").is_some() {
        let Some(text) = step.line("seconds")? else {
            return Err(Failure::refused("no_time", step.why_blank("seconds")));
        };
        if let Ok(whole) = text.parse::<i64>() {
            step.show("seconds", whole);
        }
        let seconds = seconds(&text).ok_or_else(|| {
            Failure::refused("invalid_time", format!("`seconds` must be a number {}, such as 3600", step.in_event()))
        })?;
        if seconds > f64::from(LONGEST_S) {
            return Err(Failure::refused("invalid_time", "`seconds` may be at most 315360000, which is ten years"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded just above; a NaN was refused")]
        let ms = (seconds.max(0.0) * 1_000.0) as i64;
        return Ok(Intent::Wait { until: step.now.plus_ms(ms) });
    }
    let Some(text) = step.line("until")? else {
        return Err(Failure::refused("no_time", step.why_blank("until")));
    };
    let until = moment(&text, &step.settings.time_zone, step.settings.zone_offset).ok_or_else(|| {
        Failure::refused(
            "invalid_time",
            format!("`until` must be a date, or a date and time, such as 2026-12-24 18:00, {}", step.in_event()),
        )
    })?;
    if until > step.now.plus_ms(i64::from(LONGEST_S) * 1_000) {
        return Err(Failure::refused("invalid_time", "`until` may be at most ten years from now"));
    }
    step.note(if until <= step.now {
        format!("until: {until} has passed, so there is no wait")
    } else {
        format!("until: waits until {until}")
    });
    Ok(Intent::Wait { until })
}

fn seconds(text: &str) -> Option<f64> {
    text.replace(',', ".").parse::<f64>().ok().filter(|seconds| seconds.is_finite())
}

/// Reads a date, or a date and time; without an offset it is of the time zone.
fn moment(text: &str, zone: &str, offset: ZoneOffset) -> Option<Timestamp> {
    date::read(&Value::from(text)).map(|moment| moment.instant(zone, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rome in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    fn rome(_: &str, at: Timestamp) -> i32 {
        let summer = Timestamp::parse_rfc3339("2026-03-29T01:00:00Z").unwrap()
            ..Timestamp::parse_rfc3339("2026-10-25T01:00:00Z").unwrap();
        if summer.contains(&at) { 120 } else { 60 }
    }

    #[test]
    fn a_date_without_an_offset_is_of_the_time_zone() {
        for (text, utc) in [
            ("2026-12-24", "2026-12-23T23:00:00.000Z"),
            ("2026-12-24 18:00", "2026-12-24T17:00:00.000Z"),
            ("2026-07-01T08:30:15", "2026-07-01T06:30:15.000Z"),
            ("2026-03-29 00:30", "2026-03-28T23:30:00.000Z"),
            ("2026-03-29 03:30", "2026-03-29T01:30:00.000Z"),
            ("2026-10-25 03:30", "2026-10-25T02:30:00.000Z"),
            ("24/12/2026 18:00", "2026-12-24T17:00:00.000Z"),
            ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00.000Z"),
            ("2026-12-24 18:00:00+05:00", "2026-12-24T13:00:00.000Z"),
        ] {
            assert_eq!(moment(text, "Europe/Rome", rome).unwrap().to_string(), utc, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_no_date() {
        for text in ["", "domani", "2026-13-01", "2026-02-30", "2026-12-24 25:00", "2026"] {
            assert_eq!(moment(text, "Europe/Rome", rome), None, "{text}");
        }
    }
}
