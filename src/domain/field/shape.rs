//! What a text could be by its look alone: an e-mail address, a date, an amount.
//!
//! Plausible, not valid: the contact and template modules decide what is usable.

use crate::domain::field::Meaning;

/// A meaning that the value has under any key.
pub(super) fn certain(text: &str) -> Option<Meaning> {
    if is_email(text) {
        Some(Meaning::Email)
    } else if is_url(text) {
        Some(Meaning::Url)
    } else if let Some(meaning) = time(text) {
        Some(meaning)
    } else if is_uuid(text) {
        Some(Meaning::Id)
    } else {
        None
    }
}

pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '(' | ')' | '@' | '/' | ':' | '"')
    };
    let last = domain.rsplit_once('.').map_or("", |(_, last)| last);
    (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && is_domain(domain)
        && last.chars().all(|c| c.is_alphabetic() || c == '-' || c.is_ascii_digit())
}

/// Labels with a dot between them, the last of at least two characters and not a number.
pub(super) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= 253
        && text.split('.').all(label)
        && text
            .rsplit_once('.')
            .is_some_and(|(_, last)| last.chars().count() >= 2 && last.contains(char::is_alphabetic))
}

pub(super) fn is_url(text: &str) -> bool {
    let scheme = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let behind = |scheme: &str| {
        text.get(scheme.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
    };
    !text.contains(char::is_whitespace)
        && (["http://", "https://"].into_iter().any(|own| scheme(own) && behind(own))
            || (scheme("www.") && is_domain(text.split('/').next().unwrap_or_default())))
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// 6 to 15 digits (E.164 allows 15) and only what people put between them.
pub(super) fn is_phone(text: &str) -> bool {
    let text = text.strip_prefix("tel:").unwrap_or(text).trim();
    let (plus, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    let between = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')');
    // `00` in front is written instead of `+`.
    let most = if !plus && rest.starts_with("00") { 17 } else { 15 };
    (6..=most).contains(&digits)
        && rest.chars().all(between)
        && rest.starts_with(|c: char| c.is_ascii_digit() || c == '(')
}

/// A phone number in international notation, which nothing else looks like.
pub(super) fn is_international(text: &str) -> bool {
    text.starts_with('+') && is_phone(text) && text.chars().filter(char::is_ascii_digit).count() >= 9
}

/// A number as text, with either decimal sign, and whether a currency stands beside it.
pub(super) fn amount(text: &str) -> Option<bool> {
    let text = text.trim();
    let bare = without_currency(text);
    let digits = bare.unwrap_or(text).trim();
    let digits = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let shaped = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}'))
        && digits.len() <= 24;
    shaped.then_some(bare.is_some())
}

fn without_currency(text: &str) -> Option<&str> {
    const SIGNS: [&str; 12] = ["€", "$", "£", "¥", "EUR", "USD", "GBP", "CHF", "eur", "euro", "Euro", "US$"];
    // `20,00 €`, `€ 20`; the longest sign first, so that `euro` is not `eur` and an `o`.
    let mut found = SIGNS.iter().filter_map(|sign| text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)));
    found.by_ref().min_by_key(|rest| rest.len())
}

/// Whether a text is a day or a moment: ISO, or day first with `/`, `-` or `.`, as Europe writes.
pub(super) fn time(text: &str) -> Option<Meaning> {
    let (day, rest) = text.split_at_checked(day_len(text)?)?;
    if !is_day(day) {
        return None;
    }
    match rest.strip_prefix(['T', 't', ' ']).map(|rest| rest.trim_start_matches("ore ").trim_start_matches("alle ")) {
        None if rest.is_empty() => Some(Meaning::Date),
        None => None,
        Some(clock) => is_clock(clock).then_some(Meaning::Datetime),
    }
}

fn day_len(text: &str) -> Option<usize> {
    let len = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '/' | '.')).unwrap_or(text.len());
    (8..=10).contains(&len).then_some(len)
}

fn is_day(text: &str) -> bool {
    let Some(sign) = text.chars().find(|c| !c.is_ascii_digit()) else { return false };
    let parts: Vec<&str> = text.split(sign).collect();
    let number = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&part.len()).then(|| part.parse::<u16>().ok()).flatten()
    };
    let &[first, second, third] = parts.as_slice() else { return false };
    let (year, a, b) = if first.len() == 4 {
        (number(first, 4..=4), number(second, 1..=2), number(third, 1..=2))
    } else {
        (number(third, 4..=4), number(second, 1..=2), number(first, 1..=2))
    };
    let (Some(year), Some(a), Some(b)) = (year, a, b) else { return false };
    // Month and day; the other way round only where the year comes last, as Americans write.
    let fits = |month: u16, day: u16| (1..=12).contains(&month) && (1..=31).contains(&day);
    (1800..=2200).contains(&year) && (fits(a, b) || (first.len() != 4 && fits(b, a)))
}

/// `15/12/25`: too little to be a day without a key that says so.
pub(super) fn is_short_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let below = |part: &str, most: u8| part.len() <= 2 && part.parse::<u8>().is_ok_and(|own| (1..=most).contains(&own));
    match parts.as_slice() {
        &[day, month, year] => below(day, 31) && below(month, 12) && year.len() == 2 && year.parse::<u8>().is_ok(),
        _ => false,
    }
}

/// `18:30`, `18:30:00.123`, with `Z`, `+01:00`, `+0100` or ` UTC` behind, or `AM`, `PM`.
fn is_clock(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(text.len());
    let Some((clock, zone)) = text.split_at_checked(end) else { return false };
    let clock = clock.split(['.', ',']).next().unwrap_or_default();
    let parts: Vec<&str> = clock.split(':').collect();
    let below = |part: &str, most: u8| (1..=2).contains(&part.len()) && part.parse::<u8>().is_ok_and(|own| own <= most);
    let time = match parts.as_slice() {
        [hour, minute] => below(hour, 24) && below(minute, 59),
        [hour, minute, second] => below(hour, 24) && below(minute, 59) && below(second, 60),
        _ => false,
    };
    let zone = zone.trim_start();
    let offset = || {
        zone.strip_prefix(['+', '-'])
            .is_some_and(|rest| (2..=5).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_digit() || c == ':'))
    };
    time && (zone.is_empty()
        || ["z", "utc", "gmt", "am", "pm"].contains(&zone.to_ascii_lowercase().as_str())
        || offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_told_from_versions_and_phones() {
        for (text, meaning) in [
            ("2025-12-15", Some(Meaning::Date)),
            ("15/12/2025", Some(Meaning::Date)),
            ("1.2.2025", Some(Meaning::Date)),
            ("12/31/2025", Some(Meaning::Date)),
            ("2025-12-15T18:30:00Z", Some(Meaning::Datetime)),
            ("2025-12-15 18:30", Some(Meaning::Datetime)),
            ("2025-12-15T18:30:00.123+01:00", Some(Meaning::Datetime)),
            ("15/12/2025 ore 20:30", Some(Meaning::Datetime)),
            ("2025-13-45", None),
            ("20251215", None),
            ("1.2.3", None),
            ("02-1234-5678", None),
            ("2025-12-15 circa", None),
            ("18:30", None),
        ] {
            assert_eq!(time(text), meaning, "{text}");
        }
    }

    #[test]
    fn a_phone_number_has_enough_digits_and_nothing_else() {
        for text in ["+39 333 1234567", "333-1234567", "(02) 1234567", "0039 02 1234567", "tel:+390212345"] {
            assert!(is_phone(text), "{text}");
        }
        for text in ["ORD-12345", "12345", "non ho telefono", "+", "1234567890123456", "89,90", "-1234567"] {
            assert!(!is_phone(text), "{text}");
        }
    }

    #[test]
    fn an_amount_may_carry_its_currency() {
        for text in ["89,90 €", "€ 20", "1.234,50 EUR", "US$ 5", "20 euro", "-3.5 $"] {
            assert_eq!(amount(text), Some(true), "{text}");
        }
        assert_eq!(amount("1'234.50"), Some(false));
        for text in ["", "€", "dieci", "12-13", "EUR EUR"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_recognised_by_their_look() {
        assert!(is_email("mario.rossi+news@posta.example.it"));
        for text in ["@mario", "mario@localhost", "a b@example.com", "mailto:a@example.com", "a@1.2", "a@b..it"] {
            assert!(!is_email(text), "{text}");
        }
        assert!(is_url("https://example.com/a?b=c") && is_url("www.example.it/x"));
        assert!(!is_url("https://") && !is_url("http://a b") && !is_url("www.") && !is_url("wwwé"));
    }
}
