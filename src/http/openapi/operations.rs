//! What each operation is, takes and gives, in one `match`: an operation that is not described does not compile.
//!
//! It writes no schema out: a type is named, and the schema is made from it.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Schemas;
use super::requests as sent;
use crate::domain::run::Status;
use crate::http::api::{
    actions, automations, connections, contacts, events, fields, health, outbox, privacy, refusals, replays, runs,
    secrets, session, sources, stats, view::List,
};
use crate::http::route::Operation;

/// An operation in words and schemas.
pub struct Description {
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Its query parameters.
    pub query: Vec<Value>,
    /// Its body, and whether there must be one.
    pub body: Option<(Value, bool)>,
    /// The status when it goes well.
    pub status: u16,
    /// What it then gives.
    pub answer: Option<Value>,
}

impl Description {
    fn gives<T: JsonSchema>(schemas: &mut Schemas, summary: &'static str, status: u16) -> Self {
        Self { summary, query: Vec::new(), body: None, status, answer: Some(schemas.given::<T>()) }
    }

    fn deletes(summary: &'static str) -> Self {
        Self { summary, query: Vec::new(), body: None, status: 204, answer: None }
    }

    fn takes<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        self.body = Some((schemas.taken::<T>(), true));
        self
    }

    fn may_take<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        self.body = Some((schemas.taken::<T>(), false));
        self
    }

    fn asks(mut self, query: impl IntoIterator<Item = Value>) -> Self {
        self.query.extend(query);
        self
    }

    fn creates(self) -> Self {
        Self { status: 201, ..self }
    }

    /// A list in pages.
    fn in_pages(self) -> Self {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
        self.asks([
            parameter("limit", "How many rows a page has at most.", limit),
            parameter("cursor", "`next` of the page before.", json!({ "type": "string" })),
        ])
    }
}

fn parameter(name: &str, about: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

fn text(name: &str, about: &str) -> Value {
    parameter(name, about, json!({ "type": "string" }))
}

fn time(name: &str, about: &str) -> Value {
    parameter(name, about, json!({ "type": "string", "format": "date-time" }))
}

fn path() -> Value {
    let mut path = text("path", "The field: `cliente.nome`.");
    if let Some(path) = path.as_object_mut() {
        path.insert("required".to_owned(), true.into());
    }
    path
}

fn gives_automation(schemas: &mut Schemas, summary: &'static str) -> Description {
    Description::gives::<automations::AutomationView>(schemas, summary, 200)
}

/// Describes an operation.
pub fn describe(operation: Operation, schemas: &mut Schemas) -> Description {
    use Description as D;
    let s = schemas;
    match operation {
        Operation::GetSession => D::gives::<session::StateView>(s, "Whether the caller is signed in, and to what", 200),
        Operation::CreateSession => {
            D::gives::<session::SessionView>(s, "Sign in: the session's cookie is in `Set-Cookie`", 200)
                .takes::<sent::SessionInput>(s)
        }
        Operation::DeleteSession => D::deletes("Sign out"),
        Operation::GetHealth => D::gives::<health::Health>(s, "Whether D1 and KV answer", 200),
        Operation::GetOpenapi => D {
            summary: "This document",
            query: Vec::new(),
            body: None,
            status: 200,
            answer: Some(json!({ "type": "object" })),
        },
        Operation::ListActions => D::gives::<actions::ActionList>(s, "What a step can do", 200),
        Operation::GetStats => {
            let from = time("from", "The first hour; a day before `to` when it is left out.");
            let to = time("to", "The end, at most a week later; now when it is left out.");
            D::gives::<stats::StatsView>(s, "Events and runs by status, per hour", 200).asks([from, to])
        }
        Operation::CreateAutomation => gives_automation(s, "Make an automation, and with it its inbound URL")
            .creates()
            .takes::<sent::AutomationInput>(s),
        Operation::ListAutomations => {
            D::gives::<List<automations::AutomationView>>(s, "Automations, newest first", 200)
                .asks([text("source_id", "Only those that listen to this source.")])
                .in_pages()
        }
        Operation::GetAutomation => gives_automation(s, "An automation"),
        Operation::ReplaceAutomation => {
            gives_automation(s, "Save the next revision of an automation").takes::<sent::AutomationInput>(s)
        }
        Operation::DeleteAutomation => {
            let about = "Whether its source stays although nothing listens to it any more.";
            let keep = parameter("keep_source", about, json!({ "type": "boolean", "default": false }));
            D::deletes("Delete an automation; what has not begun is cancelled").asks([keep])
        }
        Operation::EnableAutomation => gives_automation(s, "Enable an automation").may_take::<sent::EnableInput>(s),
        Operation::DisableAutomation => gives_automation(s, "Disable an automation: its runs are held"),
        Operation::PreviewAutomation => {
            D::gives::<automations::Preview>(s, "Render every step, and do nothing", 200).takes::<sent::PreviewInput>(s)
        }
        Operation::ListSources => D::gives::<List<sources::SourceView>>(s, "Sources, newest first", 200).in_pages(),
        Operation::GetSource => D::gives::<sources::SourceView>(s, "A source", 200),
        Operation::ChangeSource => {
            D::gives::<sources::SourceView>(s, "Change a source", 200).takes::<sent::SourceChange>(s)
        }
        Operation::DeleteSource => D::deletes("Delete a source with its automations; its URL answers 410 from now on"),
        Operation::RotateSource => {
            D::gives::<sources::SourceView>(s, "Give a source a new token", 200).may_take::<sent::RotateInput>(s)
        }
        Operation::IdentifySource => D::gives::<sources::Identified>(
            s,
            "Find the scheme with which the last deliveries were signed. The first call begins to keep their signatures, \
             sealed, for 15 minutes",
            200,
        )
        .takes::<sent::IdentifyInput>(s),
        Operation::ListRefusals => {
            D::gives::<refusals::RefusalList>(s, "Deliveries to a source that were refused, newest first", 200)
                .in_pages()
        }
        Operation::ListFields => D::gives::<fields::FieldList>(s, "What a source has learned", 200),
        Operation::ChangeField => {
            D::gives::<fields::FieldView>(s, "Change a field", 200).asks([path()]).takes::<sent::FieldChange>(s)
        }
        Operation::DeleteField => D::deletes("Forget a field until it is sent again").asks([path()]),
        Operation::ListEvents => D::gives::<List<events::EventRow>>(
            s,
            "Events without their bodies, newest first",
            200,
        )
        .asks([
            text("source_id", "Only of this source."),
            text(
                "q",
                "Only those whose body, in its first 4,096 characters, or delivery id holds this text. A page looks at \
                         1,000 events, and may hold fewer than `limit`, or none, and yet have a `next`.",
            ),
            time("from", "Not before."),
            time("to", "Before."),
        ])
        .in_pages(),
        Operation::GetEvent => D::gives::<events::EventView>(s, "An event", 200),
        Operation::DeleteEvent => D::deletes("Delete an event; its open runs are cancelled"),
        Operation::ReplayEvent => {
            D::gives::<events::ReplayedRuns>(s, "Run an event again, by the newest revisions", 202)
                .may_take::<sent::EventReplayInput>(s)
        }
        Operation::ReplayEvents => {
            D::gives::<replays::ReplayView>(s, "Run a range of events again", 202).takes::<sent::ReplayInput>(s)
        }
        Operation::GetReplay => D::gives::<replays::ReplayView>(s, "A replay, with how far it is", 200),
        Operation::StopReplay => D::deletes("Stop a replay; runs that it has made go on"),
        Operation::ListRuns => {
            let statuses = json!({ "type": "string", "enum": Status::ALL.map(Status::as_str) });
            D::gives::<List<runs::RunView>>(s, "Runs, newest event first", 200)
                .asks([
                    text("automation_id", "Only of this automation."),
                    text("event_id", "Only of this event."),
                    parameter("status", "Only with this status.", statuses),
                ])
                .in_pages()
        }
        Operation::GetRun => D::gives::<runs::RunView>(s, "A run", 200),
        Operation::ResumeRun => {
            D::gives::<runs::RunView>(s, "Go on with a run from its first step that is not done", 200)
                .may_take::<sent::ResumeInput>(s)
        }
        Operation::CancelRun => D::gives::<runs::RunView>(s, "End a run that is not over", 200),
        Operation::ListContacts => D::gives::<List<contacts::ContactView>>(s, "Contacts, newest first", 200)
            .asks([text("q", "Looked for in phone, e-mail, name and tags.")])
            .in_pages(),
        Operation::GetContact => D::gives::<contacts::ContactView>(s, "A contact", 200),
        Operation::ChangeContact => {
            D::gives::<contacts::ContactView>(s, "Change a contact", 200).takes::<sent::ContactChange>(s)
        }
        Operation::DeleteContact => D::deletes("Delete a contact"),
        Operation::ListConnections => {
            D::gives::<List<connections::ConnectionView>>(s, "Connections, newest first", 200).in_pages()
        }
        Operation::CreateConnection => {
            D::gives::<connections::ConnectionView>(s, "Make a connection", 201).takes::<sent::ConnectionInput>(s)
        }
        Operation::GetConnection => D::gives::<connections::ConnectionView>(s, "A connection", 200),
        Operation::ChangeConnection => {
            D::gives::<connections::ConnectionView>(s, "Change a connection", 200).takes::<sent::ConnectionChange>(s)
        }
        Operation::DeleteConnection => D::deletes("Delete a connection; steps that name it fail from now on"),
        Operation::TestConnection => {
            D::gives::<connections::TestView>(s, "Try a connection out, without a message to anybody", 200)
        }
        Operation::ListOutbox => D::gives::<List<outbox::MessageView>>(
            s,
            "What simulated connections would have sent, newest event first",
            200,
        )
        .asks([text("run_id", "Only of this run.")])
        .in_pages(),
        Operation::ErasePerson => {
            let summary =
                "Erase everything about a number or an address, with a receipt; ask again while it is not `complete`";
            D::gives::<privacy::ErasureView>(s, summary, 200).takes::<sent::EraseInput>(s)
        }
        Operation::ExportPerson => {
            let summary = "Everything that is stored about a number or an address; ask on with `next` until it is null";
            D::gives::<privacy::ExportView>(s, summary, 200).takes::<sent::ExportInput>(s)
        }
        Operation::ListErasures => {
            D::gives::<List<privacy::ErasureView>>(s, "Erasures with their receipts, newest first", 200).in_pages()
        }
        Operation::GetErasure => D::gives::<privacy::ErasureView>(s, "An erasure with its receipt", 200),
        Operation::GetSealing => D::gives::<secrets::SealingView>(
            s,
            "With which key secrets are sealed, and whether the previous may go",
            200,
        ),
    }
}
