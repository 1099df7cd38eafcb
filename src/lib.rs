//! Uncino: webhook automations in one Cloudflare Worker.
//!
//! A delivery comes in, is stored before it is answered, teaches its fields, and starts the runs of the automations
//! that listen to its source. `docs/ARCHITECTURE.md` is the map; the layers are these modules, each of which may use
//! only those that stand before it in this list:
//!
//! - [`domain`] decides: values and rules, no I/O, no clock, no randomness.
//! - [`store`] remembers: every SQL statement and the shape of what it returns, over one small database port.
//! - [`app`] orders: the use cases, asynchronous over the ports.
//! - [`http`] translates: requests to use cases, results to responses.
//! - [`platform`] obeys: Cloudflare's three events, bindings and clock (wasm only).
//! - [`memory`] obeys too: the same ports on SQLite and maps, with faults that a test can switch on (native only).
#![forbid(unsafe_code)]

pub mod app;
pub mod domain;
pub mod http;
#[cfg(not(target_arch = "wasm32"))]
pub mod memory;
#[cfg(target_arch = "wasm32")]
pub mod platform;
pub mod store;
