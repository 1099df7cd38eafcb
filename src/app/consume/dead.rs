//! Messages that failed for good: runs say so where the operator sees it, events go back to their queue.
//!
//! Nothing is given up silently, and nothing that was acknowledged is given up at all.

use crate::app::App;
use crate::app::ingest::Deferred;
use crate::app::order::{Order, queued_runs};
use crate::app::ports::{Incoming, Level, Outgoing, QueueName, Verdict};
use crate::domain::ids::RunId;
use crate::domain::run::{Status, machine};
use crate::store::events::EventKey;
use crate::store::runs::Existing;
use crate::store::{DatabaseError, decode, runs};

use super::{intake, retry};

/// A message that failed for good: runs say so, events go back to their queue until D1 holds them.
pub async fn consume(app: &App, message: Incoming) -> Verdict {
    if serde_json::from_str::<Deferred>(&message.body).is_ok() {
        if intake::consume(app, vec![message.clone()]).await == [Verdict::Ack] {
            return Verdict::Ack;
        }
        let again = Outgoing { body: message.body.clone(), delay_s: intake::again_s(app) };
        return match app.ports.queues.send(QueueName::Intake, vec![again]).await {
            Ok(()) => Verdict::Ack,
            Err(_) => retry(app, message.attempts),
        };
    }
    let failed = match serde_json::from_str::<Order>(&message.body) {
        Ok(Order::Event(key)) => fail_event(app, &key).await,
        Ok(Order::Run(id, _)) => fail_run(app, &id).await,
        Err(_) => {
            app.log(Level::Error, "a dead message is neither an order nor an event and was dropped");
            Ok(())
        }
    };
    match failed {
        Ok(()) => Verdict::Ack,
        Err(_) => retry(app, message.attempts),
    }
}

const GIVEN_UP: (&str, &str) = (
    "not_executed",
    "the run could not be executed after several tries, because a part of Uncino did not answer; resume it, or replay the event",
);

async fn fail_event(app: &App, key: &EventKey) -> Result<(), DatabaseError> {
    let now = app.now();
    let made: Vec<Existing> = match app.db().batch(vec![queued_runs(&key.0, &key.1, now)]).await?.into_iter().next() {
        Some(rows) => decode(rows)?,
        None => Vec::new(),
    };
    for Existing(event, automation, number, _) in made {
        fail_run(app, &RunId { event, automation, number }).await?;
    }
    Ok(())
}

async fn fail_run(app: &App, id: &RunId) -> Result<(), DatabaseError> {
    let Some(mut run) = runs::get(app.db(), id).await? else { return Ok(()) };
    let (found, open) = (run.status, run.open);
    // A run that somebody works on, or that was put off meanwhile, has not failed: only its message has.
    if found.is_over() || open.is_none_or(|open| open > app.now()) || found == Status::Held {
        return Ok(());
    }
    machine::give_up(&mut run, GIVEN_UP.0, GIVEN_UP.1, app.now());
    app.db().batch(vec![runs::decide(&run, found, open)]).await?;
    Ok(())
}
