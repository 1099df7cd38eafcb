//! From bytes to text: UTF-8, UTF-16 when its byte-order mark says so, and for all else windows-1252.
//!
//! It never fails and guesses no other character set: of what is not UTF-8 on the web, nearly all is windows-1252,
//! and the Encoding Standard reads the labels `latin1`, `iso-8859-1` and `ascii` as it too.

use std::borrow::Cow;

/// What windows-1252 has at 0x80 to 0x9F; the five bytes that it leaves undefined map to the C1 control of the same
/// number (WHATWG Encoding, `index-windows-1252.txt`).
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The whole body as text, without byte-order mark and without the NULs that C programs leave at the end.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        bytes => component(body(bytes)),
    }
}

/// Whether a byte-order mark announces UTF-16.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// The bytes between a UTF-8 byte-order mark and trailing NULs.
pub(super) fn body(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    while let Some(shorter) = bytes.strip_suffix(b"\0") {
        bytes = shorter;
    }
    bytes
}

/// A piece of a body, such as a form's value, as text. Each piece is looked at by itself.
pub(super) fn component(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
    }
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{fffd}'),
        byte => char::from(byte),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).map(|c| c.unwrap_or('\u{fffd}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_utf8_are_windows_1252() {
        assert_eq!(decode(b"citt\xe0 \x80 5"), "città € 5");
    }

    #[test]
    fn a_mark_and_trailing_nuls_are_not_text() {
        assert_eq!(decode(b"\xef\xbb\xbf{}\0\0"), "{}");
    }

    #[test]
    fn utf16_is_read_when_its_mark_says_so() {
        assert_eq!(decode(b"\xff\xfec\0i\0"), "ci");
        assert_eq!(decode(b"\xfe\xff\0c\0i"), "ci");
        assert_eq!(decode(b"\xff\xfec\0i\0\x01"), "ci");
    }
}
