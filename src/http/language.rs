//! What a visitor reads: which language, and whether a page at all.
//!
//! It holds no sentence: those stand beside the pages that show them.

use super::message::Request;

/// The languages of the pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// Italian.
    It,
    /// English, also for whoever reads neither.
    En,
}

impl Language {
    /// What a visitor prefers of the two (RFC 9110, §12.5.4).
    pub fn of(request: &Request) -> Self {
        request.headers.get("accept-language").map_or(Self::En, |header| Self::preferred(&header))
    }

    fn preferred(header: &str) -> Self {
        let mut best = (Self::En, 0.0);
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let primary = tag.split('-').next().unwrap_or_default();
            let language = if primary.eq_ignore_ascii_case("it") {
                Self::It
            } else if primary.eq_ignore_ascii_case("en") {
                Self::En
            } else {
                continue;
            };
            // The first of equals wins: that is the order in which people list them.
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    /// Its tag, for `lang`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::It => "it",
            Self::En => "en",
        }
    }
}

/// A sentence in every language.
#[derive(Clone, Copy)]
pub struct Text {
    /// Italian.
    pub it: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// The sentence in one of them.
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::It => self.it,
            Language::En => self.en,
        }
    }
}

/// Whether a person looks at the answer: a browser that goes to an address or sends a form says that it accepts HTML.
pub fn wants_page(request: &Request) -> bool {
    request.headers.get("accept").is_some_and(|accept| accepts_html(&accept))
}

/// `text/html` by name, and not with a weight of nothing (RFC 9110, §12.5.1).
fn accepts_html(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("text/html"));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_for_who_names_html() {
        for accept in ["text/html", "application/xml;q=0.9, Text/HTML;level=1;q=0.1"] {
            assert!(accepts_html(accept), "{accept}");
        }
        for accept in
            ["*/*", "application/json, text/html;q=0", "text/html;q=0.0", "text/html;q=x", "text/html; Q=0", ""]
        {
            assert!(!accepts_html(accept), "{accept}");
        }
    }

    #[test]
    fn the_preferred_of_the_two_languages_is_taken() {
        for (header, language) in [
            ("it-IT,it;q=0.9,en-US;q=0.8,en;q=0.7", Language::It),
            ("en-GB, it;q=0.9", Language::En),
            ("de, it;q=0.5", Language::It),
            ("en;q=0.2, it;q=0.3", Language::It),
            ("it;q=0", Language::En),
            ("de, fr", Language::En),
            ("", Language::En),
            ("ita", Language::En),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }
}
