//! Randomness from the runtime's `crypto.getRandomValues`.
//!
//! It draws no seed and keeps no state of its own.

use crate::app::ports::Entropy;

/// The runtime's randomness.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // A token of zeros would be worse than no answer. The runtime always has randomness, so this is only what
            // must stand here, since the port cannot fail.
            wasm_bindgen::throw_str("the runtime gives no randomness");
        }
    }
}
