//! `/outbox`: what simulated connections would have sent.
//!
//! It sends nothing and forgets nothing: retention does.

use serde::Serialize;
use serde_json::Value;

use super::call::Call;
use super::view::{List, Time};
use crate::domain::ids::RunId;
use crate::domain::problem::Problem;
use crate::http::message::Response;
use crate::store::outbox::Message;

/// A message that was not sent.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "OutboxMessage"))]
pub struct MessageView {
    /// Its own id: the run and the step.
    id: String,
    /// The run that would have sent it.
    run_id: String,
    /// The step that would have sent it.
    step_id: String,
    /// `whatsapp`, `email` or `http`.
    channel: String,
    /// To whom.
    to: String,
    /// As the person would have seen it; its shape depends on the channel.
    content: Value,
    created_at: Time,
}

/// A step's id has no dot, so the last one parts the two.
fn parse(text: &str) -> Option<(RunId, String)> {
    let (run, step) = text.rsplit_once('.')?;
    Some((RunId::parse(run)?, step.to_owned()))
}

fn id(message: &Message) -> String {
    format!("{}.{}", message.run_id(), message.step_id)
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            id: id(&message),
            run_id: message.run_id().to_string(),
            step_id: message.step_id,
            channel: message.channel,
            to: message.recipient,
            content: message.content,
            created_at: message.created_at.into(),
        }
    }
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = call.query();
    let run = query.parsed("run_id", RunId::parse, "the id of a run; those begin with `run_`");
    let limit = query.limit();
    let before = query.cursor(parse)?;
    query.finish()?;
    let rows = crate::app::outbox::list(call.app, run.as_ref(), before.as_ref(), limit + 1).await?;
    Ok(Response::json(200, &List::page(rows, limit, id, MessageView::from)))
}
