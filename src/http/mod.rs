//! The HTTP edge.

pub mod message;
