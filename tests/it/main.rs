//! The native tests that see the crate from outside, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod payloads;
mod properties_payload;
