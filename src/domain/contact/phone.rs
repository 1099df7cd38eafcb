//! Telephone numbers as people write them, to E.164.
//!
//! It does not know whether a number is in use, nor whether it has WhatsApp. `phonelib` knows the numbering plans; what
//! it lets through and should not is caught here:
//!
//! - It reads letters as digits (`3.33E9`, `333 FLOWERS`): refused, they are a spreadsheet's or an extension's.
//! - It takes any length that some kind of number has, so an Italian mobile of six digits or of eleven: nine or ten.
//! - It gives a number without `+` to the default country whenever the length fits: a Kuwaiti `51096468` is no Italian
//!   number, and is refused rather than sent to somebody else.
//! - It reads `393331234567` with Italy as `+39 393331234567`: the country's own code is recognised without its plus.
//! - It keeps the zero of `+39 (0)333 1234567`, which only landlines have.

use phonelib::{ParseError, PhoneNumber, PhoneNumberType};

/// Why a text is not a telephone number. Its message is public and does not repeat the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PhoneError {
    /// No digits at all, and nothing else either.
    #[error("the phone number is empty")]
    Empty,
    /// Letters or signs that no number has.
    #[error("the phone number holds something other than digits; write it as +39 333 1234567")]
    Character,
    /// Two numbers in one field.
    #[error("there is more than one phone number; give exactly one")]
    Several,
    /// Fewer digits than the country's numbers have.
    #[error("the phone number is too short")]
    TooShort,
    /// More digits than the country's numbers have.
    #[error("the phone number is too long")]
    TooLong,
    /// It does not fit the plan of the default country, and names no other.
    #[error("the phone number has no country code and is not one of the default country; write it with + and its code")]
    NoCountryCode,
    /// The country code does not exist, or its plan has no such number.
    #[error("this is not a phone number of any country; check its country code and its digits")]
    NoSuchNumber,
    /// The deployer's `DEFAULT_COUNTRY` is not a country.
    #[error("the default country is unknown; set DEFAULT_COUNTRY to two letters such as IT")]
    DefaultCountry,
}

/// **Limit:** E.164 has 15 digits; 80 bytes leave room for every way to write them, and bound the work.
const LONGEST: usize = 80;

/// A number in E.164 (`+393331234567`); one without a country code is of `default_country` (ISO 3166, two letters).
///
/// Reads `00` for `+`, `tel:` and the like in front, `(0)`, any spaces, dots, dashes and slashes, digits of other
/// scripts, and drops invisible characters that copying from chats and address books brings along.
pub fn normalise(text: &str, default_country: &str) -> Result<String, PhoneError> {
    let text = cleaned(text)?;
    let country = phonelib::country_by_code(&default_country.to_ascii_uppercase()).ok_or(PhoneError::DefaultCountry)?;
    if text.starts_with('+') {
        let number = PhoneNumber::try_parse(&text).map_err(|error| reason(error, false))?;
        fence(&number)?;
        return Ok(number.e164().to_owned());
    }
    let national = PhoneNumber::try_parse_with_country(&text, country.code).map_err(|error| reason(error, true));
    let national = national.and_then(|number| {
        fence(&number)
            .map_err(|error| if error == PhoneError::NoSuchNumber { PhoneError::NoCountryCode } else { error })?;
        known(&number).then_some(number).ok_or(PhoneError::NoCountryCode)
    });
    match national {
        Ok(number) => Ok(number.e164().to_owned()),
        Err(error) => {
            let with_plus =
                text.starts_with(&country.prefix.to_string()).then(|| PhoneNumber::parse(&format!("+{text}")));
            match with_plus.flatten() {
                Some(number) if known(&number) && fence(&number).is_ok() => Ok(number.e164().to_owned()),
                Some(_) | None => Err(error),
            }
        }
    }
}

/// The calling code and the rest of a number in E.164, and whether it is of the default country, so that people write it
/// without its code.
pub(super) fn parts(e164: &str, default_country: &str) -> Option<(String, String, bool)> {
    let code = PhoneNumber::parse(e164)?.country_code();
    let national = e164.strip_prefix(&format!("+{code}"))?.to_owned();
    let own = phonelib::country_by_code(&default_country.to_ascii_uppercase());
    Some((code.to_string(), national, own.is_some_and(|own| own.prefix == code)))
}

/// The calling code of a number in E.164.
pub(super) fn calling_code_of(e164: &str) -> Option<String> {
    Some(PhoneNumber::parse(e164)?.country_code().to_string())
}

/// The calling code of a country.
pub(super) fn calling_code(country: &str) -> Option<String> {
    Some(phonelib::country_by_code(&country.to_ascii_uppercase())?.prefix.to_string())
}

/// The digit that a character is, in any script that is read.
pub(super) fn digit(c: char) -> Option<u8> {
    let plain = if c.is_ascii() { c } else { plain(c) };
    u8::try_from(plain).ok().filter(u8::is_ascii_digit)
}

/// Whether people, or what escapes texts, put such a character between the digits of one number.
pub(super) fn parts_digits(c: char) -> bool {
    matches!(plain(c), ' ' | '.' | '-' | '/' | '(' | ')' | '+' | '\\') || invisible(c)
}

/// A plus or none, and ASCII digits.
fn cleaned(text: &str) -> Result<String, PhoneError> {
    if text.len() > LONGEST {
        return Err(PhoneError::TooLong);
    }
    let text: String = text.chars().filter(|c| !invisible(*c)).map(plain).collect();
    let mut text = text.trim();
    for prefix in ["tel:", "whatsapp:", "sms:", "callto:", "phone:", "p:"] {
        if let Some(start) = text.get(..prefix.len())
            && start.eq_ignore_ascii_case(prefix)
        {
            text = text.get(prefix.len()..).unwrap_or_default().trim_start();
        }
    }
    // A spreadsheet's number: 3331234567.0
    if let Some(whole) = text.strip_suffix(".0")
        && whole.bytes().all(|b| b.is_ascii_digit())
    {
        text = whole;
    }
    if text.is_empty() {
        return Err(PhoneError::Empty);
    }
    if text.contains([',', ';']) || text.matches('+').count() > 1 {
        return Err(PhoneError::Several);
    }
    let text = without_trunk_zero(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => out.push(c),
            '+' if out.is_empty() => out.push(c),
            ' ' | '.' | '-' | '/' | '(' | ')' => {}
            _ => return Err(PhoneError::Character),
        }
    }
    let rest = out.strip_prefix('+').unwrap_or(&out);
    if rest.is_empty() {
        return Err(PhoneError::Empty);
    }
    let number = match rest.strip_prefix("00") {
        Some(international) => format!("+{international}"),
        None => out,
    };
    // No country's code begins with a zero, which `phonelib` would pass over.
    if number.starts_with("+0") { Err(PhoneError::NoSuchNumber) } else { Ok(number) }
}

/// Takes the `(0)` out of `+44 (0)20 …`. In Italy it belongs to landlines (`+39 (0)6 …`) and not to mobiles, which
/// have ten digits that begin with 3.
fn without_trunk_zero(text: &str) -> String {
    let international = text.starts_with(['+', '(']) || text.starts_with("00");
    let Some((before, after)) = text.split_once("(0)").filter(|(before, _)| international && !before.is_empty()) else {
        return text.to_owned();
    };
    let digits: String = before.chars().filter(char::is_ascii_digit).collect();
    let rest: String = after.chars().filter(char::is_ascii_digit).collect();
    let keeps_zero =
        matches!(digits.trim_start_matches('0'), "39" | "378") && !(rest.len() == 10 && rest.starts_with('3'));
    format!("{before}{}{after}", if keeps_zero { "0" } else { "" })
}

/// What the Italian plan says beyond lengths (AGCOM, delibera 8/15/CIR): mobiles begin with 3 and have nine or ten
/// digits; numbers that begin with 5 are nomadic ones, `55` and ten digits.
fn fence(number: &PhoneNumber) -> Result<(), PhoneError> {
    let Some(national) = number.e164().strip_prefix("+39") else { return Ok(()) };
    match (national.as_bytes(), national.len()) {
        ([b'3', ..], 0..=8) => Err(PhoneError::TooShort),
        ([b'3', ..], 11..) => Err(PhoneError::TooLong),
        ([b'5', b'5', ..], 10) => Ok(()),
        ([b'5', ..], _) => Err(PhoneError::NoSuchNumber),
        _ => Ok(()),
    }
}

/// Whether some block of the plan claims the number: without a country code that is the only sign that it is of the
/// default country. Nobody's Italian number begins with 2, 4, 6 or 9, although blocks of old services do.
fn known(number: &PhoneNumber) -> bool {
    let national = number.e164().strip_prefix("+39").unwrap_or_default();
    number.phone_type() != PhoneNumberType::Unknown && !national.starts_with(['2', '4', '6', '9'])
}

fn reason(error: ParseError, national: bool) -> PhoneError {
    // `ParseError` may grow, so the rest is one arm.
    #[allow(clippy::wildcard_enum_match_arm)]
    match error {
        ParseError::Empty => PhoneError::Empty,
        ParseError::InvalidCharacter => PhoneError::Character,
        ParseError::TooLong => PhoneError::TooLong,
        ParseError::TooShort => PhoneError::TooShort,
        ParseError::UnknownCountry => PhoneError::DefaultCountry,
        _ if national => PhoneError::NoCountryCode,
        _ => PhoneError::NoSuchNumber,
    }
}

/// Zero-width characters, direction marks and the soft hyphen.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Digits of other scripts, typographic spaces, dashes and the wide plus as the plain ones.
fn plain(c: char) -> char {
    let digit = match c {
        '\u{660}'..='\u{669}' => u32::from(c) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(c) - 0x6f0,
        '\u{ff10}'..='\u{ff19}' => u32::from(c) - 0xff10,
        '\u{2010}'..='\u{2015}' | '−' => return '-',
        '＋' => return '+',
        '·' | '•' => return '.',
        c if c.is_whitespace() => return ' ',
        c => return c,
    };
    char::from_digit(digit, 10).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_written_in_many_ways_is_one_number() {
        for text in [
            "+39 333 1234567",
            "3331234567",
            "393331234567",
            "00393331234567",
            "+0039 333 1234567",
            "(+39) 333 1234567",
            "+ 39 333 123 45 67",
            "+39 (0)333 1234567",
            "333.123.45.67",
            "333-1234567",
            "333/1234567",
            "tel:+393331234567",
            "whatsapp:+393331234567",
            "p:+393331234567",
            "\u{200e}+39\u{a0}333 1234567\u{200b}",
            "\u{202a}+39 333‑123‑4567\u{202c}",
            "３３３１２３４５６７",
            "3331234567.0",
        ] {
            assert_eq!(normalise(text, "IT").as_deref(), Ok("+393331234567"), "{text}");
        }
    }

    #[test]
    fn italian_landlines_keep_their_zero_and_others_lose_it() {
        for (text, country, number) in [
            ("06 69812345", "IT", "+390669812345"),
            ("+39 (0)6 69812345", "IT", "+390669812345"),
            ("+39 06 69812345", "IT", "+390669812345"),
            ("0039 02 1234 5678", "IT", "+390212345678"),
            ("800 123456", "IT", "+39800123456"),
            ("+44 (0)20 7946 0958", "IT", "+442079460958"),
            ("0044 (0)20 7946 0958", "IT", "+442079460958"),
            ("+44 020 7946 0958", "IT", "+442079460958"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("+49 (0) 30 901820", "IT", "+4930901820"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("51096468", "kw", "+96551096468"),
            ("+965 5109 6468", "IT", "+96551096468"),
            ("(202) 555-0173", "US", "+12025550173"),
            ("+54 9 11 2345-6789", "IT", "+5491123456789"),
            ("3933331234", "IT", "+393933331234"),
        ] {
            assert_eq!(normalise(text, country).as_deref(), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        for (text, error) in [
            ("", PhoneError::Empty),
            (" \u{200b}", PhoneError::Empty),
            ("+", PhoneError::Empty),
            ("abc", PhoneError::Character),
            ("3.331234567E9", PhoneError::Character),
            ("333 1234567 int. 12", PhoneError::Character),
            ("333 1234567, 06 1234567", PhoneError::Several),
            ("+39 333 1234567 +39 06 1234", PhoneError::Several),
            ("+39333123", PhoneError::TooShort),
            ("33312345678", PhoneError::TooLong),
            ("+3933312345678901234", PhoneError::TooLong),
            ("51096468", PhoneError::NoCountryCode),
            ("+39 51096468", PhoneError::NoSuchNumber),
            ("96551096468", PhoneError::NoCountryCode),
            ("44 20 7946 0958", PhoneError::NoCountryCode),
            ("+999 12345678", PhoneError::NoSuchNumber),
            ("00 06 1234567", PhoneError::NoSuchNumber),
            ("+06 69812345", PhoneError::NoSuchNumber),
        ] {
            assert_eq!(normalise(text, "IT"), Err(error), "{text}");
        }
        assert_eq!(normalise("3331234567", "Italia"), Err(PhoneError::DefaultCountry));
    }
}
