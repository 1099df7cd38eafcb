//! Everybody whom a text could mention: the way back from a text to people, for whoever has only the hash of one.
//!
//! It is the mirror of [`super::subject::Search`]: it gives every number and every address that a search would find in
//! the same text, and with them much that is nobody's. It hashes nothing itself.

use std::collections::BTreeSet;

use super::phone;
use super::subject::{Digit, address_begins, address_ends, any_layer, any_run, follows_code};

/// **Limit:** places of a text that are read: each costs some hashes, and a text that is made of digits has more of them
/// than anybody could compare. What comes behind them in such a text is not seen.
const MOST: usize = 10_000;

/// **Limit:** digits of a number as it is written: 15 (ITU-T E.164, §6), `00` before them and a zero within.
const MOST_DIGITS: usize = 18;

/// Fewer digits are no number of a country.
const LEAST_DIGITS: usize = 3;

/// **Limit:** bytes of an address's part before the `@`, and of the one behind it (RFC 5321, §4.5.3.1).
const MOST_LOCAL: usize = 64;
const MOST_DOMAIN: usize = 255;

/// Every number in E.164 as which a text could be read.
pub fn numbers(text: &str, default_country: &str) -> BTreeSet<String> {
    let home = phone::calling_code(default_country);
    let (mut found, mut left) = (BTreeSet::new(), MOST);
    any_layer(text, &mut |text| {
        any_run(text, &mut |run| {
            for at in (0..run.len()).filter(|at| run.get(*at).is_some_and(|digit| digit.begins)) {
                for written in numbers_at(run, at).take(left) {
                    left -= 1;
                    readings(&written, home.as_deref().filter(|_| !follows_code(run, at)), &mut found);
                }
                if left == 0 {
                    return true;
                }
            }
            false
        })
    });
    found
}

/// Every whole number that begins at a place of a run.
fn numbers_at(run: &[Digit], at: usize) -> impl Iterator<Item = String> {
    let ends = move |len: &usize| run.get(at + len).is_none_or(|digit| digit.begins);
    let longest = MOST_DIGITS.min(run.len().saturating_sub(at));
    (LEAST_DIGITS..=longest).filter(ends).filter_map(move |len| {
        let digits = run.get(at..at + len)?.iter();
        Some(digits.map(|digit| char::from(digit.value)).collect())
    })
}

/// What some digits can stand for; `home` is the calling code of a number that has none.
fn readings(written: &str, home: Option<&str>, found: &mut BTreeSet<String>) {
    for whole in [Some(written), written.strip_prefix("00")].into_iter().flatten() {
        found.insert(format!("+{whole}"));
        // `+44 (0)20 …`
        for len in 1..=3 {
            let (Some(code), Some(rest)) = (whole.get(..len), whole.get(len..)) else { continue };
            let Some(national) = rest.strip_prefix('0') else { continue };
            let number = format!("+{code}{national}");
            if phone::calling_code_of(&number).is_some_and(|own| own == code) {
                found.insert(number);
            }
        }
    }
    let Some(home) = home else { return };
    for national in [Some(written), written.strip_prefix('0')].into_iter().flatten() {
        found.insert(format!("+{home}{national}"));
    }
}

/// Every address in small letters that a text could hold.
pub fn addresses(text: &str) -> BTreeSet<String> {
    let (mut found, mut left) = (BTreeSet::new(), MOST);
    any_layer(text, &mut |text| {
        let text = text.to_lowercase();
        for (at, _) in text.match_indices('@') {
            let begins = places(text.get(..at).unwrap_or_default().char_indices().rev(), MOST_LOCAL, is_local)
                .map(|(place, _)| place)
                .filter(|place| address_begins(&text, *place));
            let ends: Vec<usize> =
                places(text.get(at + 1..).unwrap_or_default().char_indices(), MOST_DOMAIN, is_domain)
                    .map(|(place, c)| at + 1 + place + c.len_utf8())
                    .filter(|place| address_ends(&text, *place))
                    .collect();
            for begin in begins {
                found.extend(ends.iter().filter_map(|end| text.get(begin..*end)).map(str::to_owned));
                left = left.saturating_sub(ends.len());
            }
            if left == 0 {
                return true;
            }
        }
        false
    });
    found
}

fn places(
    characters: impl Iterator<Item = (usize, char)>,
    most: usize,
    may_be: impl Fn(char) -> bool,
) -> impl Iterator<Item = (usize, char)> {
    characters.take(most).take_while(move |(_, c)| may_be(*c))
}

/// What stands before the `@` of an address that `email` takes, of what an unquoted one may hold (RFC 5322, §3.2.3;
/// RFC 6531, §3.3).
fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || !c.is_ascii()
}

fn is_domain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.') || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_out_of_every_way_in_which_it_is_written() {
        for text in ["chiamami al 333 1234567.", "0039-333-1234567", r#"{"t":"\u002b39 (0)333 1234567"}"#, "3331234567"]
        {
            assert!(numbers(text, "IT").contains("+393331234567"), "{text}");
        }
        for text in ["+49 333 1234567", "93331234567", "333 123 4 5 6", "3331234567"] {
            assert!(!numbers(text, "DE").contains("+393331234567"), "{text}");
        }
    }

    #[test]
    fn an_address_is_read_out_of_a_text() {
        let text = "scrivere a <Ada.Byron@Example.com>, o a o'brien%40example.it.";
        let found = addresses(text);
        for address in ["ada.byron@example.com", "o'brien@example.it", "brien@example.it"] {
            assert!(found.contains(address), "{address} {found:?}");
        }
        assert!(!found.contains("byron@example.com") && !found.contains("ada.byron@example"), "{found:?}");
    }

    #[test]
    fn a_text_of_digits_costs_a_bounded_number_of_readings() {
        let text: String = (100_000..200_000).map(|n| format!("{n} ")).collect();
        let found = numbers(&text, "IT").len();
        assert!(found > MOST && found < 10 * MOST, "{found}");
        let text: String = (0..100_000).map(|n| format!("a{n}@b.it,")).collect();
        assert_eq!(addresses(&text).len(), MOST);
    }
}
