//! The worker as Cloudflare loads it: the exports of `uncino::platform`, which are written there.
#![forbid(unsafe_code)]

#[cfg(target_arch = "wasm32")]
pub use uncino::platform::{fetch, queue, scheduled};
