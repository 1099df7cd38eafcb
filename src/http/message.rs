//! A request and a response as plain values, so that the whole edge runs in native tests.
//!
//! It parses nothing beyond what the platform gives: headers stay where they are and are asked one by one, because
//! copying all of them costs more than the few that are read.

/// Headers that can be asked, name by name.
pub trait Headers {
    /// The value of a header; names compare without case. `None` when it is absent or not text.
    fn get(&self, name: &str) -> Option<String>;
}

/// A request's body, read by the platform up to the limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// All of it.
    Bytes(Vec<u8>),
    /// More than [`crate::domain::payload::MAX_BODY`]; the rest was not read.
    TooLarge,
}

/// A request.
pub struct Request {
    /// In capitals.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Host, with a port where one was named.
    pub host: String,
    /// The path, still percent-encoded, beginning with `/`.
    pub path: String,
    /// What stands behind `?`, still percent-encoded.
    pub query: Option<String>,
    /// The headers.
    pub headers: Box<dyn Headers>,
    /// The body; empty for a method without one.
    pub body: Body,
}

/// A response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Response {
    /// A response with a body of a type.
    pub fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    /// A response without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// A JSON response.
    pub fn json(status: u16, body: &impl serde::Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self::new(status, "application/json", body),
            // None of our types fails to serialise; an answer all the same, never a panic.
            Err(_) => Self::new(500, "application/json", r#"{"code":"internal"}"#),
        }
    }

    /// The same response with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The value of a header of the response.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
