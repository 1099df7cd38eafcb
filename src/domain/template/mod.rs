//! (a stand-in until the branch `template` is merged)
#[derive(Debug)]
pub struct Scope;
