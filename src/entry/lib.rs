//! The worker as Cloudflare loads it. It only names the exports, which are written in `uncino::platform`.
#![forbid(unsafe_code)]

#[cfg(target_arch = "wasm32")]
pub use uncino::platform::{fetch, queue, scheduled};
