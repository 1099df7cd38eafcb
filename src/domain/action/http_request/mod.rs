//! `http_request`: a request to any other system.
//!
//! It follows no redirect, and lets a field decide nothing about whom it talks to: scheme, host and port are literal.
//! Credentials belong into a connection and join in `wire`.

mod wire;

use serde_json::Value;

use crate::domain::connection::Kind;
use crate::domain::problem::Fault;
use crate::domain::template::{self, Escape};

use super::param::{Param, ParamKind, Text};
use super::registry::{Action, Alternative};
use super::render::{Preparation, source_of};
use super::{Call, Failure, HttpCall, Intent, Object, address, guard, header};

pub(super) use wire::{read, request};

/// How long a call may take when the step does not say.
const DEFAULT_TIMEOUT_MS: u32 = 10_000;

/// The longest that a call may take: it must fit into a run's lease with a margin.
const MOST_TIMEOUT_MS: u32 = 60_000;

const METHODS: &[&str] = &["POST", "GET", "PUT", "PATCH", "DELETE"];

/// The longest address that common servers read.
const MOST_URL_BYTES: usize = 8_000;

/// The largest body that is sent.
const MOST_BODY_BYTES: usize = 1 << 20;

pub(super) const ACTION: Action = Action {
    name: "http_request",
    title: Text { it: "Chiama un altro sistema", en: "Call another system" },
    about: Text {
        it: "Invia una richiesta HTTP a qualsiasi servizio: un gestionale, un CRM, Zapier, Make.",
        en: "Sends an HTTP request to any service: a CRM, an ERP, Zapier, Make.",
    },
    connection: Some(Kind::Http),
    params: &[
        Param {
            name: "method",
            kind: ParamKind::Choice { options: METHODS },
            required: false,
            title: Text { it: "Metodo", en: "Method" },
            about: Text { it: "Se non lo indichi è POST.", en: "POST by default." },
            example: "POST",
        },
        Param {
            name: "url",
            kind: ParamKind::Url,
            required: true,
            title: Text { it: "Indirizzo", en: "Address" },
            about: Text {
                it: "I campi possono stare nel percorso e dopo il punto di domanda, non nel nome del server.",
                en: "Fields may stand in the path and after the question mark, not in the host.",
            },
            example: "https://api.example.com/ordini/{{ numero }}",
        },
        Param {
            name: "connection",
            kind: ParamKind::Connection { of: Kind::Http },
            required: false,
            title: Text { it: "Collegamento", en: "Connection" },
            about: Text {
                it: "Custodisce chiavi e password e firma le richieste.",
                en: "Keeps keys and passwords, and signs requests.",
            },
            example: "",
        },
        Param {
            name: "query",
            kind: ParamKind::TemplateMap,
            required: false,
            title: Text { it: "Parametri dell'indirizzo", en: "Query" },
            about: Text { it: "Si aggiungono dopo il punto di domanda.", en: "Added after the question mark." },
            example: "",
        },
        Param {
            name: "headers",
            kind: ParamKind::TemplateMap,
            required: false,
            title: Text { it: "Intestazioni", en: "Headers" },
            about: Text {
                it: "Quelle segrete vanno nel collegamento, non qui.",
                en: "Secret ones belong into the connection, not here.",
            },
            example: "",
        },
        Param {
            name: "json",
            kind: ParamKind::JsonTree,
            required: false,
            title: Text { it: "Corpo JSON", en: "JSON body" },
            about: Text {
                it: "Resta JSON valido qualunque cosa contengano i campi; i numeri restano numeri.",
                en: "Stays valid JSON whatever the fields hold; numbers stay numbers.",
            },
            example: "{\"nome\": \"{{ nome }}\", \"totale\": \"{{ totale }}\"}",
        },
        Param {
            name: "form",
            kind: ParamKind::TemplateMap,
            required: false,
            title: Text { it: "Corpo come modulo", en: "Form body" },
            about: Text { it: "Come lo invierebbe un modulo web.", en: "As a web form would send it." },
            example: "",
        },
        Param {
            name: "body",
            kind: ParamKind::LongTemplate,
            required: false,
            title: Text { it: "Corpo di testo", en: "Text body" },
            about: Text { it: "Testo così com'è.", en: "Text as it is." },
            example: "",
        },
        Param {
            name: "timeout_ms",
            kind: ParamKind::Integer { min: 100, max: MOST_TIMEOUT_MS },
            required: false,
            title: Text { it: "Tempo massimo di attesa", en: "Time-out" },
            about: Text { it: "In millisecondi; 10000 se non lo indichi.", en: "In milliseconds; 10000 by default." },
            example: "10000",
        },
        Param {
            name: "idempotent",
            kind: ParamKind::Boolean,
            required: false,
            title: Text { it: "Si può ripetere senza danni", en: "Safe to repeat" },
            about: Text {
                it: "Attivalo se il servizio riconosce i doppioni (Idempotency-Key): in caso di errore si riprova.",
                en: "Turn it on when the service knows repeats (Idempotency-Key): errors are then tried again.",
            },
            example: "",
        },
    ],
    alternatives: &[Alternative { params: &["json", "form", "body"], required: false, exclusive: true }],
    check,
    prepare,
};

/// Headers that a step may set, and bodies that a method may have.
fn check(params: &Object) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, value) in params.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let literal = value.as_str().filter(|text| !text.contains('{'));
        let fault = header::name_fault(name).or_else(|| header::value_fault(name, literal.unwrap_or_default()));
        faults.extend(fault.map(|message| Fault::new(format!("headers.{name}"), "invalid_header", message)));
    }
    if params.get("method").and_then(Value::as_str) == Some("GET") {
        for name in ["json", "form", "body"] {
            if params.get(name).is_some_and(|value| !value.is_null() && value.as_str() != Some("")) {
                faults.push(Fault::new(name, "conflict", "a GET request has no body; use `query`, or another method"));
            }
        }
    }
    faults
}

fn prepare(step: &mut Preparation<'_>) -> Result<Intent, Failure> {
    let connection = step.connection()?;
    let wanted = step.raw("method").and_then(Value::as_str).unwrap_or("POST");
    let Some(method) = METHODS.iter().find(|method| **method == wanted).copied() else {
        return Err(Failure::refused("invalid_method", format!("`method` must be one of `{}`", METHODS.join("`, `"))));
    };
    step.show("method", method);
    let url = url(step)?;
    let headers = headers(step)?;
    let body = body(step)?.filter(|_| method != "GET");
    let timeout_ms = step
        .raw("timeout_ms")
        .and_then(Value::as_u64)
        .and_then(|ms| u32::try_from(ms).ok())
        .unwrap_or(DEFAULT_TIMEOUT_MS)
        .clamp(1, MOST_TIMEOUT_MS);
    step.show("timeout_ms", timeout_ms);
    let idempotent = step.raw("idempotent").and_then(Value::as_bool).unwrap_or(false);
    step.show("idempotent", idempotent);
    Ok(Intent::Call(Call::Http(HttpCall { connection, method, url, headers, body, timeout_ms, idempotent })))
}

/// The whole address. Its origin is literal, judged by the guard before anything else is rendered.
fn url(step: &mut Preparation<'_>) -> Result<String, Failure> {
    let source = step.raw("url").and_then(source_of).unwrap_or_default();
    let parts =
        address::split(&source).map_err(|message| Failure::refused("invalid_url", format!("`url` {message}")))?;
    reachable(parts.host, parts.port, &step.settings.outbound_allow_hosts)?;
    let path = step.render("url", parts.path, Escape::UrlPath)?;
    // `DELETE /contacts/` is another request than `DELETE /contacts/42`.
    let mut empty = path.missing;
    if empty.is_empty() && leaves_a_gap(parts.path, &path.text) {
        empty = template::mentions(parts.path);
    }
    if !empty.is_empty() {
        let because = step.because(&empty);
        return Err(Failure::refused("empty_path_value", format!("a part of the path of `url` is empty{because}")));
    }
    let path = path.text;
    if address::climbs(&path) {
        let event = step.in_event();
        return Err(Failure::refused(
            "invalid_url",
            format!("a field would lead out of its place in the path of `url` {event}; it holds `.` or `..`"),
        ));
    }
    let mut query = match parts.query {
        Some(query) => vec![address::tidy(&step.render("url", query, Escape::UrlQuery)?.text).replace('#', "%23")],
        None => Vec::new(),
    };
    for (name, value) in step.map("query")? {
        query.push(format!("{}={}", address::component(&name), address::component(&value)));
    }
    query.retain(|part| !part.is_empty());
    let mut url = parts.origin.to_owned();
    if !path.starts_with('/') {
        url.push('/');
    }
    url.push_str(&address::tidy(&path).replace('?', "%3F").replace('#', "%23"));
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query.join("&"));
    }
    step.show("url", url.as_str());
    if url.len() > MOST_URL_BYTES {
        return Err(Failure::refused(
            "too_long",
            format!("`url` is {} bytes long, of at most {MOST_URL_BYTES}", url.len()),
        ));
    }
    Ok(url)
}

/// Whether a value that is printed into a path left a part of it empty. One inside of a block may: `if` was asked.
fn leaves_a_gap(template: &str, path: &str) -> bool {
    let gaps = |path: &str| path.split('/').skip(1).filter(|part| part.is_empty()).count();
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, tag)) = rest.split_once("{{") {
        filled.push_str(before);
        filled.push('x');
        rest = tag.split_once("}}").map_or("", |(_, after)| after);
    }
    filled.push_str(rest);
    !template.contains("{%") && gaps(path) > gaps(&filled)
}

/// Refuses a host that no call may reach.
fn reachable(host: &str, port: u16, allowed: &[String]) -> Result<(), Failure> {
    guard::permit(host, port, allowed).map_err(|reason| {
        Failure::refused(
            "blocked_address",
            format!("the host `{host}` {reason}, which calls may not reach; the deployer can allow it in `OUTBOUND_ALLOW_HOSTS`"),
        )
    })
}

fn headers(step: &mut Preparation<'_>) -> Result<Vec<(String, String)>, Failure> {
    let headers: Vec<(String, String)> =
        step.map("headers")?.into_iter().map(|(name, value)| (name, value.trim().to_owned())).collect();
    for (name, value) in &headers {
        if let Some(message) = header::name_fault(name).or_else(|| header::value_fault(name, value)) {
            return Err(Failure::refused("invalid_header", message));
        }
    }
    Ok(headers)
}

fn body(step: &mut Preparation<'_>) -> Result<Option<(String, &'static str)>, Failure> {
    let body = if let Some(tree) = step.raw("json") {
        let tree = step.render_tree("json", tree)?;
        step.show("json", tree.clone());
        Some((tree.to_string(), "application/json"))
    } else if step.raw("form").is_some() {
        let form = step.map("form")?;
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        Some((text, "application/x-www-form-urlencoded"))
    } else {
        step.text("body", Escape::None)?.filter(|body| !body.is_empty()).map(|body| (body, "text/plain; charset=utf-8"))
    };
    match &body {
        Some((text, _)) if text.len() > MOST_BODY_BYTES => {
            Err(Failure::refused("too_long", "the body is larger than 1 MB; send less in one request"))
        }
        _ => Ok(body),
    }
}
