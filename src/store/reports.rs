//! Reports about messages: taking them in, finding those that may settle a step, showing them beside a run.
//!
//! It decides nothing about a run. **Invariant:** a report only moves forward, in the statement that writes it, so that
//! reports may come in any order, twice, and at once, also in one webhook.

use serde::{Deserialize, Serialize};

use crate::domain::action::Failure;
use crate::domain::ids::{AutomationId, ConnectionId, EventId, RunId};
use crate::domain::run::report::{MessageKey, Report, Stage};
use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement, to_text};

/// The stages from the least to the most: where a word stands in here is how much it counts.
macro_rules! order {
    ($what:literal) => {
        concat!("instr('sent failed delivered read', ", $what, ")")
    };
}

#[derive(Serialize)]
struct New<'a>(&'a str, &'a str, u32, &'a str, u32, Stage, Timestamp, Option<String>, Option<&'a str>);

/// A row if the connection is still the one under which reports were verified.
pub fn unchanged(connection: &ConnectionId, updated_at: Timestamp) -> Statement {
    sql!("SELECT id AS row FROM connections WHERE id = ?1 AND updated_at = ?2", connection.as_str(), updated_at)
}

/// Stores reports, in a batch with [`unchanged`], under the same condition. One about a run, a step or an attempt that
/// is not there is left out.
///
/// Returns for each that was news when it should be looked whether it settles its step, or null.
pub fn put(
    reports: &[(MessageKey, Report)],
    connection: &ConnectionId,
    updated_at: Timestamp,
    now: Timestamp,
    later: Timestamp,
) -> Statement {
    let rows: Vec<New<'_>> = reports
        .iter()
        .map(|(key, report)| {
            New(
                key.run.event.as_str(),
                key.run.automation.as_str(),
                key.run.number,
                &key.step,
                key.attempt,
                report.stage,
                report.at,
                report.failure.as_ref().map(to_text),
                report.message_id.as_deref(),
            )
        })
        .collect();
    sql!(
        concat!(
            "INSERT INTO reports (event_id, automation_id, number, step_id, attempt, status, at, failure, message_id,
               settle_at)
             SELECT r.event_id, r.automation_id, r.number, k.value ->> 3, k.value ->> 4, k.value ->> 5, k.value ->> 6,
               k.value ->> 7,
               CASE WHEN s.value ->> 'status' IN ('running', 'uncertain', 'waiting', 'pending') THEN k.value ->> 8 END,
               CASE s.value ->> 'status' WHEN 'running' THEN ?5 WHEN 'uncertain' THEN ?4 WHEN 'waiting' THEN ?4
                 WHEN 'pending' THEN ?4 END
             FROM json_each(?1) k
             JOIN runs r ON r.event_id = k.value ->> 0 AND r.automation_id = k.value ->> 1 AND r.number = k.value ->> 2
             JOIN json_each(r.steps) s ON s.value ->> 'id' = k.value ->> 3 AND s.value ->> 'action' = 'send_whatsapp'
               AND s.value ->> 'attempts' = k.value ->> 4
             WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?2 AND updated_at = ?3)
             ON CONFLICT DO UPDATE SET status = excluded.status, at = excluded.at, failure = excluded.failure,
               message_id = excluded.message_id, settle_at = excluded.settle_at
             WHERE ",
            order!("excluded.status"),
            " > ",
            order!("reports.status"),
            " RETURNING json_quote(settle_at) AS row"
        ),
        to_text(&rows),
        connection.as_str(),
        updated_at,
        now,
        later
    )
}

/// A list and not an object, because the code that reads one is a fraction of the other's size.
#[derive(Deserialize)]
struct Row(EventId, AutomationId, u32, String, u32, Stage, Timestamp, Option<String>, Option<String>);

impl From<Row> for (MessageKey, Report) {
    fn from(Row(event, automation, number, step, attempt, stage, at, failure, message_id): Row) -> Self {
        let key = MessageKey { run: RunId { event, automation, number }, step, attempt };
        let failure = failure.and_then(|text| serde_json::from_str::<Failure>(&text).ok());
        (key, Report { stage, at, message_id, failure })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT json_array(p.event_id, p.automation_id, p.number, p.step_id, p.attempt, p.status, p.at, p.failure, ",
            "p.message_id) AS row FROM ",
            $rest
        )
    };
}

/// Reports that are due to be looked at, oldest first, a bounded number.
pub async fn due(db: &dyn Database, now: Timestamp, limit: u32) -> Result<Vec<(MessageKey, Report)>> {
    let statement = sql!(
        select!("reports p WHERE p.settle_at IS NOT NULL AND p.settle_at <= ?1 ORDER BY p.settle_at LIMIT ?2"),
        now,
        limit
    );
    Ok(db.all::<Row>(statement).await?.into_iter().map(Into::into).collect())
}

/// Lets go of those that are due and have nothing to settle, a bounded number: their step is done.
pub async fn let_go(db: &dyn Database, now: Timestamp, limit: u32) -> Result<usize> {
    db.count(sql!(
        "UPDATE reports SET settle_at = NULL, message_id = NULL
         WHERE (event_id, automation_id, number, step_id, attempt) IN (
           SELECT p.event_id, p.automation_id, p.number, p.step_id, p.attempt FROM reports p
           WHERE p.settle_at IS NOT NULL AND p.settle_at <= ?1 AND NOT EXISTS (
             SELECT 1 FROM runs r JOIN json_each(r.steps) s ON s.value ->> 'id' = p.step_id
               AND s.value ->> 'attempts' = p.attempt
               AND s.value ->> 'status' IN ('running', 'uncertain', 'waiting', 'pending')
             WHERE r.event_id = p.event_id AND r.automation_id = p.automation_id AND r.number = p.number)
           LIMIT ?2)
         RETURNING event_id AS row",
        now,
        limit
    ))
    .await
}

/// Moves the next look at a report, or with null lets go of it, unless a further one has come meanwhile.
pub fn look_again(key: &MessageKey, seen: Stage, at: Option<Timestamp>) -> Statement {
    sql!(
        "UPDATE reports SET settle_at = ?7, message_id = CASE WHEN ?7 IS NOT NULL THEN message_id END
         WHERE event_id = ?1 AND automation_id = ?2 AND number = ?3 AND step_id = ?4 AND attempt = ?5 AND status = ?6
         RETURNING event_id AS row",
        key.run.event.as_str(),
        key.run.automation.as_str(),
        key.run.number,
        &key.step,
        key.attempt,
        seen.as_str(),
        at
    )
}

/// The reports about the messages of some runs.
pub async fn of_runs(db: &dyn Database, runs: &[&RunId]) -> Result<Vec<(MessageKey, Report)>> {
    let keys: Vec<_> = runs.iter().map(|id| (id.event.as_str(), id.automation.as_str(), id.number)).collect();
    let statement = sql!(
        select!(
            "json_each(?1) k JOIN reports p ON p.event_id = k.value ->> 0 AND p.automation_id = k.value ->> 1
             AND p.number = k.value ->> 2"
        ),
        to_text(&keys)
    );
    Ok(db.all::<Row>(statement).await?.into_iter().map(Into::into).collect())
}

/// Removes a bounded number of reports about runs that are gone.
pub async fn purge(db: &dyn Database, older_than: Timestamp, limit: u32) -> Result<usize> {
    db.count(sql!(
        "DELETE FROM reports WHERE (event_id, automation_id, number, step_id, attempt) IN (
           SELECT p.event_id, p.automation_id, p.number, p.step_id, p.attempt FROM reports p
           WHERE p.event_id < ?1 AND NOT EXISTS (SELECT 1 FROM runs r
             WHERE r.event_id = p.event_id AND r.automation_id = p.automation_id AND r.number = p.number) LIMIT ?2)
         RETURNING event_id AS row",
        EventId::floor(older_than).as_str(),
        limit
    ))
    .await
}
