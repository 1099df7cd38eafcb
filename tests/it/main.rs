//! The native tests that look at Uncino from outside of its modules: one binary, one module a subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may panic: that is how it fails"
)]

mod action_properties;
mod actions;
mod architecture;
mod chance;
mod conditions;
mod documents;
mod engine;
mod flows;
mod fuzz;
mod http_api;
mod http_auth;
mod http_ingest;
mod learning;
mod openapi;
mod payloads;
mod properties_payload;
mod properties_template;
mod simulation;
mod sql;
mod templates;
