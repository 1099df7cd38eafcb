//! The receiving side of the queues: what is done with each message, and the verdict on it.
//!
//! A message that cannot be worked on now comes back; one that makes no sense is dropped and named in the log. Nothing
//! here decides what a run does.

mod batch;
mod dead;
mod intake;
mod runs;
mod together;

use crate::store::Statement;

use super::App;
use super::ports::{Incoming, Level, QueueName, Verdict};

/// Works on a batch of messages; one verdict each, in order.
pub async fn consume(app: &App, queue: QueueName, messages: Vec<Incoming>) -> Vec<Verdict> {
    match queue {
        QueueName::Runs => runs::consume(app, messages).await,
        QueueName::Intake => {
            let mut verdicts = Vec::with_capacity(messages.len());
            for message in messages {
                verdicts.push(intake::consume(app, message).await);
            }
            verdicts
        }
        QueueName::Dead => {
            let mut verdicts = Vec::with_capacity(messages.len());
            for message in messages {
                verdicts.push(dead::consume(app, message).await);
            }
            verdicts
        }
    }
}

/// How long a message waits that could not be worked on because something did not answer.
fn retry(app: &App, attempts: u32) -> Verdict {
    let base = 5u32.saturating_mul(1 << attempts.min(6)).min(300);
    let luck = u32::try_from(app.entropy() % u128::from(base / 2 + 1)).unwrap_or(0);
    Verdict::Retry { delay_s: base + luck }
}

/// Counts what events brought that are worked on for the first time. A crash in between loses a count, and an order that
/// comes twice before its run exists doubles one: counts are statistics, paths and kinds are the truth and were written
/// with the event.
async fn count(app: &App, statements: Vec<Statement>) {
    if statements.is_empty() {
        return;
    }
    if let Err(error) = app.db().batch(statements).await {
        app.log(Level::Warn, &format!("a batch of events was not counted: {error}"));
    }
}
