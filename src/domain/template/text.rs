//! How values become text, and how text is made safe for its place.
//!
//! It does not know templates.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::Escape;

/// Everything but RFC 3986's unreserved characters (§2.3) is encoded: safe in a path's segment and in a query alike.
pub(super) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as people read it: a text as it is, a number as it was written, a list of plain values with commas between,
/// anything else as JSON. `null` is nothing.
pub(super) fn of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(items) if !items.iter().any(|item| item.is_array() || item.is_object()) => {
            items.iter().map(of).collect::<Vec<_>>().join(", ")
        }
        Value::Array(_) | Value::Object(_) => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// A text, made safe for its place.
pub(super) fn escaped(text: &str, escape: Escape) -> String {
    match escape {
        Escape::None => text.to_owned(),
        Escape::Html => {
            let mut out = String::with_capacity(text.len() + 16);
            for c in text.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '"' => out.push_str("&quot;"),
                    '\'' => out.push_str("&#39;"),
                    '`' => out.push_str("&#96;"),
                    other => out.push(other),
                }
            }
            out
        }
        Escape::UrlPath | Escape::UrlQuery => utf8_percent_encode(text, UNRESERVED).to_string(),
    }
}

/// Every word with a capital: `mario d'angelo` is `Mario D'Angelo`.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = !c.is_alphanumeric();
    }
    out
}

/// The first letter large, the rest small.
pub(super) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect())
}

/// At most so many characters, the end mark among them; a word is cut only when it is the first.
pub(super) fn truncate(text: &str, length: usize, end: &str) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let room = length.saturating_sub(end.chars().count());
    let cut: String = text.chars().take(room).collect();
    let kept = match cut.rfind(char::is_whitespace) {
        Some(at) if !text.chars().nth(room).is_some_and(char::is_whitespace) => cut.get(..at).unwrap_or(&cut),
        _ => &cut,
    };
    format!("{}{end}", kept.trim_end())
}
