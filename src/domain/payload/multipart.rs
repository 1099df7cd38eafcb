//! `multipart/form-data` (RFC 7578, framed as RFC 2046 §5.1.1).
//!
//! Own, because the body is whole and in memory: the crates for this are asynchronous streams, or spill to disk.
//! Lenient where senders are sloppy: bare line feeds, a missing last boundary, a boundary other than the declared one.
//! The contents of files are not kept, only what is known about them. Transfer encodings are not undone (RFC 7578 §4.7
//! deprecates them for forms).

use serde_json::{Number, Value};

use super::declared::Family;
use super::{Delivery, Found, Look, Object, header, names, text};

/// **Limit:** characters of a boundary (RFC 2046 §5.1.1), for one that is found by looking.
const MAX_BOUNDARY: usize = 70;

pub(super) fn look(delivery: &Delivery<'_>) -> Look {
    let declared = delivery.declared.family == Family::Multipart;
    let bytes = delivery.bytes.trim_ascii_start();
    if !declared && !bytes.starts_with(b"--") {
        return None;
    }
    let boundary = delivery.declared.boundary.as_deref().map(str::as_bytes);
    let parts = match boundary.and_then(|boundary| parts(delivery.bytes, boundary)) {
        Some(parts) => parts,
        // A body that only looks like multipart must hold a part: `--a=b` is a form.
        None => first_line(bytes).and_then(|boundary| parts(delivery.bytes, boundary)).filter(|own| !own.is_empty())?,
    };
    let mut payload = Object::new();
    let mut files = false;
    for part in parts {
        let value = match part.content() {
            Content::Text(text) => Value::String(text),
            Content::File(file) => {
                files = true;
                Value::Object(file)
            }
        };
        if let Err(refusal) = names::put(&mut payload, &part.name, value) {
            return Some(Err(refusal));
        }
    }
    names::settle(&mut payload);
    Some(Ok(if files { Found::WithFiles(payload) } else { Found::One(payload) }))
}

/// A boundary as the first line shows it.
fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    let line = bytes.split(|&byte| byte == b'\n').next()?.trim_ascii_end();
    line.strip_prefix(b"--").filter(|boundary| (1..=MAX_BOUNDARY).contains(&boundary.len()))
}

struct Part<'a> {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
    bytes: &'a [u8],
}

enum Content {
    Text(String),
    File(Object),
}

impl Part<'_> {
    fn content(&self) -> Content {
        let essence = header::parse(self.content_type.as_deref().unwrap_or_default()).0;
        let is_json = essence == "application/json" || essence.ends_with("+json");
        let is_text = essence.is_empty() || essence.starts_with("text/") || is_json || essence == "application/xml";
        let is_file = match self.filename.as_deref() {
            // What browsers send for a file that nobody chose.
            Some("") => !self.bytes.is_empty(),
            // JavaScript's way to give a JSON part its type: `new Blob([json], {type})`.
            Some("blob") => !is_json,
            Some(_) => true,
            None => !is_text,
        };
        if !is_file {
            return Content::Text(text::component(self.bytes).into_owned());
        }
        let mut file = Object::new();
        file.insert("name".to_owned(), Value::from(self.filename.as_deref().unwrap_or_default()));
        file.insert("type".to_owned(), Value::String(essence));
        file.insert("size".to_owned(), Value::Number(Number::from(self.bytes.len())));
        Content::File(file)
    }
}

/// The named parts between the boundaries; `None` when there are none, so that the body is something else.
fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> Option<Vec<Part<'a>>> {
    let mut delimiters = delimiters(body, boundary).peekable();
    let mut parts = Vec::new();
    let mut any = false;
    while let Some(delimiter) = delimiters.next() {
        any = true;
        if delimiter.last {
            break;
        }
        let end = delimiters.peek().map_or(body.len(), |next| next.start);
        let content = body.get(delimiter.end..end).unwrap_or_default();
        parts.extend(part(if delimiters.peek().is_some() { without_line_end(content) } else { content }));
    }
    // An empty form is only its last boundary.
    let empty = any && body.trim_ascii().len() <= boundary.len() + 4;
    (!parts.is_empty() || empty).then_some(parts)
}

struct Delimiter {
    /// Where its `--` is.
    start: usize,
    /// Where the part behind it begins.
    end: usize,
    last: bool,
}

/// The lines that are `--boundary` or `--boundary--`, with nothing but white space behind.
fn delimiters(body: &[u8], boundary: &[u8]) -> impl Iterator<Item = Delimiter> {
    let mut at = 0;
    body.split_inclusive(|&byte| byte == b'\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
        let last = rest.starts_with(b"--");
        (last || rest.trim_ascii().is_empty()).then_some(Delimiter { start, end: at, last })
    })
}

/// The line end before a boundary belongs to the boundary.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// A part with a name; others carry no field.
fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let mut rest = bytes;
    let mut part = Part { name: String::new(), filename: None, content_type: None, bytes: &[] };
    let mut named = false;
    loop {
        let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        let line = text::component(line.trim_ascii());
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-disposition") {
            let (_, parameters) = header::parse(value);
            if let Some(name) = header::find(&parameters, "name") {
                part.name = unescape(name);
                named = true;
            }
            let extended = header::find(&parameters, "filename*").and_then(extended);
            part.filename = extended.or_else(|| header::find(&parameters, "filename").map(unescape));
        } else if name.eq_ignore_ascii_case("content-type") {
            part.content_type = Some(value.trim().to_owned());
        }
    }
    part.bytes = rest;
    named.then_some(part)
}

/// What browsers escape in names (WHATWG HTML §4.10.21.8), and nothing else: a `%20` was typed by somebody.
fn unescape(name: &str) -> String {
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// `UTF-8''curriculum%20%C3%A8.pdf` (RFC 5987 §3.2), which RFC 7578 forbids and some clients send.
fn extended(value: &str) -> Option<String> {
    let (_, after) = value.split_once('\'')?;
    let (_, encoded) = after.split_once('\'')?;
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(encoded).collect();
    Some(text::component(&bytes).into_owned())
}
