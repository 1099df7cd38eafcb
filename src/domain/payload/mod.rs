//! (a stand-in until the branch `payload` is merged)
/// **Limit:** the largest body that is accepted.
pub const MAX_BODY: usize = 1024 * 1024;
