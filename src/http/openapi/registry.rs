//! The schema of the actions' registry, which the domain serialises without knowing schemas. Never constructed.

#![expect(dead_code, missing_docs, reason = "schemas only, in which a name that says all needs no sentence")]

use schemars::JsonSchema;

use super::words;

/// An action: what a step can do.
#[derive(JsonSchema)]
pub struct Action {
    /// What a step calls it by.
    name: String,
    title: Text,
    about: Text,
    /// The kind of connection that it goes through; null when it needs none.
    #[schemars(schema_with = "words::optional_connection_kind")]
    connection: Option<String>,
    /// Its parameters, in the order of the form.
    params: Vec<Param>,
    /// Parameters that stand for one another.
    alternatives: Vec<Alternative>,
}

/// A text for people.
#[derive(JsonSchema)]
pub struct Text {
    it: String,
    en: String,
}

/// A parameter of an action.
#[derive(JsonSchema)]
pub struct Param {
    /// Its key under `params`.
    name: String,
    kind: ParamKind,
    /// The words of a `choice`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<String>>,
    /// The smallest `integer` or `number`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    min: Option<u32>,
    /// The largest `integer` or `number`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    max: Option<u32>,
    /// The kind of a `connection`.
    #[schemars(schema_with = "words::connection_kind", skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// Whether a step cannot do without.
    required: bool,
    title: Text,
    about: Text,
    /// A value that a newcomer recognises; empty when none helps.
    example: String,
}

/// What a parameter may hold, and how a form draws it.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ParamKind {
    Template,
    LongTemplate,
    Html,
    TemplateMap,
    TemplateList,
    JsonTree,
    Url,
    Choice,
    Integer,
    Number,
    Boolean,
    Connection,
    Condition,
    WhatsappTemplate,
}

/// Parameters that stand for one another.
#[derive(JsonSchema)]
pub struct Alternative {
    params: Vec<String>,
    /// Whether at least one of them must be there.
    required: bool,
    /// Whether at most one of them may be there.
    exclusive: bool,
}
