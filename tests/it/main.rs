//! The native tests that look at Uncino from outside of its modules: one binary, one module a subject.
#![allow(clippy::print_stdout)]

mod action_properties;
mod actions;
