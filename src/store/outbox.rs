//! The outbox: what simulated connections would have sent.
//!
//! It sends nothing and forgets with the event's retention.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::action::OutboxMessage;
use crate::domain::ids::{AutomationId, EventId, RunId};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement, json_text, to_text};

/// A message that was not sent.
#[derive(Deserialize, Clone, Debug)]
pub struct Message {
    event_id: EventId,
    automation_id: AutomationId,
    number: u32,
    /// The step that would have sent it.
    pub step_id: String,
    /// `whatsapp`, `email` or `http`.
    pub channel: String,
    /// To whom.
    pub recipient: String,
    /// As the person would have seen it.
    #[serde(deserialize_with = "json_text")]
    pub content: Value,
    /// When.
    pub created_at: Timestamp,
}

impl Message {
    /// The run that would have sent it.
    pub fn run_id(&self) -> RunId {
        RunId { event: self.event_id.clone(), automation: self.automation_id.clone(), number: self.number }
    }
}

/// Puts a message into the outbox; a step's second attempt replaces its first.
pub fn put(run: &RunId, step_id: &str, message: &OutboxMessage, now: Timestamp) -> Statement {
    sql!(
        "INSERT INTO outbox (event_id, automation_id, number, step_id, channel, recipient, content, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET channel = ?5, recipient = ?6, content = ?7, created_at = ?8
         RETURNING event_id AS row",
        run.event.as_str(),
        run.automation.as_str(),
        run.number,
        step_id,
        message.channel,
        &message.to,
        to_text(&message.content),
        now
    )
}

/// Messages, newest event first; `before` is the run and step of the last one seen.
pub async fn list(
    db: &dyn Database,
    run: Option<&RunId>,
    before: Option<&(RunId, String)>,
    limit: u32,
) -> Result<Vec<Message>> {
    db.all(sql!(
        "SELECT json_object('event_id', event_id, 'automation_id', automation_id, 'number', number, 'step_id', step_id,
           'channel', channel, 'recipient', recipient, 'content', content, 'created_at', created_at) AS row
         FROM outbox
         WHERE (?1 IS NULL OR (event_id = ?1 AND automation_id = ?2 AND number = ?3))
           AND (event_id, automation_id, number, step_id) < (?4, ?5, ?6, ?7)
         ORDER BY event_id DESC, automation_id DESC, number DESC, step_id DESC LIMIT ?8",
        run.map(|id| id.event.as_str().to_owned()),
        run.map(|id| id.automation.as_str().to_owned()),
        run.map(|id| id.number),
        // Always a bound, later than every id when there is none: behind an `OR` the key would not be used.
        before.map_or("evt_~", |(id, _)| id.event.as_str()),
        before.map_or("", |(id, _)| id.automation.as_str()),
        before.map_or(0, |(id, _)| id.number),
        before.map_or("", |(_, step)| step.as_str()),
        limit
    ))
    .await
}

/// The message of a step.
pub async fn get(db: &dyn Database, run: &RunId, step_id: &str) -> Result<Option<Message>> {
    db.first(sql!(
        "SELECT json_object('event_id', event_id, 'automation_id', automation_id, 'number', number, 'step_id', step_id,
           'channel', channel, 'recipient', recipient, 'content', content, 'created_at', created_at) AS row
         FROM outbox WHERE event_id = ?1 AND automation_id = ?2 AND number = ?3 AND step_id = ?4",
        run.event.as_str(),
        run.automation.as_str(),
        run.number,
        step_id
    ))
    .await
}

/// Removes a bounded number of messages that were made before a moment. The event of a message is older than it, and
/// may be much older when its run has waited.
pub async fn purge(db: &dyn Database, older_than: Timestamp, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM outbox WHERE (event_id, automation_id, number, step_id) IN (
           SELECT event_id, automation_id, number, step_id FROM outbox
           WHERE event_id < ?1 AND created_at < ?2 LIMIT ?3)
         RETURNING event_id AS row",
        EventId::floor(older_than).as_str(),
        older_than,
        limit
    ))
    .await
}
