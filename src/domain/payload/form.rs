//! `application/x-www-form-urlencoded` (WHATWG URL §5.1), and the query string, which is written the same way.
//!
//! Each name and each value is decoded by itself: UTF-8 when it is, else windows-1252. It splits at `&` only.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use serde_json::Value;

use super::declared::Family;
use super::{Delivery, Found, Look, Object, Refusal, json, names, text};
use crate::domain::field::{Fate, Treatment};

pub(super) fn look(delivery: &Delivery<'_>) -> Look {
    let body = delivery.text().trim();
    if json::looks_like_json(body) || body.is_empty() {
        return None;
    }
    // The bytes rather than the text, because what stands behind `%` joins them before they are decoded.
    let bytes = if text::is_utf16(delivery.bytes) { body.as_bytes() } else { text::body(delivery.bytes).trim_ascii() };
    if let Some(payload) = lone_json(bytes) {
        return Some(Ok(Found::One(payload)));
    }
    let reads = match delivery.declared.family {
        Family::Form => body.contains('='),
        // Else the body would be refused, so that a guess cannot take anything away.
        Family::Json | Family::Ndjson => reads_as_form(body, true),
        Family::Other | Family::Multipart => reads_as_form(body, false),
        Family::Xml | Family::Html | Family::Media => false,
    };
    reads.then(|| parse(bytes).map(Found::One))
}

/// The fields of a form or a query string; empty when there are none.
pub(super) fn parse(bytes: &[u8]) -> Result<Object, Refusal> {
    let mut payload = Object::new();
    for (name, value) in pairs(bytes) {
        names::put(&mut payload, &name, Value::String(value))?;
    }
    names::settle(&mut payload);
    Ok(payload)
}

/// A form with some values replaced or left out; every other pair keeps its bytes.
pub(super) fn rewrite(bytes: &[u8], treatment: &Treatment<'_>) -> Vec<u8> {
    let mut written: Vec<u8> = Vec::with_capacity(bytes.len());
    for pair in bytes.split(|&byte| byte == b'&') {
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = halves.next().unwrap_or_default();
        let value = decode(halves.next().unwrap_or_default());
        // What one reading of the name keeps, another may not: `a[0]` is an item of a list, or an object's key.
        let fates = names::paths(&decode(name)).map(|path| treatment.text(&path, &value));
        let fate = fates.into_iter().find(|fate| *fate != Fate::Keep).unwrap_or(Fate::Keep);
        let replaced = match fate {
            Fate::Remove => continue,
            Fate::Keep => None,
            Fate::Replace(other) => Some(utf8_percent_encode(&other, NON_ALPHANUMERIC).to_string()),
        };
        if !written.is_empty() {
            written.push(b'&');
        }
        match replaced {
            None => written.extend_from_slice(pair),
            Some(other) => {
                written.extend_from_slice(name);
                written.push(b'=');
                written.extend_from_slice(other.as_bytes());
            }
        }
    }
    written
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = (String, String)> {
    bytes.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        (decode(halves.next().unwrap_or_default()), decode(halves.next().unwrap_or_default()))
    })
}

fn decode(bytes: &[u8]) -> String {
    let spaced: Vec<u8> = bytes.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    text::component(&bytes).into_owned()
}

/// A form whose only name is a JSON object: what `$.post(url, JSON.stringify(data))` sends.
fn lone_json(bytes: &[u8]) -> Option<Object> {
    let bytes = bytes.strip_suffix(b"=").unwrap_or(bytes);
    if !bytes.starts_with(b"%7B") && !bytes.starts_with(b"%7b") {
        return None;
    }
    json::object(&decode(bytes))
}

/// Whether a text that is not declared as a form is one all the same: every pair has a name such as people give to
/// fields, and at least one a value. `forgiving` lets values hold raw spaces.
///
/// `2+2=4`, a URL with a query, and base64 (`aGk=`) are not forms.
fn reads_as_form(body: &str, forgiving: bool) -> bool {
    let mut valued = false;
    let all = body.split('&').all(|pair| {
        let Some((name, value)) = pair.split_once('=') else { return false };
        valued |= value.chars().any(|c| c != '=');
        is_name(name) && value.chars().all(|c| !c.is_control() && (forgiving || !c.is_whitespace()))
    });
    all && valued
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '%'))
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '%' | '[' | ']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_an_equals_sign_are_not_forms() {
        for text in ["2+2=4", "aGVsbG8=", "aGVsbG8gdw==", "https://example.com/?a=b&c=d", "x = 1", "a=b&c", "=1"] {
            assert!(!reads_as_form(text, false), "{text}");
        }
    }

    #[test]
    fn a_form_is_recognised_without_its_type() {
        assert!(reads_as_form("nome=Mario+Rossi&dati%5Bcitt%C3%A0%5D=Roma&x=", false));
        assert!(reads_as_form("nome=Mario Rossi&email=m@example.com", true));
        assert!(!reads_as_form("nome=Mario Rossi&email=m@example.com", false));
    }
}
