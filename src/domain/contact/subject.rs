//! A person whose data is asked for: by which number or address, and whether a text mentions it in any notation.
//!
//! It over-finds rather than under-finds, within reason: a number without its country's code counts only where that
//! country is the default one, and always only as a whole number. It searches no database, and does not know that a
//! number and an address belong to one person.
//!
//! **Length:** a quarter of it are the notations that its tests list.

use percent_encoding::percent_decode_str;

use super::{email, phone};
use crate::domain::input::Reader;

/// How many times a text is unescaped once more, while that changes it: JSON within JSON, a form within JSON.
const UNESCAPED: usize = 3;

/// By what a person is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A number in E.164.
    Phone(String),
    /// An address, in small letters.
    Email(String),
}

impl Subject {
    /// Reads `{"phone"}` or `{"email"}`, one of which must be there.
    pub fn read(reader: &mut Reader<'_>, default_country: &str) -> Option<Self> {
        let (phone, email) = (reader.text("phone", 80), reader.text("email", 320));
        if phone.is_some() == email.is_some() && !reader.has_faults() {
            reader.fault("", "required", "takes either `phone` or `email`");
        }
        match (phone, email) {
            (Some(text), None) => match phone::normalise(&text, default_country) {
                Ok(phone) => Some(Self::Phone(phone)),
                Err(error) => {
                    reader.fault("phone", "invalid", error.to_string());
                    None
                }
            },
            (None, Some(text)) => match email::parse(&text) {
                Ok(email) => Some(Self::Email(email.to_lowercase())),
                Err(error) => {
                    reader.fault("email", "invalid", error.to_string());
                    None
                }
            },
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// `phone` or `email`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::Email(_) => "email",
        }
    }

    /// The number or the address.
    pub fn value(&self) -> &str {
        match self {
            Self::Phone(value) | Self::Email(value) => value,
        }
    }

    /// The way back from kind and value.
    pub fn from_parts(kind: &str, value: &str) -> Option<Self> {
        match kind {
            "phone" => Some(Self::Phone(value.to_owned())),
            "email" => Some(Self::Email(value.to_owned())),
            _ => None,
        }
    }

    /// What finds this person in texts.
    pub fn search(&self, default_country: &str) -> Search {
        match self {
            Self::Email(email) => Search::Email(email.clone()),
            Self::Phone(e164) => {
                let whole = e164.trim_start_matches('+').to_owned();
                let Some((code, national, domestic)) = phone::parts(e164, default_country) else {
                    return Search::Phone { written: vec![whole], at_home: Vec::new() };
                };
                let at_home = if domestic { vec![format!("0{national}"), national.clone()] } else { Vec::new() };
                let written = vec![
                    format!("00{whole}"),
                    // `+44 (0)20 …`, which no telephone takes and many people write.
                    format!("{code}0{national}"),
                    format!("00{code}0{national}"),
                    whole,
                ];
                Search::Phone { written, at_home }
            }
        }
    }
}

/// What finds a person in texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Search {
    /// The digits of a number.
    Phone {
        /// With its country's code, in each way in which it may be written.
        written: Vec<String>,
        /// Without it: not behind another code.
        at_home: Vec<String>,
    },
    /// An address in small letters.
    Email(String),
}

impl Search {
    /// Whether a text mentions the person: as it stands, or once its escapes are undone (JSON, URL, XML).
    pub fn finds(&self, text: &str) -> bool {
        any_layer(text, &mut |text| self.finds_plain(text))
    }

    fn finds_plain(&self, text: &str) -> bool {
        match self {
            Self::Phone { written, at_home } => finds_number(text, written, at_home),
            Self::Email(address) => text.contains('@') && finds_address(&text.to_lowercase(), address),
        }
    }
}

/// Whether something holds of a text as it stands, or once its escapes are undone, layer by layer.
pub(super) fn any_layer(text: &str, holds: &mut dyn FnMut(&str) -> bool) -> bool {
    if holds(text) {
        return true;
    }
    let mut text = text.to_owned();
    for _ in 0..UNESCAPED {
        match unescaped(&text) {
            Some(plain) if holds(&plain) => return true,
            Some(plain) => text = plain,
            None => return false,
        }
    }
    false
}

/// Whether an address stands in a text, and not as a part of a longer one.
fn finds_address(text: &str, address: &str) -> bool {
    text.match_indices(address).any(|(at, found)| address_begins(text, at) && address_ends(text, at + found.len()))
}

/// Whether an address can begin at a place.
pub(super) fn address_begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '%' | '.'))
}

/// Whether an address can end at a place.
pub(super) fn address_ends(text: &str, at: usize) -> bool {
    let mut after = text.get(at..).unwrap_or_default().chars();
    match after.next() {
        Some('.') => !after.next().is_some_and(char::is_alphanumeric),
        Some(c) => !c.is_alphanumeric() && c != '-',
        None => true,
    }
}

/// A digit among others that only what people put between digits parts.
#[derive(Clone, Copy)]
pub(super) struct Digit {
    pub(super) value: u8,
    /// Whether a number could begin with it.
    pub(super) begins: bool,
    /// Whether a plus stands before it.
    plus: bool,
}

/// Whether a number stands in a text in one of some ways, with anything between its digits that people put there.
fn finds_number(text: &str, written: &[String], at_home: &[String]) -> bool {
    let found = |run: &[Digit]| {
        written.iter().any(|number| places(run, number).next().is_some())
            || at_home.iter().any(|number| places(run, number).any(|at| !follows_code(run, at)))
    };
    any_run(text, &mut |run| found(run))
}

/// Whether something holds of a run of digits in a text that only what people put between digits parts.
pub(super) fn any_run(text: &str, holds: &mut dyn FnMut(&[Digit]) -> bool) -> bool {
    let mut run: Vec<Digit> = Vec::new();
    let (mut begins, mut plus) = (true, false);
    let mut before = ' ';
    for c in text.chars() {
        // Behind a word it is a form's space.
        let is_plus = c == '+' && !before.is_alphanumeric();
        before = c;
        match phone::digit(c) {
            Some(value) => {
                run.push(Digit { value, begins, plus });
                (begins, plus) = (false, false);
            }
            None if phone::parts_digits(c) => (begins, plus) = (true, is_plus),
            None => {
                if holds(&run) {
                    return true;
                }
                run.clear();
                (begins, plus) = (true, false);
            }
        }
    }
    holds(&run)
}

/// Where a number stands in a run of digits, as a whole number.
fn places(run: &[Digit], number: &str) -> impl Iterator<Item = usize> {
    let number = number.as_bytes();
    let fits = move |window: &[Digit]| {
        window.first().is_some_and(|digit| digit.begins)
            && window.iter().zip(number).all(|(digit, own)| digit.value == *own)
    };
    let ends = |at: usize| run.get(at).is_none_or(|digit| digit.begins);
    let windows = run.windows(number.len()).enumerate();
    windows.filter(move |(at, window)| ends(at + number.len()) && fits(window)).map(|(at, _)| at)
}

/// Whether a country's code stands right before a place: a plus and one to three digits.
pub(super) fn follows_code(run: &[Digit], at: usize) -> bool {
    let code = run.get(at.saturating_sub(3)..at).unwrap_or_default();
    let first = code.iter().rposition(|digit| digit.begins);
    first.and_then(|first| code.get(first)).is_some_and(|digit| digit.plus)
}

/// A text with its escapes undone; `None` when it has none.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '%', '&']) {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let (meant, len) = match escape.as_bytes() {
            [b'\\', b'u', ..] => (code(escape.get(2..6), 16), 6),
            [b'\\', b'n' | b't' | b'r', ..] => (Some(' '), 2),
            [b'\\', b'/', ..] => (Some('/'), 2),
            [b'&', b'#', b'x' | b'X', ..] => reference(escape, 3, 16),
            [b'&', b'#', ..] => reference(escape, 2, 10),
            // A run of percent escapes is decoded together: one character may take several.
            [b'%', ..] => {
                let len = escape.split('%').skip(1).take_while(|part| is_hex(part)).count() * 3;
                let run = percent_run(escape, len);
                if let Some((decoded, len)) = run {
                    plain.push_str(&decoded);
                    changed = true;
                    rest = escape.get(len..).unwrap_or_default();
                    continue;
                }
                (None, 1)
            }
            _ => (None, 1),
        };
        match meant {
            Some(c) => {
                plain.push(c);
                changed = true;
                rest = escape.get(len..).unwrap_or_default();
            }
            None => {
                plain.push_str(escape.get(..1).unwrap_or_default());
                rest = escape.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    changed.then_some(plain)
}

fn is_hex(part: &str) -> bool {
    part.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What a run of adjacent percent escapes means, and how long it is.
fn percent_run(escape: &str, most: usize) -> Option<(String, usize)> {
    let adjacent = escape
        .as_bytes()
        .chunks(3)
        .take_while(|chunk| matches!(chunk, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()));
    let len = (adjacent.count() * 3).min(most);
    let run = escape.get(..len).filter(|run| !run.is_empty())?;
    Some((percent_decode_str(run).decode_utf8_lossy().into_owned(), len))
}

fn code(digits: Option<&str>, radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits?, radix).ok()?)
}

/// What a numeric character reference (`&#43;`) means, and how long it is.
fn reference(escape: &str, begins: usize, radix: u32) -> (Option<char>, usize) {
    match escape.find(';') {
        Some(end) if end <= begins + 8 => (code(escape.get(begins..end), radix), end + 1),
        Some(_) | None => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read_one(value: &Value, default_country: &str) -> Result<Subject, Vec<crate::domain::problem::Fault>> {
        let mut reader = Reader::new(value).map_err(|fault| vec![fault])?;
        let subject = Subject::read(&mut reader, default_country);
        let faults = reader.finish();
        match subject {
            Some(subject) if faults.is_empty() => Ok(subject),
            Some(_) | None => Err(faults),
        }
    }

    fn phone(e164: &str) -> Search {
        Subject::Phone(e164.to_owned()).search("IT")
    }

    #[test]
    fn a_number_is_found_in_every_notation() {
        let search = phone("+393331234567");
        for text in [
            r#"{"tel":"+39 333 1234567"}"#,
            r#"{"tel":3331234567}"#,
            r#"{"tel":"0039.333.123.45.67"}"#,
            r#"{"tel":"333-1234567","altro":1}"#,
            r#"{"tel":"(+39) 333/1234567"}"#,
            r#"{"tel":"+39 (0)333 1234567"}"#,
            r#"{"tel":"\u002b39\u00a0333 1234567"}"#,
            r#"{"tel":"\u0033\u0033\u00331234567"}"#,
            r#"{"in":"{\"tel\":\"\\u002b393331234567\"}"}"#,
            r#"{"in":"tel=%2B39%20333%201234567"}"#,
            "tel=%2B39+333+1234567&nome=Ada",
            "tel=%33%33%331234567",
            "tel=%252B39%2520333%25201234567",
            "<tel>&#43;39 333&#160;1234567</tel>",
            "<tel>&#x33;331234567</tel>",
            "chiamami al 333 1234567.",
            "333 1234567 - 02 1234567",
            "02 1234567, 3331234567",
            "ordine+12+333+1234567",
            "２ ３３３１２３４５６７",
            "tel:+393331234567",
            "3331234567.0",
            "\u{200e}+39\u{2011}333\u{2011}1234567",
        ] {
            assert!(search.finds(text), "{text}");
        }
    }

    #[test]
    fn another_number_is_not_found() {
        let search = phone("+393331234567");
        for text in [
            r#"{"tel":"+39 333 1234568","order":"83331234567"}"#,
            r#"{"id":33312345670}"#,
            r#"{"id":"3331234567890"}"#,
            r#"{"a":"333","b":"1234567"}"#,
            "333 123 4 5 6",
            "+49 333 1234567",
            "+49-3331234567",
            "100% di sconto & altro \\",
            "",
        ] {
            assert!(!search.finds(text), "{text}");
        }
        // A number of another country counts with its code only.
        let kuwait = phone("+96551096468");
        assert!(kuwait.finds("00965 5109 6468") && !kuwait.finds(r#"{"order":51096468}"#));
        let london = phone("+442079460958");
        assert!(london.finds("+44 (0)20 7946 0958") && london.finds("0044 20 79460958"));
        assert!(!london.finds("020 7946 0958"));
        assert!(Subject::Phone("+442079460958".to_owned()).search("GB").finds("020 7946 0958"));
    }

    #[test]
    fn an_italian_landline_keeps_its_zero() {
        let search = phone("+390212345678");
        assert!(search.finds("02 12345678") && search.finds("+39 02/1234.5678"));
        assert!(!search.finds("212345678"));
    }

    #[test]
    fn an_address_is_found_without_case_and_as_a_whole() {
        let search = Subject::Email("mario.rossi@example.it".to_owned()).search("IT");
        for text in [
            r#"{"email":"Mario.Rossi@Example.IT"}"#,
            "email=mario.rossi%40example.it&x=1",
            r#"{"email":"mario.rossi\u0040example.it"}"#,
            "Mario <mario.rossi@example.it>, altri",
            "mario.rossi&#64;example.it",
            "scrivi a mario.rossi@example.it.",
            "mailto:mario.rossi@example.it?subject=x",
        ] {
            assert!(search.finds(text), "{text}");
        }
        for text in ["xmario.rossi@example.it", "mario.rossi@example.it.com", "mario.rossi@example.ito", "mario.rossi@"]
        {
            assert!(!search.finds(text), "{text}");
        }
    }

    #[test]
    fn one_of_the_two_must_be_named() {
        let read = |value: Value| read_one(&value, "IT").map_err(|faults| faults[0].path.clone());
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(json(r#"{"phone":"333 1234567"}"#)), Ok(Subject::Phone("+393331234567".to_owned())));
        assert_eq!(read(json(r#"{"email":"Ada@Example.com"}"#)), Ok(Subject::Email("ada@example.com".to_owned())));
        for text in ["{}", r#"{"phone":"333 1234567","email":"a@b.it"}"#] {
            assert_eq!(read(json(text)), Err(String::new()), "{text}");
        }
        assert_eq!(read(json(r#"{"phone":"boh"}"#)), Err("phone".to_owned()));
    }
}
