//! Actions: what a step can do, each in a file of its own, all in one registry.
//!
//! An action reads its rendered parameters and *describes* what should happen: a call to the outside, a wait, a verdict.
//! It never performs anything, reads no clock and keeps no state: the run's machine says when, the app carries out, and
//! what came back is read here again.
//!
//! A step passes through four functions: [`check`] when it is saved, [`prepare`] when its turn comes (the preview uses
//! the same one), [`request`] for what leaves over HTTP, [`read`] for what came back.

mod address;
mod answer;
mod call;
mod check;
mod failure;
mod filter;
mod guard;
pub(in crate::domain) mod header;
mod http_request;
mod param;
mod redact;
mod registry;
mod render;
mod request;
mod save_contact;
mod send_email;
mod send_whatsapp;
pub(in crate::domain) mod sign;
mod stop;
mod wait;

use serde_json::{Map, Value};

pub use answer::{Answer, HttpAnswer, MailError, Outcome, read};
pub use call::{Call, ContactChange, EmailMessage, HttpCall, OutboxMessage, WhatsappContent, WhatsappMessage};
pub use check::{check, mentions};
pub use failure::{Class, Failure, Provider};
pub(in crate::domain) use guard::is_pattern;
pub use guard::{permit, reach};
pub use param::{Param, ParamKind, Text};
pub use redact::redact;
pub use registry::{Action, Alternative, find, registry};
pub use request::{Delivery, HttpRequest, MOST_HOPS, USER_AGENT, request};
pub use send_email::{Mailbox, sender};
pub use send_whatsapp::reports as whatsapp_reports;

use super::settings::Settings;
use super::template::Scope;
use super::time::Timestamp;

/// A JSON object, in the order in which it was written.
pub type Object = Map<String, Value>;

/// What a step works with: its parameters, rendered, under their own names.
///
/// It becomes the `input` of a step in a run and in a preview, so it holds no secret: credentials join a call only in
/// [`request`].
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Input {
    /// The rendered parameters, as far as rendering came.
    pub params: Object,
    /// The fields that were mentioned and were missing or empty, each once.
    pub missing: Vec<String>,
    /// What was changed on the way, in plain words: how a number was read, what was cleaned away.
    pub notes: Vec<String>,
}

/// A step whose turn has come: what it was given, and what should happen.
#[derive(Clone, PartialEq, Debug)]
pub struct Prepared {
    /// The rendered parameters, also when `outcome` is a failure.
    pub input: Input,
    /// What should happen; a failure here means that nothing was called.
    pub outcome: Result<Intent, Failure>,
}

/// What a step wants.
#[derive(Clone, PartialEq, Debug)]
pub enum Intent {
    /// An effect outside.
    Call(Call),
    /// Going on not before this moment; a moment that is not after `now` means that there is nothing to wait for.
    Wait {
        /// When to go on.
        until: Timestamp,
    },
    /// A verdict: when it is false the run ends as `skipped`.
    Filter {
        /// Whether the run goes on.
        pass: bool,
    },
    /// The run ends as `succeeded`.
    Stop {
        /// Why, in the operator's words; may be empty.
        reason: String,
    },
}

/// Renders the parameters and says what should happen.
///
/// `now` decides only what [`Intent::Wait`] waits for. It does not fail: a failure is part of the answer, beside the
/// input as far as it could be rendered.
pub fn prepare(action: &Action, params: &Object, scope: &Scope, settings: &Settings, now: Timestamp) -> Prepared {
    let mut step = render::Preparation::new(params, scope, settings, now);
    let outcome = (action.prepare)(&mut step);
    Prepared { input: step.input, outcome }
}
