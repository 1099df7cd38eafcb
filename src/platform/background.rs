//! Work that goes on after the handler of an event has returned, on `waitUntil`.
//!
//! It promises no end: the runtime gives such work 30 seconds, and may take it away before.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use worker::worker_sys::Context;

use crate::app::After;
use crate::app::ports::Background;

/// Two seconds less than what the runtime gives (Cloudflare Workers, "Limits", duration of `waitUntil`).
const GRACE_MS: u32 = 28_000;

/// Lets work go on beside an event of the queue. It needs the compatibility flag
/// `queue_consumer_no_wait_for_wait_until`: without it the next batch waits for this work all the same.
pub struct WaitUntil(Context);

impl WaitUntil {
    /// Beside the event of a context.
    pub fn new(context: Context) -> Self {
        Self(context)
    }
}

impl Background for WaitUntil {
    fn grace_ms(&self) -> Option<u32> {
        Some(GRACE_MS)
    }

    fn go_on(&self, work: After) {
        wait_until(&self.0, work);
    }
}

/// Lets the runtime wait for work. It runs all the same when the runtime does not take it; it is then not waited for.
pub fn wait_until(context: &Context, work: After) {
    let promise = future_to_promise(async move {
        work.await;
        Ok(JsValue::UNDEFINED)
    });
    wait_for(context, &promise);
}

/// Lets the runtime wait for a promise.
pub fn wait_for(context: &Context, promise: &Promise) {
    let _ = context.wait_until(promise.unchecked_ref());
}
