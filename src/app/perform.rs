//! Making a call that an action described, through the means that fit: our own store, the outbox, HTTP, mail.
//!
//! It decides nothing: which means is given by the connection and the event, and what an answer means by the action.

use serde_json::Value;

use crate::domain::action::{self, Answer, Call, Delivery, Failure, Outcome};
use crate::domain::connection::{Connection, Kind};
use crate::domain::event;
use crate::domain::ids::{ConnectionId, ContactId};
use crate::domain::run::report::MessageKey;
use crate::domain::run::{Cause, Run};
use crate::domain::time::Timestamp;
use crate::store::connections::Sealed;
use crate::store::contacts::Contact;
use crate::store::{DatabaseError, Statement, connections, contacts, outbox};

use super::ports::NO_MAIL_BINDING;
use super::{App, within};

/// By what a call is made.
pub enum Means {
    /// By our own store.
    Store,
    /// Not at all: the outbox shows what would have been sent.
    Outbox,
    /// By the provider, with this connection.
    Provider(Option<Connection>),
    /// It cannot be made.
    None(Failure),
}

impl Means {
    /// Whether something leaves that cannot be called back, so that the ledger must say so before.
    pub fn leaves(&self) -> bool {
        match self {
            Self::Provider(_) => true,
            Self::Store | Self::Outbox | Self::None(_) => false,
        }
    }
}

/// **Limit:** connections that are read together with a batch; those of who has more are read one by one.
pub const READ_TOGETHER: u32 = 20;

/// How long a connection that was read with a batch is used without asking again: what an operator changes acts at once.
const KNOWN_MS: i64 = 1_000;

/// The connections that were read together with a batch.
#[derive(Default)]
pub struct Connections {
    found: Vec<Sealed>,
    /// When all of them were read; `None` when there are more, or none were read.
    all_at: Option<Timestamp>,
}

impl Connections {
    /// What was read at a moment; with a limit of [`READ_TOGETHER`].
    pub fn new(found: Vec<Sealed>, at: Timestamp) -> Self {
        let all = found.len() < READ_TOGETHER as usize;
        Self { found, all_at: all.then_some(at) }
    }

    /// The connections, if they are all of them and were read just now.
    fn all(&self, now: Timestamp) -> Option<&[Sealed]> {
        self.all_at.filter(|at| (0..KNOWN_MS).contains(&now.since(*at))).map(|_| self.found.as_slice())
    }

    async fn get(&self, app: &App, id: &ConnectionId) -> Result<Option<Sealed>, DatabaseError> {
        match self.all(app.now()) {
            Some(all) => Ok(all.iter().find(|sealed| sealed.id == *id).cloned()),
            None => connections::get(app.db(), id).await,
        }
    }

    async fn default_of(&self, app: &App, kind: Kind) -> Result<Option<Sealed>, DatabaseError> {
        match self.all(app.now()) {
            Some(all) => Ok(all.iter().find(|sealed| sealed.kind == kind && sealed.is_default).cloned()),
            None => connections::default_of(app.db(), kind).await,
        }
    }
}

/// Finds the means for a call: tests never leave, nor does what goes through a simulated connection.
pub async fn means(app: &App, at: &At<'_>, call: &Call, known: &Connections) -> Result<Means, DatabaseError> {
    let Some(kind) = call.kind() else {
        return Ok(if at.run.cause == Cause::Test { Means::Outbox } else { Means::Store });
    };
    if at.run.cause == Cause::Test {
        return Ok(Means::Outbox);
    }
    let sealed = match call.connection() {
        Some(id) => {
            let found = known.get(app, id).await?;
            if found.as_ref().is_none_or(|found| found.kind != kind) {
                let message =
                    format!("there is no {} connection `{id}` any more; choose another in this step", kind.as_str());
                return Ok(Means::None(Failure::refused("unknown_connection", message)));
            }
            found
        }
        None => {
            super::connections::furnish(app).await?;
            known.default_of(app, kind).await?
        }
    };
    Ok(match sealed {
        Some(sealed) if sealed.simulated => Means::Outbox,
        Some(sealed) => match super::connections::open(app, &sealed) {
            Ok(connection) => provider(app, at, call, Some(connection)),
            Err(problem) => Means::None(Failure::refused("connection_sealed", problem.message)),
        },
        // E-mail and HTTP can do without; the others say in their request what is missing.
        None => provider(app, at, call, None),
    })
}

/// The provider, unless the call is refused before it begins: then the ledger need not say that it did, and no limit
/// counts it. What leaves is made anew when the call has its turn, because a signature holds the time.
fn provider(app: &App, at: &At<'_>, call: &Call, connection: Option<Connection>) -> Means {
    let keys = at.keys();
    let delivery = keys.delivery(app, at, connection.as_ref());
    let refused = match call {
        Call::Email(_) => action::sender(&delivery).err(),
        Call::Whatsapp(_) | Call::Http(_) | Call::SaveContact(_) => action::request(call, &delivery).err(),
    };
    match refused {
        Some(failure) => Means::None(failure),
        None => Means::Provider(connection),
    }
}

/// Where in a run a call is made.
pub struct At<'a> {
    /// The run.
    pub run: &'a Run,
    /// The step's id.
    pub step_id: &'a str,
    /// Through how many webhook automations the event had come.
    pub hop: u8,
}

/// By what a receiver and a report know a call.
struct Keys {
    step: String,
    message: String,
}

impl At<'_> {
    fn keys(&self) -> Keys {
        let attempt = self.run.steps.iter().find(|step| step.id == self.step_id).map_or(1, |step| step.attempts);
        let message = MessageKey { run: self.run.id.clone(), step: self.step_id.to_owned(), attempt };
        Keys { step: format!("{}/{}", self.run.id, self.step_id), message: message.to_string() }
    }
}

impl Keys {
    fn delivery<'a>(&'a self, app: &'a App, at: &At<'_>, connection: Option<&'a Connection>) -> Delivery<'a> {
        Delivery {
            connection,
            settings: app.settings(),
            step_key: &self.step,
            message_key: &self.message,
            hop: at.hop,
            now: app.now(),
        }
    }
}

/// How a call ended, and what is to be stored with that.
pub struct Done {
    /// How it ended.
    pub outcome: Outcome,
    /// What goes into the database together with the run.
    pub statements: Vec<Statement>,
    /// The contact that was saved, for the templates of later steps.
    pub contact: Option<Value>,
}

/// Makes a call.
pub async fn perform(app: &App, means: &Means, at: &At<'_>, call: &Call) -> Result<Done, DatabaseError> {
    let only = |outcome| Done { outcome, statements: Vec::new(), contact: None };
    match means {
        Means::None(failure) => Ok(only(Outcome::Failed(failure.clone()))),
        Means::Store => save_contact(app, at, call).await,
        Means::Outbox => {
            let message = call.outbox().map(|message| outbox::put(&at.run.id, at.step_id, &message, app.now()));
            let outcome = Outcome::Succeeded { output: call.simulated_output() };
            Ok(Done { outcome, statements: message.into_iter().collect(), contact: None })
        }
        Means::Provider(connection) => {
            let keys = at.keys();
            let delivery = keys.delivery(app, at, connection.as_ref());
            Ok(only(ask(app, call, &delivery).await))
        }
    }
}

async fn ask(app: &App, call: &Call, delivery: &Delivery<'_>) -> Outcome {
    let answer = match call {
        Call::Email(message) => match action::sender(delivery) {
            Ok(from) => {
                // The binding itself has no bound.
                let sent = within(app, call.timeout_ms(), app.ports.mail.send(&from, message)).await;
                match sent {
                    None => Answer::Timeout,
                    Some(Err(error)) if error.code == NO_MAIL_BINDING => Answer::NotSent { reason: error.message },
                    Some(sent) => Answer::Mail(sent),
                }
            }
            Err(failure) => return Outcome::Failed(failure),
        },
        Call::Whatsapp(_) | Call::Http(_) | Call::SaveContact(_) => match action::request(call, delivery) {
            Ok(request) => action::redact(app.ports.outbound.send(request).await, delivery.connection),
            Err(failure) => return Outcome::Failed(failure),
        },
    };
    action::read(call, answer, app.now())
}

async fn save_contact(app: &App, at: &At<'_>, call: &Call) -> Result<Done, DatabaseError> {
    let Call::SaveContact(change) = call else {
        let failure = Failure::refused("no_connection", "this call needs a connection");
        return Ok(Done { outcome: Outcome::Failed(failure), statements: Vec::new(), contact: None });
    };
    let now = app.now();
    let new_id = new_contact_id(at);
    let Some(contact) = contacts::save(app.db(), change, &new_id, now).await? else {
        let failure = Failure::refused("contact_not_saved", "the contact could not be saved; replay the event");
        return Ok(Done { outcome: Outcome::Failed(failure), statements: Vec::new(), contact: None });
    };
    // Also when an attempt whose outcome was lost has made it already.
    let created = contact.id == new_id;
    let answer = Answer::Contact { id: contact.id.clone(), created };
    Ok(Done { outcome: action::read(call, answer, now), statements: Vec::new(), contact: Some(contact_view(&contact)) })
}

/// The id that a contact gets when this step makes it: the same in every attempt, so that a repeated one still knows
/// that the contact is new.
fn new_contact_id(at: &At<'_>) -> ContactId {
    let run = at.run;
    let made_at = if run.id.number == 1 { run.id.event.received_at() } else { run.created_at };
    let hash = event::hash(format!("{}/{}", run.id, at.step_id).as_bytes());
    ContactId::new(made_at, u128::from_str_radix(&hash, 16).unwrap_or_default())
}

/// A contact as templates see it.
pub fn contact_view(contact: &Contact) -> Value {
    serde_json::json!({
        "id": contact.id,
        "phone": contact.phone,
        "email": contact.email,
        "name": contact.name,
        "properties": contact.properties,
        "tags": contact.tags,
    })
}
