//! The words that a field may hold.
//!
//! Where the domain has a list of them, it is not written down a second time.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::domain::condition::Op;
use crate::domain::connection::Kind;
use crate::domain::field::{FieldKind, Meaning, Storage};
use crate::domain::run::Status;
use crate::domain::signature::{Algorithm, Encoding, SCHEMES, Signed};

/// `json`, `page`, `redirect`.
pub fn response_mode(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["json", "page", "redirect"] })
}

/// A list of kinds of fields.
pub fn field_kinds(_: &mut SchemaGenerator) -> Schema {
    let kinds = [FieldKind::Text, FieldKind::Number, FieldKind::Boolean, FieldKind::Null, FieldKind::List];
    json_schema!({ "type": "array", "items": { "type": "string", "enum": kinds.map(FieldKind::as_str) } })
}

/// A meaning, or null.
pub fn meaning(_: &mut SchemaGenerator) -> Schema {
    let words = Meaning::ALL.map(|meaning| Some(meaning.as_str()));
    let words: Vec<Option<&str>> = words.into_iter().chain([None]).collect();
    json_schema!({ "type": ["string", "null"], "enum": words })
}

/// Lets everything be left out, also what has a schema of its own, which says nothing about that.
pub fn nothing_required(schema: &mut Schema) {
    schema.remove("required");
}

/// What is stored of a field's values.
pub fn storage(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Storage::ALL.map(Storage::as_str) })
}

/// A run's status.
pub fn run_status(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Status::ALL.map(Status::as_str) })
}

/// A step's status.
pub fn step_status(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [
        "pending", "running", "waiting", "succeeded", "failed", "skipped", "cancelled", "uncertain",
    ] })
}

/// Why a run exists.
pub fn cause(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["event", "replay", "test"] })
}

/// What may be done after a failure.
pub fn failure_class(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["refused", "blocked", "retry", "uncertain"] })
}

/// A replay's status.
pub fn replay_status(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["running", "done", "stopped"] })
}

/// A connection's kind.
pub fn connection_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Kind::ALL.map(Kind::as_str) })
}

/// A condition's comparison.
pub fn op(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = Op::ALL.iter().map(|op| op.as_str()).collect();
    json_schema!({ "type": "string", "enum": words })
}

/// A signature's scheme that wants to be told nothing but its secrets.
pub fn provider_scheme(_: &mut SchemaGenerator) -> Schema {
    let told_more = ["shared_token", "basic", "hmac"];
    let words: Vec<&str> =
        SCHEMES.map(|scheme| scheme.name).into_iter().filter(|name| !told_more.contains(name)).collect();
    json_schema!({ "type": "string", "enum": words })
}

/// `shared_token`.
pub fn shared_token(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["shared_token"] })
}

/// `basic`.
pub fn basic(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["basic"] })
}

/// `hmac`.
pub fn hmac(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["hmac"] })
}

/// An HMAC's hash function.
pub fn algorithm(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Algorithm::ALL.map(Algorithm::as_str) })
}

/// How an HMAC is written.
pub fn encoding(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Encoding::ALL.map(Encoding::as_str) })
}

/// What an HMAC is made of.
pub fn signed(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Signed::ALL.map(Signed::as_str) })
}

/// An HMAC of the body.
pub fn signed_body(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [Signed::Body.as_str()] })
}

/// An HMAC of a time and the body.
pub fn signed_time_and_body(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [Signed::TimestampBody.as_str()] })
}

/// A connection's kind, or null.
pub fn optional_connection_kind(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<Option<&str>> = Kind::ALL.iter().map(|kind| Some(kind.as_str())).chain([None]).collect();
    json_schema!({ "type": ["string", "null"], "enum": words })
}
