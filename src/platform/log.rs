//! The log on the console: one line a call.
//!
//! It looks at no line: what may stand in one is the caller's to keep to (`docs/LOGGING.md`).

use crate::app::ports::{Level, Log};

/// The console, which Workers Logs and `wrangler tail` read.
pub struct Console;

impl Log for Console {
    fn write(&self, level: Level, line: &str) {
        match level {
            Level::Info => worker::console_log!("{line}"),
            Level::Warn => worker::console_warn!("{line}"),
            Level::Error => worker::console_error!("{line}"),
        }
    }
}
