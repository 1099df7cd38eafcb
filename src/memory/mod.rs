//! The native twin of the platform: every port in memory, with faults that a test can switch on, and a [`World`] that
//! does what the runtime does around the worker.
//!
//! It is for tests, and nothing of it is in the worker. It imitates no SQL: the database is SQLite itself. It does not
//! keep the invocations of an isolate apart, as workerd does; what may not cross from one to another is tested there.
#![allow(clippy::expect_used, clippy::panic, reason = "a world that cannot go on has to stop its test")]

pub mod assets;
pub mod clock;
pub mod database;
pub mod fault;
pub mod kv;
pub mod outbound;
pub mod queues;
pub mod rates;
pub mod rsa;
pub mod simple;
mod world;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub use assets::MemoryAssets;
pub use clock::MemoryClock;
pub use database::MemoryDatabase;
pub use fault::When;
pub use kv::MemoryKv;
pub use outbound::{MemoryMail, MemoryOutbound, Sent, answer};
pub use queues::MemoryQueues;
pub use rates::MemoryRates;
pub use simple::{MemoryEntropy, MemoryLog, zone_offset};
pub use world::{ADMIN_TOKEN, Delivery, KILLED, World};

/// More polls than any test needs: what comes here waits for something that never happens.
const STUCK_AFTER: usize = 10_000_000;

/// Runs a future to its end. Nothing in memory waits for anything but the clock, so polling again is all there is to do.
///
/// # Panics
/// When the future waits for something that never happens.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    drive(future, || false).expect("nothing kills this future")
}

/// Runs a future until it ends, or until `killed` says that it has to be dropped.
fn drive<T>(future: impl Future<Output = T>, killed: impl Fn() -> bool) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..STUCK_AFTER {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
        if killed() {
            return None;
        }
    }
    panic!("this future waits for something that never happens")
}
