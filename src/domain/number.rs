//! Numbers as people write them, and money as people read it.
//!
//! It does not calculate, and knows no rates of exchange. A number here is an `f64`: beyond 15 significant digits it is
//! rounded, so identifiers are never read with it.

use serde_json::{Number, Value};

/// In whose habits a number or a date is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// `1.234,50 €`, `lunedì`.
    It,
    /// `€1,234.50`, `Monday`.
    En,
}

impl Language {
    /// Reads `it` or `en`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "it" => Some(Self::It),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// What may stand beside an amount, in lower case, and whether it speaks for the English habit of `1,234.50`.
const CURRENCIES: &[(&str, bool)] = &[
    ("us$", true),
    ("usd", true),
    ("gbp", true),
    ("eur", false),
    ("euro", false),
    ("chf", false),
    ("€", false),
    ("$", true),
    ("£", true),
];

/// **Limit:** longer texts are no numbers; more digits than an `f64` holds could only be misread.
const LONGEST: usize = 40;

/// Reads a number as people write it; `None` when the text is not one number.
///
/// The last of `.` and `,` is the decimal mark when both stand there (`1.234,50`, `1,234.50`); spaces and apostrophes
/// group (`1 234,5`, `1'234.50`); a currency may stand on either side. What stays ambiguous is read as an Italian
/// would: `1,234` is one and a bit, `1.234` is a thousand and more, because exactly three digits follow a group of one
/// to three that does not begin with 0 (so `0.500` is a half, `12.50` twelve and a half). A dollar or pound sign turns
/// that round.
///
/// Not numbers: `007`, because leading zeros mean a code; `+39…`, because a plus means a telephone; `1e3`, because in
/// text that is an article number more often than a thousand (JSON numbers with an exponent are read by [`of`]).
pub fn parse(text: &str) -> Option<f64> {
    if text.len() > LONGEST {
        return None;
    }
    let text: String = text.trim().chars().map(plain).collect();
    let (negative, text) = sign(&text);
    let (english, text) = currency(text);
    let (inner, text) = sign(text);
    let digits = decimal(text.trim(), english)?;
    let value: f64 = digits.parse().ok()?;
    Some(if negative != inner { -value } else { value })
}

/// A JSON number, or a text that [`parse`] reads.
pub fn of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64().filter(|n| n.is_finite()),
        Value::String(text) => parse(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A result of a calculation as a JSON number: whole numbers without a point, others with at most 15 significant
/// digits, so that 0.1 + 0.2 is 0.3. Infinite and undefined results are `null`.
pub fn to_json(value: f64) -> Value {
    to_text(value).parse::<Number>().map_or(Value::Null, Value::Number)
}

/// The text of [`to_json`]; empty for infinite and undefined results.
pub fn to_text(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    if rounded == 0.0 {
        return "0".to_owned();
    }
    if rounded.abs() >= 1e21 || rounded.abs() < 1e-9 { format!("{rounded:e}") } else { format!("{rounded}") }
}

/// An amount in a currency (ISO 4217 code): `1.234,50 €` in Italian, `€1,234.50` in English.
///
/// Yen and won have no cents. A currency without a sign of its own stands as its code. Halves round away from zero, as
/// written: `1.005` is `1,01`.
pub fn money(amount: f64, currency: &str, language: Language) -> String {
    let code = currency.trim().to_uppercase();
    let decimals = if matches!(code.as_str(), "JPY" | "KRW") { 0 } else { 2 };
    let number = grouped(amount.abs(), decimals, language);
    let minus = if amount < 0.0 && number.chars().any(|c| ('1'..='9').contains(&c)) { "-" } else { "" };
    let sign = match code.as_str() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        other => other,
    };
    match language {
        Language::It => format!("{minus}{number} {sign}").trim_end().to_owned(),
        Language::En if sign.chars().count() > 1 => format!("{minus}{sign} {number}"),
        Language::En => format!("{minus}{sign}{number}"),
    }
}

fn grouped(amount: f64, decimals: usize, language: Language) -> String {
    // The nudge of one part in 2^51 makes 1.005, which is a little less in binary, round as it is written.
    let scale = if decimals == 0 { 1.0 } else { 100.0 };
    let cents = (amount * scale * (1.0 + 4.0 * f64::EPSILON)).round();
    let text = format!("{:.decimals$}", cents / scale);
    let (whole, rest) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let (group, mark) = match language {
        Language::It => ('.', ','),
        Language::En => (',', '.'),
    };
    let mut out = String::with_capacity(text.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push(mark);
        out.push_str(rest);
    }
    out
}

/// Typographic spaces, apostrophes and minus signs as the plain ones.
fn plain(c: char) -> char {
    match c {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '’' => '\'',
        '−' | '–' => '-',
        other => other,
    }
}

fn sign(text: &str) -> (bool, &str) {
    let text = text.trim_start();
    text.strip_prefix('-').map_or((false, text), |rest| (true, rest.trim_start()))
}

/// Takes one currency off either end.
fn currency(text: &str) -> (bool, &str) {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return (false, text);
    }
    for (mark, english) in CURRENCIES {
        if lower.starts_with(mark)
            && let Some(rest) = text.get(mark.len()..)
            && !rest.starts_with(char::is_alphabetic)
        {
            return (*english, rest.trim_start());
        }
        if lower.ends_with(mark)
            && let Some(rest) = text.get(..text.len() - mark.len())
            && !rest.ends_with(char::is_alphabetic)
        {
            return (*english, rest.trim_end());
        }
    }
    (false, text)
}

/// The digits with a point as decimal mark and nothing else, or `None`.
fn decimal(text: &str, english: bool) -> Option<String> {
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\'')) {
        return None;
    }
    let points = text.matches('.').count();
    let commas = text.matches(',').count();
    let mark = match (points, commas) {
        (0, 0) => None,
        (1, 0) if text.contains([' ', '\'']) => Some('.'),
        (0, 1) if text.contains([' ', '\'']) => Some(','),
        (1, 0) => (english || !groups(text, '.')).then_some('.'),
        (0, 1) => (!english || !groups(text, ',')).then_some(','),
        (0, _) | (_, 0) => None,
        (_, _) if text.rfind('.') > text.rfind(',') => Some('.'),
        (_, _) => Some(','),
    };
    let (whole, fraction) = match mark {
        Some(mark) => text.rsplit_once(mark)?,
        None => (text, "0"),
    };
    if fraction.is_empty() || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let used: Vec<char> = ['.', ',', ' ', '\''].into_iter().filter(|c| whole.contains(*c)).collect();
    let whole = match used.as_slice() {
        [] => whole.to_owned(),
        [group] if groups(whole, *group) => whole.replace(*group, ""),
        _ => return None,
    };
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    Some(format!("{whole}.{fraction}"))
}

/// Whether `mark` parts the digits into one to three, not beginning with 0, and then threes.
fn groups(text: &str, mark: char) -> bool {
    let mut parts = text.split(mark);
    let first = parts.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && parts.all(|part| part.len() == 3 && part.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, value) in [
            ("89.90", 89.9),
            ("89,90", 89.9),
            ("1.234,50 €", 1234.5),
            ("€ 1,234.50", 1234.5),
            ("1 234,5", 1234.5),
            ("1\u{202f}234,5", 1234.5),
            ("1'234.50 CHF", 1234.5),
            ("-3", -3.0),
            ("-€5,00", -5.0),
            ("€ -5", -5.0),
            ("0,5", 0.5),
            ("0.500", 0.5),
            ("1.234", 1234.0),
            ("12.345.678", 12_345_678.0),
            ("1,234", 1.234),
            ("$1,234", 1234.0),
            ("$1.234", 1.234),
            ("1234.567", 1234.567),
            ("20 euro", 20.0),
            (" 7 ", 7.0),
        ] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
    }

    #[test]
    fn codes_telephones_and_words_are_no_numbers() {
        for text in [
            "",
            " ",
            "-",
            "€",
            ".",
            "1.",
            ",5",
            "007",
            "00184",
            "+39",
            "1e3",
            "12 34",
            "1.23.45",
            "1,2,3",
            "a",
            "5 a",
            "1.2,3.4",
            "2026-01-01",
            "1/2",
            "NaN",
            "inf",
            "٣",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn money_is_written_in_italian_and_english() {
        assert_eq!(money(1234.5, "EUR", Language::It), "1.234,50 €");
        assert_eq!(money(1234.5, "eur", Language::En), "€1,234.50");
        assert_eq!(money(-0.001, "EUR", Language::It), "0,00 €");
        assert_eq!(money(-5.0, "USD", Language::En), "-$5.00");
        assert_eq!(money(1.005, "EUR", Language::It), "1,01 €");
        assert_eq!(money(1_000_000.0, "CHF", Language::En), "CHF 1,000,000.00");
        assert_eq!(money(1500.4, "JPY", Language::It), "1.500 ¥");
    }

    #[test]
    fn a_sum_prints_without_the_noise_of_binary() {
        assert_eq!(to_text(0.1 + 0.2), "0.3");
        assert_eq!(to_text(3.0), "3");
        assert_eq!(to_text(89.9 * 3.0), "269.7");
        assert_eq!(to_text(f64::NAN), "");
        assert_eq!(to_text(-0.0), "0");
    }
}
