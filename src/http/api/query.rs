//! Query strings: every parameter asked for by name, every fault collected, and what nobody asked for a fault too.
//!
//! A filter with a typing error must not pass for no filter, so an unknown parameter is refused instead of ignored.

use crate::domain::problem::{Fault, Kind, Problem, verdict};
use crate::domain::time::Timestamp;

/// **Limit:** rows of one page.
const MAX_LIMIT: u32 = 200;

/// Rows of a page when nobody says otherwise.
const DEFAULT_LIMIT: u32 = 50;

/// The parameters of a request.
pub struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl Query {
    /// Decodes a query string.
    pub fn new(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        Self { pairs, known: Vec::new(), faults: Vec::new() }
    }

    fn fault(&mut self, name: &str, code: &str, message: impl Into<String>) {
        self.faults.push(Fault::new(name, code, message));
    }

    /// A parameter as text; one without a value counts as absent.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone());
        let first = values.next();
        if values.next().is_some() {
            self.fault(name, "duplicate", "is given more than once");
        }
        first.filter(|value| !value.is_empty())
    }

    /// A parameter that is one of a few words, or an id.
    pub fn parsed<T>(&mut self, name: &'static str, parse: fn(&str) -> Option<T>, wanted: &str) -> Option<T> {
        let text = self.text(name)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.fault(name, "invalid", format!("must be {wanted}"));
        }
        parsed
    }

    /// A parameter that is `true` or `false`.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.parsed(name, |text| text.parse().ok(), "`true` or `false`").unwrap_or(false)
    }

    /// A moment.
    pub fn time(&mut self, name: &'static str) -> Option<Timestamp> {
        self.parsed(name, Timestamp::parse_rfc3339, "a time such as `2026-11-24T10:00:00Z`")
    }

    /// How many rows a page shall have.
    pub fn limit(&mut self) -> u32 {
        let read = |text: &str| text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        self.parsed("limit", read, &format!("a whole number from 1 to {MAX_LIMIT}")).unwrap_or(DEFAULT_LIMIT)
    }

    /// Where a page begins.
    ///
    /// # Errors
    /// `invalid_cursor` when it cannot have come from us.
    pub fn cursor<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(text) = self.text("cursor") else { return Ok(None) };
        let message = "the cursor is not one that this list gave; begin again without it";
        parse(&text).map(Some).ok_or_else(|| Problem::new(Kind::Malformed, "invalid_cursor", message))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `invalid_input` with every fault.
    pub fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            if !self.known.contains(&name.as_str()) {
                let known = match self.known.as_slice() {
                    [] => "none are".to_owned(),
                    names => format!("known are `{}`", names.join("`, `")),
                };
                self.fault(&name, "unknown_key", format!("is not a parameter of this address; {known}"));
            }
        }
        verdict(self.faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named() {
        let mut query = Query::new(Some("limit=201&from=yesterday&colour=red&q=a%20b&q=c&keep=maybe"));
        assert_eq!(query.limit(), 50);
        assert_eq!(query.time("from"), None);
        assert_eq!(query.text("q").as_deref(), Some("a b"));
        assert!(!query.flag("keep"));
        let problem = query.finish().unwrap_err();
        let codes: Vec<_> = problem.faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        let expected = [("limit", "invalid"), ("from", "invalid"), ("q", "duplicate"), ("keep", "invalid")];
        assert_eq!(codes, [&expected[..], &[("colour", "unknown_key")]].concat());
    }

    #[test]
    fn what_is_absent_or_empty_is_no_fault() {
        let mut query = Query::new(Some("limit=&q="));
        assert_eq!((query.limit(), query.text("q"), query.time("to")), (50, None, None));
        assert!(query.cursor(|_| None::<()>).unwrap().is_none());
        assert!(query.finish().is_ok());
    }
}
