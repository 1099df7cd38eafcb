//! One e-mail address, checked for its form.
//!
//! It does not know whether anyone reads it, and does not change its local part: `Mario@x.it` and `mario@x.it` may be
//! two people. A domain with letters beyond ASCII stays as written; turning it into its `xn--` form is the sender's.

use email_address::{EmailAddress, Options};

/// Why a text is not one e-mail address. Its message is public and does not repeat the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EmailError {
    /// Nothing but spaces.
    #[error("the e-mail address is empty")]
    Empty,
    /// A list.
    #[error("there is more than one e-mail address; give exactly one")]
    Several,
    /// `Mario <mario@x.it>`.
    #[error("the e-mail address has a name around it; give the address alone")]
    DisplayName,
    /// A line break or another control or invisible character, which could smuggle in a header.
    #[error("the e-mail address holds a line break or an invisible character; remove it")]
    ControlCharacter,
    /// Longer than any mail server takes.
    #[error("the e-mail address is longer than 254 characters")]
    TooLong,
    /// No `@`, no domain, spaces, …
    #[error("this is not an e-mail address; write it as name@example.com")]
    Malformed,
}

/// Exactly one address, trimmed, without `mailto:`, its domain in lower case.
///
/// The domain has at least one dot. Quoted local parts (`"a b"@x.it`) are refused although RFC 5322 §3.4.1 has them:
/// outside of test suites they are injected, not meant.
pub fn parse(text: &str) -> Result<String, EmailError> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'));
    let text = match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => text.get(7..).unwrap_or_default(),
        _ => text,
    };
    if text.is_empty() {
        return Err(EmailError::Empty);
    }
    if text.chars().any(|c| c.is_control() || invisible(c)) {
        return Err(EmailError::ControlCharacter);
    }
    if text.matches('@').count() > 1 && text.contains([',', ';', ' ']) {
        return Err(EmailError::Several);
    }
    if text.contains(['<', '>']) {
        return Err(EmailError::DisplayName);
    }
    if text.len() > 254 {
        return Err(EmailError::TooLong);
    }
    // An encoded word (RFC 2047) has no business in an address, and some mail software decodes it there, into another
    // address; the same with characters that only look like `@`, a full stop or a comma (Unicode's full-width forms).
    let disguised = |c: char| matches!(c, '\u{ff00}'..='\u{ffef}' | '\u{fe50}'..='\u{fe6f}' | '\u{3002}' | '\u{2024}');
    if text.contains([' ', '"', '\\', '(', ')', ',', ';']) || text.contains("=?") || text.contains(disguised) {
        return Err(EmailError::Malformed);
    }
    let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
    let address = EmailAddress::parse_with_options(text, options).map_err(|_| EmailError::Malformed)?;
    Ok(format!("{}@{}", address.local_part(), address.domain().to_lowercase()))
}

/// Line and paragraph separators, zero-width and direction marks.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_trimmed_and_its_domain_lowered() {
        assert_eq!(parse(" Mario.Rossi@Example.IT \n"), Ok("Mario.Rossi@example.it".to_owned()));
        assert_eq!(parse("mailto:a+b@x.it"), Ok("a+b@x.it".to_owned()));
        assert_eq!(parse("mario@città.it"), Ok("mario@città.it".to_owned()));
    }

    #[test]
    fn lists_names_and_line_breaks_are_refused_by_name() {
        assert_eq!(parse(""), Err(EmailError::Empty));
        assert_eq!(parse("a@x.it, b@y.it"), Err(EmailError::Several));
        assert_eq!(parse("a@x.it;b@y.it"), Err(EmailError::Several));
        assert_eq!(parse("Mario <a@x.it>"), Err(EmailError::DisplayName));
        assert_eq!(parse("a@x.it\r\nBcc: b@y.it"), Err(EmailError::ControlCharacter));
        assert_eq!(parse("a\u{200b}@x.it"), Err(EmailError::ControlCharacter));
        for text in ["a", "a@", "@x.it", "a@x", "a@localhost", "a@@x.it", "a b@x.it", "\"a b\"@x.it", "a@[127.0.0.1]"] {
            assert_eq!(parse(text), Err(EmailError::Malformed), "{text}");
        }
        assert_eq!(parse(&format!("{}@x.it", "a".repeat(255))), Err(EmailError::TooLong));
    }
}
