//! Every SQL statement, each in a function that says what it is for and gives back typed values.
//!
//! It decides nothing: conditions in a statement are those that must hold in the same instant as the write.

mod database;

pub use database::{Arg, Database, DatabaseError, DatabaseExt, Reason, Rows, Statement, decode};
