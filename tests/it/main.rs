//! The native tests that look at Uncino from outside of its modules: one binary, one module a subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may panic: that is how it fails"
)]

mod access;
mod action_properties;
mod actions;
mod architecture;
mod canaries;
mod chance;
mod conditions;
mod documents;
mod engine;
mod flows;
mod fuzz;
mod group;
mod http_api;
mod http_auth;
mod http_dashboard;
mod http_ingest;
mod learning;
mod limits;
mod openapi;
mod origin;
mod outside;
mod payloads;
mod privacy;
mod properties_payload;
mod properties_template;
mod reports;
mod retention;
mod secrets;
mod simulation;
mod sql;
mod storage_policies;
mod templates;
