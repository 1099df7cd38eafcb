//! Bodies that hold no fields: images, PDFs, archives, and any other bytes that are not text.
//!
//! It reads nothing. It looks after JSON did, so that JSON under an image's type still counts as JSON.

use super::declared::Family;
use super::{Delivery, Look, Refusal, text};

/// What well-known files begin with.
const SIGNATURES: [(&[u8], &str); 14] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file (WebP, WAV or AVI)"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"ID3", "an MP3 sound"),
    (b"OggS", "an Ogg sound"),
    (b"\x7fELF", "a program"),
];

pub(super) fn look(delivery: &Delivery<'_>) -> Look {
    let known = SIGNATURES.iter().find(|(start, _)| delivery.bytes.starts_with(start));
    let what = match known {
        Some((_, what)) => (*what).to_owned(),
        // What claims to be JSON is told where its JSON breaks.
        None if matches!(delivery.declared.family, Family::Json | Family::Ndjson) => return None,
        None if delivery.declared.family == Family::Media && !delivery.bytes.is_empty() => {
            format!("declared as {}", delivery.declared.essence)
        }
        None if !is_text(delivery) => "binary".to_owned(),
        None => return None,
    };
    Some(Err(Refusal::UnsupportedMediaType { what }))
}

/// Text has no NUL; what is no UTF-8 is taken for windows-1252 only without control characters.
///
/// A stray control character in valid UTF-8 (barcode scanners send STX) does not make a text binary.
fn is_text(delivery: &Delivery<'_>) -> bool {
    let text = delivery.text();
    if text.contains('\0') {
        return false;
    }
    let unicode = text::is_utf16(delivery.bytes) || std::str::from_utf8(delivery.bytes).is_ok();
    unicode || !text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace())
}
