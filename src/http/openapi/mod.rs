//! The OpenAPI document, made from the route table and the types. Native only: the worker serves the file.
//!
//! It invents nothing: a route, a view or a word that is not in the code cannot be in the document.

pub mod registry;
pub mod requests;
pub mod words;
