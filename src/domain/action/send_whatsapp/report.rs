//! Delivery reports of the WhatsApp Cloud API, as Meta's webhook brings them.
//!
//! Read here are `statuses` whose `biz_opaque_callback_data` is one of ours. Everything else is left alone: messages
//! that people write, reports of messages that others sent from this number, statuses and keys that are not known. The
//! recipient is never kept.
//!
//! Source: Meta, "Status messages webhook reference" and "messages webhook reference" (object, entry, changes, value,
//! statuses; `timestamp` is a text of Unix seconds; `errors` only when it failed; `read` may come without `delivered`).

use serde_json::Value;

use super::super::failure::{Class, Failure, Provider, shorten};
use super::code;
use crate::domain::run::report::{MessageKey, Report, Stage};
use crate::domain::time::Timestamp;

/// Reads the reports in a webhook's body, as they come: which of two about one message counts is for whoever keeps them
/// to say. `None` when the body is not JSON.
pub fn reports(body: &[u8], now: Timestamp) -> Option<Vec<(MessageKey, Report)>> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let mut found = Vec::new();
    for change in list(json.get("entry")).flat_map(|entry| list(entry.get("changes"))) {
        for status in list(change.pointer("/value/statuses")) {
            let key = status.get("biz_opaque_callback_data").and_then(Value::as_str).and_then(MessageKey::parse);
            if let (Some(key), Some(stage)) = (key, stage(status)) {
                found.push((key, report(status, stage, now)));
            }
        }
    }
    Some(found)
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// `None` for a status that is not known, or says nothing about how far a message got.
fn stage(status: &Value) -> Option<Stage> {
    match status.get("status")?.as_str()? {
        "sent" => Some(Stage::Sent),
        "failed" => Some(Stage::Failed),
        "delivered" => Some(Stage::Delivered),
        // A voice message that was played was opened before.
        "read" | "played" => Some(Stage::Read),
        _ => None,
    }
}

fn report(status: &Value, stage: Stage, now: Timestamp) -> Report {
    let seconds = status.get("timestamp").and_then(|at| at.as_i64().or_else(|| at.as_str()?.trim().parse().ok()));
    // A time that cannot be, and one that has not come, is now.
    let at = seconds.and_then(|seconds: i64| seconds.checked_mul(1_000)).filter(|ms| *ms > 0 && *ms < now.as_millis());
    Report {
        stage,
        at: at.map_or(now, Timestamp::from_millis),
        message_id: status.get("id").and_then(Value::as_str).filter(|id| id.len() <= 200).map(str::to_owned),
        failure: (stage == Stage::Failed).then(|| failure(status)),
    }
}

/// Why a message was not delivered. Meta had taken it, so it is never sent again by itself, whatever the code would
/// permit in an answer.
fn failure(status: &Value) -> Failure {
    let error = list(status.get("errors")).next().unwrap_or(&Value::Null);
    let number = error.get("code").and_then(|code| code.as_i64().or_else(|| code.as_str()?.trim().parse().ok()));
    let recipient = status.get("recipient_id").and_then(Value::as_str).filter(|recipient| !recipient.is_empty());
    let said = ["/error_data/details", "/message", "/title"]
        .iter()
        .find_map(|path| error.pointer(path).and_then(Value::as_str).and_then(shorten))
        .map(|said| recipient.map_or(said.clone(), |recipient| said.replace(recipient, "…")));
    let (class, message) = match number.and_then(code::meaning) {
        Some(meaning) if meaning.class == Class::Blocked => (Class::Blocked, meaning.message),
        Some(meaning) => (Class::Refused, meaning.message),
        None => (Class::Refused, "WhatsApp could not deliver the message"),
    };
    let message = match &said {
        Some(said) => format!("WhatsApp took the message and did not deliver it: {message} (WhatsApp says: {said})"),
        None => format!("WhatsApp took the message and did not deliver it: {message}"),
    };
    let code = number.map_or_else(|| "whatsapp_not_delivered".to_owned(), |number| format!("whatsapp_{number}"));
    let code_text = number.map(|number| number.to_string());
    Failure::new(class, code, message).from_provider(Provider { status: None, code: code_text, detail: said })
}
