//! Parameters as data: what a form must draw, and what a check must know.
//!
//! It holds no values: those come with each step.

use serde::Serialize;

use crate::domain::connection::Kind;

/// A text for people, in the languages of the dashboard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Text {
    /// Italian, as an Italian would say it.
    pub it: &'static str,
    /// English.
    pub en: &'static str,
}

/// A parameter of an action.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Param {
    /// Its key under `params`.
    pub name: &'static str,
    /// What it may hold.
    #[serde(flatten)]
    pub kind: ParamKind,
    /// Whether a step cannot do without.
    pub required: bool,
    /// Its label.
    pub title: Text,
    /// What it is for, in a sentence.
    pub about: Text,
    /// A value that a newcomer recognises; empty when none helps.
    pub example: &'static str,
}

/// What a parameter may hold, and how a form draws it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ParamKind {
    /// One line with fields.
    Template,
    /// Several lines with fields.
    LongTemplate,
    /// HTML with fields, which are escaped.
    Html,
    /// Names with templates.
    TemplateMap,
    /// A list of templates.
    TemplateList,
    /// A JSON tree whose text leaves are templates.
    JsonTree,
    /// An address whose scheme, host and port are literal.
    Url,
    /// One of a few words.
    Choice {
        /// The words.
        options: &'static [&'static str],
    },
    /// A whole number.
    Integer {
        /// The smallest that is accepted.
        min: u32,
        /// The largest that is accepted.
        max: u32,
    },
    /// A whole number, or a template that renders as one.
    Number {
        /// The smallest that is accepted.
        min: u32,
        /// The largest that is accepted.
        max: u32,
    },
    /// Yes or no.
    Boolean,
    /// The id of a connection.
    Connection {
        /// Of this kind.
        of: Kind,
    },
    /// A condition.
    Condition,
    /// `{name, language, header?, body?, buttons?}`.
    WhatsappTemplate,
}
