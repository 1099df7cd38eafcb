//! A request and a response as plain values, so that the whole edge runs in native tests.
//!
//! It parses nothing beyond what the platform gives: headers stay where they are and are asked one by one, because
//! copying all of them costs more than the few that are read.

/// Headers that can be asked, name by name.
pub trait Headers {
    /// The value of a header; names compare without case. `None` when it is absent or not text.
    fn get(&self, name: &str) -> Option<String>;
    /// The names of all of them, in small letters.
    fn names(&self) -> Vec<String>;
}

/// A request's body, read by the platform up to the limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// All of it.
    Bytes(Vec<u8>),
    /// More than [`crate::domain::payload::MAX_BODY`]; the rest was not read.
    TooLarge,
    /// Not read: this isolate holds as many bodies as it can ([`super::room`]). Coming back in a second helps.
    NoRoom,
    /// It broke off in the middle. Whoever sent it is most likely gone.
    Broken,
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

impl Request {
    /// Whether an origin is the one that was asked.
    pub fn is_own(&self, origin: &str) -> bool {
        origin
            .split_once("://")
            .is_some_and(|(scheme, host)| scheme == self.scheme && host.eq_ignore_ascii_case(&self.host))
    }
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

/// What the edge answers with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// A response that it wrote.
    Response(Response),
    /// A file that the platform has. Boxed, so that the answer to a delivery does not carry its size.
    Asset(Box<Asset>),
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

/// A file of the build (the dashboard, the API's document), which the platform hands on as it has it: its status, its type and its tag stay, and its
/// bytes never pass through the worker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asset {
    /// Its path in the folder of the dashboard's build, beginning with `/`.
    pub path: String,
    /// Whether only its headers are wanted.
    pub head: bool,
    /// The tag of the copy that the browser has (RFC 9110, §13.1.2).
    pub if_none_match: Option<String>,
    /// Headers that the answer gets; one that the file brings by the same name gives way.
    pub headers: Vec<(String, String)>,
    /// The answer when there is no such file.
    pub missing: Response,
    /// The answer when the files themselves do not answer.
    pub failed: Response,
}

impl Asset {
    /// The answer in place of the file, when asking for it came back with this status.
    pub fn instead(&self, status: u16) -> Option<&Response> {
        match status {
            200 | 304 => None,
            404 => Some(&self.missing),
            _ => Some(&self.failed),
        }
    }
}

/// Scheme, host, path and query of a URL as the runtime writes it: absolute, its path never empty, its fragment cut off
/// before it is sent. A URL parser proper would double the size of the worker.
pub fn split_url(url: &str) -> (&str, &str, &str, Option<&str>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (authority, target) = match rest.find(['/', '?', '#']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let target = target.split_once('#').map_or(target, |(target, _)| target);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    (scheme, host, if path.is_empty() { "/" } else { path }, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_falls_into_its_four_parts() {
        assert_eq!(
            split_url("https://hooks.example.com/in/abc?x=1&y=/?"),
            ("https", "hooks.example.com", "/in/abc", Some("x=1&y=/?"))
        );
        assert_eq!(split_url("http://localhost:8787/"), ("http", "localhost:8787", "/", None));
        assert_eq!(split_url("http://[::1]:8787/a%2Fb"), ("http", "[::1]:8787", "/a%2Fb", None));
        assert_eq!(split_url("https://user:word@host/a#b?c"), ("https", "host", "/a", None));
        assert_eq!(split_url("https://host?"), ("https", "host", "/", Some("")));
        assert_eq!(split_url("host"), ("https", "host", "/", None));
    }
}
