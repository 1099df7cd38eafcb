//! RSA signatures natively (RFC 8017 §8.2, RSASSA-PKCS1-v1_5 with SHA-256): the twin of the runtime's own.
//!
//! For tests only: it takes no care of how long it takes, so no secret key but one of a test may come near it.
#![allow(clippy::indexing_slicing, reason = "all numbers have the modulus' length, and a test may stop")]

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::app::ports::{PortError, Rsa};
use crate::domain::access::Key;

/// The `DigestInfo` of SHA-256 before the digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// Verifies by the book.
#[derive(Default)]
pub struct MemoryRsa;

#[async_trait(?Send)]
impl Rsa for MemoryRsa {
    async fn verifies(&self, key: &Key, signed: &[u8], signature: &[u8]) -> Result<bool, PortError> {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|error| PortError(error.to_string()));
        let (modulus, exponent) = (decode(&key.modulus)?, decode(&key.exponent)?);
        Ok(signature.len() == modulus.len()
            && signature < modulus.as_slice()
            && power(signature, &exponent, &modulus) == encoded(signed, modulus.len()))
    }
}

/// The signature of a message under a private exponent, both numbers big-endian.
pub fn sign(modulus: &[u8], private_exponent: &[u8], message: &[u8]) -> Vec<u8> {
    power(&encoded(message, modulus.len()), private_exponent, modulus)
}

/// EMSA-PKCS1-v1_5 (RFC 8017 §9.2).
fn encoded(message: &[u8], len: usize) -> Vec<u8> {
    let digest = Sha256::digest(message);
    let padding = len.saturating_sub(3 + DIGEST_INFO.len() + digest.len());
    [&[0, 1][..], &vec![0xff; padding], &[0], &DIGEST_INFO, &digest].concat()
}

/// `base ^ exponent mod modulus`, with Montgomery's multiplication (the modulus is odd), in words of 32 bits.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let n = words(modulus);
    let inverse = (0..5).fold(1u32, |x, _| x.wrapping_mul(2u32.wrapping_sub(n[0].wrapping_mul(x)))).wrapping_neg();
    // 2^(32 k) mod n and 2^(64 k) mod n, by doubling.
    let doubled = |mut x: Vec<u32>, times: usize| {
        for _ in 0..times {
            let carry = x.iter().next_back().is_some_and(|top| top >> 31 == 1);
            for at in (0..x.len()).rev() {
                x[at] = (x[at] << 1) | if at > 0 { x[at - 1] >> 31 } else { 0 };
            }
            if carry || !less(&x, &n) {
                subtract(&mut x, &n);
            }
        }
        x
    };
    let mut one = vec![0; n.len()];
    one[0] = 1;
    let unit = doubled(one.clone(), 32 * n.len());
    let square = doubled(unit.clone(), 32 * n.len());
    let mut padded = vec![0; modulus.len().saturating_sub(base.len())];
    padded.extend_from_slice(base);
    let factor = multiply(&words(&padded), &square, &n, inverse);
    let mut result = unit;
    for bit in exponent.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)) {
        result = multiply(&result, &result, &n, inverse);
        if bit == 1 {
            result = multiply(&result, &factor, &n, inverse);
        }
    }
    let bytes: Vec<u8> =
        multiply(&result, &one, &n, inverse).iter().rev().flat_map(|word| word.to_be_bytes()).collect();
    bytes[bytes.len() - modulus.len()..].to_vec()
}

/// Little-endian words of a big-endian number.
fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))).collect()
}

fn less(a: &[u32], b: &[u32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn subtract(a: &mut [u32], b: &[u32]) {
    let mut borrow = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (x, first) = a.overflowing_sub(*b);
        let (x, second) = x.overflowing_sub(u32::from(borrow));
        (*a, borrow) = (x, first || second);
    }
}

/// Montgomery's product `a b / 2^(32 k) mod n`.
fn multiply(a: &[u32], b: &[u32], n: &[u32], inverse: u32) -> Vec<u32> {
    let mut sum = vec![0u32; n.len() + 2];
    let add = |sum: &mut [u32], factor: u32, number: &[u32]| {
        let mut carry = 0u64;
        for (at, slot) in sum.iter_mut().enumerate() {
            let next = u64::from(factor) * u64::from(number.get(at).copied().unwrap_or(0)) + u64::from(*slot) + carry;
            #[expect(clippy::cast_possible_truncation, reason = "the rest is the carry")]
            let low = next as u32;
            (*slot, carry) = (low, next >> 32);
        }
    };
    for digit in a {
        add(&mut sum, *digit, b);
        let factor = sum[0].wrapping_mul(inverse);
        add(&mut sum, factor, n);
        sum.rotate_left(1);
        let top = sum.len() - 1;
        sum[top] = 0;
    }
    if sum[n.len()] != 0 || !less(&sum[..n.len()], n) {
        subtract(&mut sum, n);
    }
    sum.truncate(n.len());
    sum
}
