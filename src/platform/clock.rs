//! The runtime's clock and timers.
//!
//! The clock stands still while code runs and moves on with I/O: it measures no computation.

use std::time::Duration;

use async_trait::async_trait;
use worker::Delay;

use crate::app::ports::Clock;
use crate::domain::time::Timestamp;

/// The runtime's clock, which a developer may set ahead.
pub struct WorkerClock {
    /// How far it runs ahead; 0 when deployed.
    pub offset_ms: i64,
}

#[async_trait(?Send)]
impl Clock for WorkerClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now() as i64).plus_ms(self.offset_ms)
    }

    async fn sleep(&self, ms: u32) {
        Delay::from(Duration::from_millis(u64::from(ms))).await;
    }
}
