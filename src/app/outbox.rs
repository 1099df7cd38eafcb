//! The outbox: what simulated connections would have sent. Looked at here, filled by `perform`.
//!
//! Nothing in it was ever sent, and nothing can be sent from it.

use crate::domain::ids::RunId;
use crate::domain::problem::Problem;
use crate::store::outbox::{self, Message};

use super::App;

/// Messages, newest event first; `before` is the run and step of the last one seen.
pub async fn list(
    app: &App,
    run: Option<&RunId>,
    before: Option<&(RunId, String)>,
    limit: u32,
) -> Result<Vec<Message>, Problem> {
    Ok(outbox::list(app.db(), run, before, limit).await?)
}
