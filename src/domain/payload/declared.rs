//! What the sender says the body is.
//!
//! A hint: no format trusts it against what the bytes show, except to break a tie. The character set is not read at
//! all, because looking decides better: bytes that are valid UTF-8 are UTF-8 (in true Latin-1 they would read as
//! `Ã¨`, which nobody writes), and senders that say `charset=ISO-8859-1` out of habit are common.

use super::header;

/// The family of a declared content type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    Json,
    Ndjson,
    Form,
    Multipart,
    Xml,
    Html,
    /// An image, a sound, an archive or the like.
    Media,
    /// Any other text, a type that says nothing, or none.
    Other,
}

/// A declared content type.
pub(super) struct Declared {
    pub(super) family: Family,
    /// The type without parameters, for messages.
    pub(super) essence: String,
    /// The boundary of a multipart body.
    pub(super) boundary: Option<String>,
}

impl Declared {
    pub(super) fn parse(content_type: Option<&str>) -> Self {
        let (essence, parameters) = header::parse(content_type.unwrap_or_default());
        let family = family(&essence);
        let boundary = header::find(&parameters, "boundary").filter(|text| !text.is_empty()).map(str::to_owned);
        Self { family, essence, boundary }
    }
}

fn family(essence: &str) -> Family {
    let (main, sub) = essence.split_once('/').unwrap_or((essence, ""));
    match (main, sub) {
        (_, "x-ndjson" | "ndjson" | "jsonl" | "x-jsonl" | "jsonlines" | "x-jsonlines" | "json-lines") => Family::Ndjson,
        (_, "json" | "x-json" | "javascript" | "csp-report") => Family::Json,
        (_, sub) if sub.ends_with("+json") => Family::Json,
        (_, "x-www-form-urlencoded") => Family::Form,
        ("multipart", _) => Family::Multipart,
        (_, "html" | "xhtml+xml") => Family::Html,
        // An SVG is an image that happens to be XML.
        (_, "xml") | ("application" | "text", "soap") => Family::Xml,
        ("image" | "audio" | "video" | "font", _) | (_, "pdf" | "zip" | "gzip" | "x-gzip" | "x-7z-compressed") => {
            Family::Media
        }
        (_, sub) if sub.ends_with("+xml") => Family::Xml,
        _ => Family::Other,
    }
}
