//! The use cases: what happens, in which order, through which port.
//!
//! The app decides nothing that a rule could decide (that is the domain's), and knows neither HTTP nor SQL.

pub mod access;
pub mod automations;
pub mod challenge;
mod commit;
pub mod config;
pub mod connections;
mod consume;
pub mod contacts;
mod durable;
pub mod events;
pub mod execute;
pub mod faults;
pub mod health;
pub mod identify;
pub mod ingest;
pub mod learn;
pub mod limits;
mod lookup;
pub mod order;
pub mod outbox;
mod pace;
mod perform;
mod plans;
pub mod ports;
pub mod privacy;
pub mod refusals;
pub mod replays;
pub mod reports;
pub mod reseal;
mod retention;
pub mod runs;
pub mod seal;
pub mod sessions;
pub mod sources;
pub mod stats;
mod storage;
pub mod sweep;
mod task;
pub mod welcome;

use std::pin::Pin;
use std::rc::Rc;

pub use config::Config;
pub use consume::consume;
pub use lookup::{Known, Memory, unknown as unknown_source};
pub use ports::Ports;
pub use sweep::sweep;

use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::store::Database;

/// Work that goes on after the answer: plain data and ports of this invocation, nothing of another request's.
pub type After = Pin<Box<dyn Future<Output = ()>>>;

/// One invocation's view of the application.
#[derive(Clone)]
pub struct App {
    /// The world.
    pub ports: Ports,
    /// What the deployer set.
    pub config: Rc<Config>,
    /// What this isolate remembers between invocations: plain data only.
    pub memory: Rc<Memory>,
}

impl App {
    /// The database.
    pub(crate) fn db(&self) -> &dyn Database {
        self.ports.db.as_ref()
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// What the deployer set, as far as rules depend on it.
    pub(crate) fn settings(&self) -> &Settings {
        &self.config.settings
    }

    /// 128 fresh random bits: what keeps two ids of one millisecond apart.
    pub(crate) fn entropy(&self) -> u128 {
        let mut bytes = [0; 16];
        self.ports.entropy.fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }

    /// Writes a line into the log.
    pub(crate) fn log(&self, level: ports::Level, line: &str) {
        self.ports.log.write(level, line);
    }
}

/// Waits for `work` at most `ms`; `None` when it took longer. What was begun may still happen.
pub(crate) async fn within<T>(app: &App, ms: u32, work: impl Future<Output = T>) -> Option<T> {
    let work = std::pin::pin!(work);
    match futures_util::future::select(work, app.ports.clock.sleep(ms)).await {
        futures_util::future::Either::Left((done, _)) => Some(done),
        futures_util::future::Either::Right(_) => None,
    }
}

/// How many milliseconds are left until a deadline.
pub(crate) fn left(app: &App, deadline: Timestamp) -> u32 {
    u32::try_from(deadline.since(app.now())).unwrap_or(0)
}

/// Whether a statement of a batch returned a row, which is how our writes say that they took place.
pub(crate) fn took_place(results: &[crate::store::Rows], index: usize) -> bool {
    results.get(index).is_some_and(|rows| !rows.is_empty())
}
