//! A body written anew without the values that must not be stored.
//!
//! JSON and forms keep their format: the numbers of JSON keep their text, what else a form holds its very bytes. Every
//! other format (XML, multipart, text) would have to be made up anew, so JSON of the remaining fields stands in its
//! place, and the encoding says so. It decides about no value: a [`Treatment`] does.
//!
//! **Invariant:** what is written reads as the treated payload and as nothing else; where it would not, the fields
//! themselves are kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Encoding, Kept, Object, form, json, keep, reread, text};
use crate::domain::field::Treatment;

/// What is stored of a body and its query once `payload` was treated.
pub fn rewrite(
    kept: &Kept,
    content_type: Option<&str>,
    query: Option<&str>,
    payload: &Object,
    treatment: &Treatment<'_>,
) -> (Kept, Option<String>) {
    let bytes = match kept.encoding {
        Encoding::Text => Some(kept.body.clone().into_bytes()),
        Encoding::Base64 => STANDARD.decode(&kept.body).ok(),
        // What was read of it is all that is there, the query's parameters among it.
        Encoding::Payload | Encoding::Fields => {
            return (Kept { encoding: kept.encoding, body: Value::Object(payload.clone()).to_string() }, None);
        }
    };
    let query = query.and_then(|query| String::from_utf8(form::rewrite(query.as_bytes(), treatment)).ok());
    let query = query.filter(|query| !query.is_empty());
    let reads = |kept: &Kept| {
        reread(kept.encoding, &kept.body, content_type, query.as_deref()).is_ok_and(|read| read == *payload)
    };
    let written = bytes.and_then(|bytes| {
        as_json(&bytes, treatment)
            .filter(|kept| reads(kept))
            .or_else(|| Some(keep(&form::rewrite(&bytes, treatment))).filter(|kept| reads(kept)))
    });
    match written {
        Some(kept) => (kept, query),
        None => (Kept { encoding: Encoding::Fields, body: Value::Object(payload.clone()).to_string() }, None),
    }
}

fn as_json(bytes: &[u8], treatment: &Treatment<'_>) -> Option<Kept> {
    let mut payload = json::object(&text::decode(bytes))?;
    treatment.payload(&mut payload);
    Some(Kept { encoding: Encoding::Text, body: Value::Object(payload).to_string() })
}
