//! What of a WhatsApp message leaves, and what Meta's answer means.
//!
//! **Invariant:** Meta's own code decides before the HTTP status, and a message is sent again only when Meta's code, or
//! a 429, says that it was not sent. The API has no idempotency key, so anything open stays open: `uncertain`.

use serde_json::{Value, json};

use crate::domain::connection::{Connection, Kind};
use crate::domain::time::Timestamp;

use super::super::answer::{HttpAnswer, Outcome, retry_after};
use super::super::call::WHATSAPP_TIMEOUT_MS;
use super::super::failure::{Class, Failure, Provider, shorten};
use super::super::request::{Delivery, HttpRequest, USER_AGENT};
use super::super::{Object, WhatsappContent, WhatsappMessage};
use super::code;

/// More than any answer of Meta's to a message.
const MOST_ANSWER_BYTES: usize = 64 << 10;

/// The request of a message: `POST /{phone_number_id}/messages`.
pub(in crate::domain::action) fn request(
    message: &WhatsappMessage,
    delivery: &Delivery<'_>,
) -> Result<HttpRequest, Failure> {
    let connection = delivery.connection.filter(|connection| connection.kind == Kind::Whatsapp).ok_or_else(|| {
        Failure::new(
            Class::Blocked,
            "no_connection",
            "there is no WhatsApp connection; add one, and make it the default",
        )
    })?;
    let (number_id, token) = credentials(connection).ok_or_else(|| {
        Failure::new(
            Class::Blocked,
            "invalid_connection",
            "the WhatsApp connection needs `phone_number_id` and `access_token`; complete it",
        )
    })?;
    let (kind, content) = match &message.content {
        WhatsappContent::Text(text) => ("text", json!({ "preview_url": false, "body": text })),
        WhatsappContent::Template { name, language, components, .. } => {
            let mut template = json!({ "name": name, "language": { "code": language } });
            if let (Some(template), false) = (template.as_object_mut(), components.is_empty()) {
                template.insert("components".to_owned(), components.clone().into());
            }
            ("template", template)
        }
    };
    let body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to,
        "type": kind,
        kind: content,
        "biz_opaque_callback_data": delivery.message_key,
    });
    Ok(HttpRequest {
        method: "POST",
        url: format!("{}/{number_id}/messages", delivery.settings.whatsapp_api_url.trim_end_matches('/')),
        headers: vec![
            ("Authorization".to_owned(), format!("Bearer {token}")),
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("User-Agent".to_owned(), USER_AGENT.to_owned()),
        ],
        body: Some(body.to_string().into_bytes()),
        timeout_ms: WHATSAPP_TIMEOUT_MS,
        max_response_bytes: MOST_ANSWER_BYTES,
    })
}

/// The number's id and the access token, when both can stand where they are put.
fn credentials(connection: &Connection) -> Option<(&str, &str)> {
    let number_id = connection.settings.get("phone_number_id").and_then(Value::as_str)?.trim();
    let token = connection.secrets.expose().get("access_token").and_then(Value::as_str)?.trim();
    let readable = !number_id.is_empty()
        && number_id.bytes().all(|byte| byte.is_ascii_digit())
        && !token.is_empty()
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    readable.then_some((number_id, token))
}

/// Reads Meta's answer to a message.
pub(in crate::domain::action) fn read(answer: &HttpAnswer, now: Timestamp) -> Outcome {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(error) = json.get("error").filter(|error| error.is_object()) {
        return Outcome::Failed(failure(answer, error, now));
    }
    if (200..=299).contains(&answer.status) {
        return match json.pointer("/messages/0/id").and_then(Value::as_str) {
            Some(id) => Outcome::Succeeded { output: output(id, &json) },
            None => Outcome::Failed(
                Failure::new(
                    Class::Uncertain,
                    "unreadable_answer",
                    "WhatsApp accepted the request and its answer names no message; look for it at the recipient, then say `sent` or `not_sent`",
                )
                .from_provider(Provider { status: Some(answer.status), ..Provider::default() }),
            ),
        };
    }
    Outcome::Failed(failure(answer, &Value::Null, now))
}

fn output(id: &str, json: &Value) -> Object {
    let mut output = Object::new();
    output.insert("message_id".to_owned(), id.into());
    for (name, path) in [("message_status", "/messages/0/message_status"), ("wa_id", "/contacts/0/wa_id")] {
        if let Some(value) = json.pointer(path).filter(|value| value.is_string()) {
            output.insert(name.to_owned(), value.clone());
        }
    }
    output
}

fn failure(answer: &HttpAnswer, error: &Value, now: Timestamp) -> Failure {
    let status = answer.status;
    let asked_to_wait = retry_after(answer.retry_after.as_deref(), now);
    let number = error.get("code").and_then(|code| code.as_i64().or_else(|| code.as_str()?.trim().parse().ok()));
    let said = ["/error_data/details", "/message"]
        .iter()
        .find_map(|path| error.pointer(path).and_then(Value::as_str).and_then(shorten));
    let (class, message) = match number.and_then(code::meaning) {
        Some(meaning) => match meaning.class {
            Class::Retry { after_s } => (Class::Retry { after_s: asked_to_wait.or(after_s) }, meaning.message),
            class @ (Class::Refused | Class::Blocked | Class::Uncertain) => (class, meaning.message),
        },
        None => match status {
            429 => (Class::Retry { after_s: asked_to_wait }, "WhatsApp is asked too often; nothing was sent"),
            401 => (Class::Blocked, "WhatsApp does not accept the access token; put a new one into the connection"),
            300..=399 => {
                (Class::Refused, "the server redirects, and redirects are not followed; check `WHATSAPP_API_URL`")
            }
            400..=407 | 409..=499 => (Class::Refused, "WhatsApp refused the message"),
            _ => (
                Class::Uncertain,
                "WhatsApp failed and may have sent the message; look for it at the recipient, then say `sent` or `not_sent`",
            ),
        },
    };
    let code = number.map_or_else(|| format!("http_{status}"), |number| format!("whatsapp_{number}"));
    let message = match &said {
        Some(said) => format!("{message} (WhatsApp says: {said})"),
        None => message.to_owned(),
    };
    Failure::new(class, code, message).from_provider(Provider {
        status: Some(status),
        code: number.map(|number| number.to_string()),
        detail: said,
    })
}
