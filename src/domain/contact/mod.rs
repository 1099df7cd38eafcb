//! What is known of the people reached: their numbers and addresses, each in one form.

pub mod email;
pub mod phone;
