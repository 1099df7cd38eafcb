//! What went wrong, as a value: a public sentence for whoever can mend it, and a context for the log.
//!
//! It does not know HTTP: `http/problem.rs` is the only place that turns a kind into a status.

use std::fmt;

use serde::Serialize;

/// What sort of thing went wrong, which decides the status of the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The request cannot be read (bad JSON, an impossible cursor).
    Malformed,
    /// The request can be read and asks for something that cannot be.
    Invalid,
    /// No or wrong credentials.
    Unauthorized,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// There was such a thing.
    Gone,
    /// The method does not fit the resource.
    MethodNotAllowed,
    /// The thing is in a state in which this cannot be done.
    Conflict,
    /// The body is larger than what is accepted.
    TooLarge,
    /// The body is of a type that is not accepted.
    UnsupportedMedia,
    /// Too often.
    TooMany,
    /// A part that Uncino needs does not work; nobody but the deployer can mend it.
    Misconfigured,
    /// A part that Uncino needs does not answer now; trying again later helps.
    Unavailable,
    /// A fault of our own.
    Internal,
}

/// One fault in what was sent, at its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fault {
    /// Where: `steps[0].params.to`; empty for the whole.
    pub path: String,
    /// Which fault, stable: `required`, `unknown_key`, `invalid`, …
    pub code: String,
    /// The fault in words, with what to do.
    pub message: String,
}

impl Fault {
    /// A fault at a path.
    pub fn new(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.to_owned(), message: message.into() }
    }

    /// The same fault, seen from one level further out: its path gets a prefix.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = match (prefix.is_empty(), self.path.as_str()) {
            (true, _) => self.path,
            (false, "") => prefix.to_owned(),
            (false, path) if path.starts_with('[') => format!("{prefix}{path}"),
            (false, path) => format!("{prefix}.{path}"),
        };
        self
    }
}

/// Something went wrong. Deliberately without `Display`: the message is public, the context is for the log only, and
/// a caller has to choose.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// Decides the status.
    pub kind: Kind,
    /// Stable and documented: what a program looks at.
    pub code: &'static str,
    /// Public: what happened, where, and what to do. Never holds a payload or a secret.
    pub message: String,
    /// Every fault of an invalid input, by path.
    pub faults: Vec<Fault>,
    /// When to come back, in seconds, where coming back helps.
    pub retry_after_s: Option<u32>,
    /// For the log only. Never holds a payload or a secret either.
    pub context: String,
}

impl Problem {
    /// A problem with a public message.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), faults: Vec::new(), retry_after_s: None, context: String::new() }
    }

    /// There is no such thing: `what` with its id.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("there is no {what} `{id}`"))
    }

    /// The input has faults.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let message = match faults.as_slice() {
            [one] if one.path.is_empty() => one.message.clone(),
            [one] => format!("{}: {}", one.path, one.message),
            many => format!("{} faults; see `errors`", many.len()),
        };
        Self { faults, ..Self::new(Kind::Invalid, "invalid_input", message) }
    }

    /// One fault at one path.
    pub fn fault(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![Fault::new(path, code, message)])
    }

    /// A fault of our own; the caller learns only that.
    pub fn internal(context: impl Into<String>) -> Self {
        Self {
            context: context.into(),
            ..Self::new(Kind::Internal, "internal", "something went wrong in Uncino itself; its log says what")
        }
    }

    /// The same problem with more for the log.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        self.context = context.into();
        self
    }

    /// The same problem, with a time to come back.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        for fault in &self.faults {
            write!(f, "; {} {}: {}", fault.path, fault.code, fault.message)?;
        }
        if !self.context.is_empty() {
            write!(f, " [{}]", self.context)?;
        }
        Ok(())
    }
}

/// Joins the faults of several checks into one verdict.
pub fn verdict(faults: Vec<Fault>) -> Result<(), Problem> {
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}
