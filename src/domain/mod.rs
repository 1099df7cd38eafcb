//! What Uncino knows and decides: values and rules.
//!
//! **Invariant:** nothing here is asynchronous, reads a clock, draws a random number, keeps changing statics or does
//! I/O. Time and entropy come in as arguments; what should happen outside goes out as a value.

pub mod access;
pub mod action;
pub mod automation;
pub mod challenge;
pub mod condition;
pub mod connection;
pub mod contact;
pub mod event;
pub mod field;
pub mod ids;
pub mod input;
pub mod limits;
pub mod number;
pub mod payload;
pub mod problem;
pub mod run;
pub mod secret;
pub mod settings;
pub mod signature;
pub mod source;
pub mod template;
pub mod time;
