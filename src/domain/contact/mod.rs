//! What is known of the people reached: their numbers and addresses, each in one form.
//!
//! It knows no stored contact: which one a number or an address belongs to is the store's to find.

pub mod email;
pub mod named;
pub mod phone;
pub mod subject;
