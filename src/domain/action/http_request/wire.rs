//! What of an `http_request` leaves, and what its answer means.
//!
//! **Invariant:** for a call that is not idempotent only 429 permits another attempt; whatever leaves open whether the
//! receiver acted is uncertain.

use serde_json::Value;

use crate::domain::connection::Connection;

use super::super::answer::{HttpAnswer, Outcome, retry_after};
use super::super::failure::{Class, Failure, Provider, shorten};
use super::super::request::{Delivery, HttpRequest, MOST_HOPS, USER_AGENT};
use super::super::{HttpCall, Object, address, guard, header, sign};
use super::reachable;
use crate::domain::time::Timestamp;

/// How much of an answer is kept for the steps that follow.
const MOST_ANSWER_BYTES: usize = 16 << 10;

/// The request of a call.
pub(in crate::domain::action) fn request(call: &HttpCall, delivery: &Delivery<'_>) -> Result<HttpRequest, Failure> {
    if delivery.hop >= MOST_HOPS {
        return Err(Failure::refused(
            "loop",
            format!("this event has come through {MOST_HOPS} automations that call one another; break the circle"),
        ));
    }
    let parts =
        address::split(&call.url).map_err(|message| Failure::refused("invalid_url", format!("`url` {message}")))?;
    reachable(parts.host, parts.port, &delivery.settings.outbound_allow_hosts)?;
    let mut headers = call.headers.clone();
    if let Some((_, content_type)) = &call.body
        && !header::has(&headers, "content-type")
    {
        header::set(&mut headers, "Content-Type", *content_type);
    }
    if call.idempotent && !header::has(&headers, "idempotency-key") {
        header::set(&mut headers, "Idempotency-Key", delivery.step_key);
    }
    if let Some(connection) = delivery.connection {
        let trust = trust(connection, call.connection.is_some(), parts.host, parts.port)?;
        credentials(connection, trust, call, delivery, &mut headers)?;
    }
    header::set(&mut headers, "User-Agent", USER_AGENT);
    header::set(&mut headers, "X-Uncino-Hop", delivery.hop.saturating_add(1).to_string());
    Ok(HttpRequest {
        method: call.method,
        url: call.url.clone(),
        headers,
        body: call.body.as_ref().map(|(text, _)| text.as_bytes().to_vec()),
        timeout_ms: call.timeout_ms,
        max_response_bytes: MOST_ANSWER_BYTES,
    })
}

/// What of a connection may go to a host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Everything.
    All,
    /// What is no secret: its plain headers and its signature.
    Open,
    /// Nothing: the connection is for other hosts.
    None,
}

/// A connection's secrets go where somebody has said that they should: to the hosts that it names itself, or to the
/// address of a step that names it. The default of all steps that name none may not be a way to hand a key to whatever
/// host a step calls.
fn trust(connection: &Connection, named: bool, host: &str, port: u16) -> Result<Trust, Failure> {
    let hosts: Vec<&str> = connection
        .settings
        .get("hosts")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if hosts.is_empty() {
        return Ok(if named { Trust::All } else { Trust::Open });
    }
    if hosts.iter().any(|pattern| guard::covers(pattern, host, port)) {
        return Ok(Trust::All);
    }
    if !named {
        return Ok(Trust::None);
    }
    let message = format!(
        "the connection `{}` is not for the host `{host}`; add it to the connection's `hosts`, or choose another one",
        connection.name
    );
    Err(Failure::refused("host_not_allowed", message))
}

/// What a connection adds: its headers, over the step's; its secret headers, over those; its signature.
fn credentials(
    connection: &Connection,
    trust: Trust,
    call: &HttpCall,
    delivery: &Delivery<'_>,
    headers: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    if trust == Trust::None {
        return Ok(());
    }
    let secrets = connection.secrets.expose();
    let secret_headers = secrets.get("headers").filter(|_| trust == Trust::All);
    for source in [connection.settings.get("headers"), secret_headers] {
        for (name, value) in source.and_then(Value::as_object).into_iter().flatten() {
            let value = value.as_str().unwrap_or_default().trim();
            if header::name_fault(name).or_else(|| header::value_fault(name, value)).is_some() {
                return Err(Failure::new(
                    Class::Blocked,
                    "invalid_connection",
                    format!("the connection's header `{name}` cannot be sent; correct it in the connection"),
                ));
            }
            header::set(headers, name, value);
        }
    }
    let Some(secret) = secrets.get("signing_secret").and_then(Value::as_str).filter(|secret| !secret.is_empty()) else {
        return Ok(());
    };
    let body = call.body.as_ref().map_or(&b""[..], |(text, _)| text.as_bytes());
    let signed = sign::headers(secret, &sign::message_id(delivery.step_key), delivery.now, body).ok_or_else(|| {
        Failure::new(
            Class::Blocked,
            "invalid_connection",
            "the connection's signing secret cannot be read; write `whsec_` and 24 to 64 bytes in base64",
        )
    })?;
    for (name, value) in signed {
        header::set(headers, name, value);
    }
    Ok(())
}

/// Reads the answer to a call.
pub(in crate::domain::action) fn read(call: &HttpCall, answer: &HttpAnswer, now: Timestamp) -> Outcome {
    let status = answer.status;
    let after_s = retry_after(answer.retry_after.as_deref(), now);
    let again = |class: Class| if call.idempotent { Class::Retry { after_s } } else { class };
    let (class, message) = match status {
        200..=299 => return Outcome::Succeeded { output: output(answer) },
        300..=399 => (
            Class::Refused,
            format!(
                "the server redirects ({status}), and redirects are not followed; write the final address into `url`"
            ),
        ),
        429 => (Class::Retry { after_s }, "the server says that it is asked too often; nothing was done".to_owned()),
        408 => (again(Class::Uncertain), format!("the server gave up waiting ({status}){}", open(call))),
        500..=599 => (again(Class::Uncertain), format!("the server failed ({status}){}", open(call))),
        401 | 403 => (
            Class::Refused,
            format!(
                "the server does not accept the credentials ({status}); check the connection's headers, and that this step \
                 names the connection or its `hosts` name this server"
            ),
        ),
        404 | 410 => (Class::Refused, format!("the server knows no such address ({status}); check `url`")),
        400..=499 => (Class::Refused, format!("the server refused the request ({status})")),
        _ => {
            (again(Class::Uncertain), format!("the server gave an answer that means nothing ({status}){}", open(call)))
        }
    };
    let detail = reason(answer);
    let message = match &detail {
        Some(detail) => format!("{message} (the server says: {detail})"),
        None => message,
    };
    Outcome::Failed(Failure::new(class, format!("http_{status}"), message).from_provider(Provider {
        status: Some(status),
        code: None,
        detail,
    }))
}

/// What a failure that leaves the matter open means for this call.
fn open(call: &HttpCall) -> &'static str {
    if call.idempotent {
        "; trying again is safe"
    } else {
        ", and may have done what was asked; check there, then say `sent` or `not_sent`"
    }
}

/// The step's output: the status, and the body as JSON where it is JSON.
fn output(answer: &HttpAnswer) -> Object {
    let mut output = Object::new();
    output.insert("status".to_owned(), answer.status.into());
    let kept = answer.body.get(..MOST_ANSWER_BYTES.min(answer.body.len())).unwrap_or_default();
    let truncated = answer.truncated || kept.len() < answer.body.len();
    let json = (!truncated).then(|| serde_json::from_slice::<Value>(kept).ok()).flatten();
    let body = match json {
        Some(json) => json,
        None if kept.is_empty() => Value::Null,
        None => String::from_utf8_lossy(kept).into_owned().into(),
    };
    output.insert("body".to_owned(), body);
    if truncated {
        output.insert("truncated".to_owned(), true.into());
    }
    output
}

/// The server's own reason, where one can be found; never a page of HTML.
fn reason(answer: &HttpAnswer) -> Option<String> {
    if let Ok(json) = serde_json::from_slice::<Value>(&answer.body) {
        return [
            "/error/message",
            "/error_description",
            "/message",
            "/detail",
            "/error",
            "/errors/0/message",
            "/errors/0",
            "/title",
        ]
        .iter()
        .find_map(|path| json.pointer(path).and_then(Value::as_str))
        .and_then(shorten);
    }
    let text = String::from_utf8_lossy(&answer.body);
    let html =
        answer.content_type.as_deref().is_some_and(|kind| kind.contains("html")) || text.trim_start().starts_with('<');
    if html { None } else { shorten(&text) }
}
