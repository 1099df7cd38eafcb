//! One call of the API, and what its handler may ask of it: the id in its path, its query, its body.
//!
//! It knows no resource.

use serde_json::{Map, Value};

use super::query::Query;
use crate::app::App;
use crate::domain::input::Reader;
use crate::domain::problem::{Kind, Problem, verdict};
use crate::http::message::{Body, Request, Response};
use crate::http::problem;

/// A call whose caller may make it.
pub struct Call<'a> {
    /// The application.
    pub app: &'a App,
    /// The request.
    pub request: &'a Request,
    /// The segment that stood for `{id}`.
    pub id: &'a str,
}

impl Call<'_> {
    /// The id in the path. One that cannot be an id names nothing, so it is not found.
    pub fn id<T>(&self, what: &str, parse: fn(&str) -> Option<T>) -> Result<T, Problem> {
        parse(self.id).ok_or_else(|| Problem::not_found(what, self.id.chars().take(100).collect::<String>()))
    }

    /// The query string.
    pub fn query(&self) -> Query {
        Query::new(self.request.query.as_deref())
    }

    /// Refuses parameters where none are known.
    pub fn no_query(&self) -> Result<(), Problem> {
        self.query().finish()
    }

    /// The body, which must be JSON.
    pub fn body(&self) -> Result<Value, Problem> {
        let bytes = self.bytes()?;
        if bytes.is_empty() {
            return Err(invalid_json("the body is empty; send a JSON object"));
        }
        serde_json::from_slice(bytes).map_err(|error| invalid_json(&format!("the body is not JSON: {error}")))
    }

    /// The body where none is needed: without one, an empty object.
    pub fn optional_body(&self) -> Result<Value, Problem> {
        if self.bytes()?.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Object(Map::new()));
        }
        self.body()
    }

    /// Refuses a body that says something where nothing can be said.
    pub fn empty_body(&self) -> Result<(), Problem> {
        let body = self.optional_body()?;
        let reader = Reader::new(&body).map_err(|fault| Problem::invalid(vec![fault]))?;
        verdict(reader.finish())
    }

    fn bytes(&self) -> Result<&[u8], Problem> {
        match (&self.request.body, problem::of_body(&self.request.body)) {
            (_, Some(problem)) => Err(problem),
            (Body::Bytes(bytes), None) => Ok(bytes),
            (Body::TooLarge | Body::NoRoom | Body::Broken, None) => Ok(&[]),
        }
    }

    /// The public address of the inbound URLs: the one that was set, else the one by which we were asked.
    pub fn origin(&self) -> String {
        match &self.app.config.settings.public_url {
            Some(url) => url.clone(),
            None => format!("{}://{}", self.request.scheme, self.request.host),
        }
    }
}

fn invalid_json(message: &str) -> Problem {
    Problem::new(Kind::Malformed, "invalid_json", message)
}

/// The answer to what deletes.
pub fn deleted() -> Response {
    Response::empty(204)
}
