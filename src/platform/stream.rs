//! Reading a stream up to a limit.
//!
//! It keeps nothing beyond the limit and tells how the stream ended; what that means is for its caller to say.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use super::js;

/// How reading ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The stream was read to its end.
    Whole,
    /// There was more than the limit; the rest was not read.
    Capped,
    /// The caller had no room for more.
    Refused,
    /// The stream broke off.
    Broken,
}

/// What was read.
pub struct Read {
    /// At most the limit.
    pub bytes: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// Reads at most `limit` bytes. `admit` is asked before each piece is copied, with its length.
pub async fn read(stream: &ReadableStream, limit: usize, admit: &mut dyn FnMut(usize) -> bool) -> Read {
    let mut bytes = Vec::new();
    let Ok(reader) = ReadableStreamDefaultReader::new(stream) else {
        return Read { bytes, end: End::Broken };
    };
    let end = loop {
        let Ok(piece) = JsFuture::from(reader.read()).await else { break End::Broken };
        if js::get(&piece, "done").is_some_and(|done| done.is_truthy()) {
            break End::Whole;
        }
        let Some(piece) = js::get(&piece, "value").and_then(|piece| piece.dyn_into::<Uint8Array>().ok()) else {
            break End::Broken;
        };
        let room = limit.saturating_sub(bytes.len());
        let length = usize::try_from(piece.length()).unwrap_or(usize::MAX);
        if !admit(length.min(room)) {
            break End::Refused;
        }
        if length > room {
            bytes.extend(piece.subarray(0, u32::try_from(room).unwrap_or(u32::MAX)).to_vec());
            break End::Capped;
        }
        bytes.extend(piece.to_vec());
    };
    if matches!(end, End::Capped | End::Refused) {
        // Waiting for it is of no use, but a promise that nobody holds would log its rejection.
        drop(JsFuture::from(reader.cancel()));
    }
    Read { bytes, end }
}
