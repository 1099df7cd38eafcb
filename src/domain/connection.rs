//! Connections: the credentials of a provider, what each kind needs, and how one is tried out.
//!
//! It neither seals nor stores them: secrets arrive opened and leave as `Secret`. A check reads what was written, and
//! asks no provider; a test does, through a request that somebody else sends.
//!
//! **Length:** a quarter of it are its tests.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::{Answer, HttpAnswer, HttpRequest, Mailbox, Object, USER_AGENT, header, is_pattern, sign};
use super::contact::email;
use super::ids::ConnectionId;
use super::problem::Fault;
use super::secret::Secret;
use super::settings::Settings;

/// Which provider a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The WhatsApp Cloud API.
    Whatsapp,
    /// Cloudflare's mail binding.
    Email,
    /// Any other system.
    Http,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Whatsapp, Self::Email, Self::Http];

    /// The word under which it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
            Self::Http => "http",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A connection with its secrets opened.
#[derive(Clone, PartialEq, Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Which provider it is for.
    pub kind: Kind,
    /// Its name in the dashboard.
    pub name: String,
    /// Whether it sends nothing and fills the outbox instead.
    pub simulated: bool,
    /// Whether it is the default of its kind.
    pub is_default: bool,
    /// What may be shown.
    pub settings: Object,
    /// What may not.
    pub secrets: Secret<Object>,
}

/// Checks the settings and secrets of a connection: every fault by path, under `settings` or `secrets`.
///
/// A simulated connection needs nothing; what it has must still be readable, so that it can become a real one.
pub fn check(kind: Kind, simulated: bool, settings: &Object, secrets: &Object) -> Vec<Fault> {
    let (settings_faults, secrets_faults) = match kind {
        Kind::Whatsapp => (
            fields(
                settings,
                "settings",
                &[("phone_number_id", !simulated, digits), ("business_account_id", false, digits)],
            ),
            fields(
                secrets,
                "secrets",
                &[
                    ("access_token", !simulated, graphic),
                    ("app_secret", false, graphic),
                    ("verify_token", false, graphic),
                ],
            ),
        ),
        Kind::Email => (fields(settings, "settings", &[("from", false, sender)]), fields(secrets, "secrets", &[])),
        Kind::Http => (
            fields(settings, "settings", &[("headers", false, headers), ("hosts", false, hosts)]),
            fields(secrets, "secrets", &[("headers", false, headers), ("signing_secret", false, signing_secret)]),
        ),
    };
    let under = |faults: Vec<Fault>, prefix: &'static str| faults.into_iter().map(move |fault| fault.under(prefix));
    under(settings_faults, "settings").chain(under(secrets_faults, "secrets")).collect()
}

/// A key, whether it must be there, and what is wrong with its value.
type Field = (&'static str, bool, fn(&Value) -> Vec<Fault>);

fn fields(object: &Object, of: &str, known: &[Field]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = object
        .keys()
        .filter(|key| !known.iter().any(|(name, ..)| name == key))
        .map(|key| {
            let names = known.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join("`, `");
            let rest = if names.is_empty() { "it takes none".to_owned() } else { format!("it takes `{names}`") };
            Fault::new(key.as_str(), "unknown_key", format!("`{of}` of this kind has no `{key}`; {rest}"))
        })
        .collect();
    for (name, required, fault) in known {
        match object.get(*name).filter(|value| !value.is_null() && value.as_str() != Some("")) {
            Some(value) => faults.extend(fault(value).into_iter().map(|fault| fault.under(name))),
            None if *required => {
                faults.push(Fault::new(
                    *name,
                    "required",
                    format!("this connection needs `{name}`, unless it is simulated"),
                ));
            }
            None => {}
        }
    }
    faults
}

fn one(code: &str, message: impl Into<String>) -> Vec<Fault> {
    vec![Fault::new("", code, message)]
}

fn digits(value: &Value) -> Vec<Fault> {
    match value.as_str().map(str::trim) {
        Some(text) if !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Vec::new()
        }
        _ => {
            one("invalid_value", "must be the id that Meta shows, digits only, as a text (it is not the phone number)")
        }
    }
}

fn graphic(value: &Value) -> Vec<Fault> {
    match value.as_str().map(str::trim) {
        Some(text) if !text.is_empty() && text.len() <= 4_096 && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Vec::new()
        }
        _ => one("invalid_value", "must be a text without spaces, copied whole"),
    }
}

fn sender(value: &Value) -> Vec<Fault> {
    match value.as_str().and_then(mailbox) {
        Some(_) => Vec::new(),
        None => one("invalid_value", "must be an address, `negozio@example.com` or `Negozio <negozio@example.com>`"),
    }
}

fn signing_secret(value: &Value) -> Vec<Fault> {
    match value.as_str().and_then(sign::key) {
        Some(_) => Vec::new(),
        None => one("invalid_value", "must be `whsec_` and 24 to 64 bytes in base64"),
    }
}

fn headers(value: &Value) -> Vec<Fault> {
    let Some(entries) = value.as_object() else {
        return one("invalid_type", "must be an object of names with texts");
    };
    entries
        .iter()
        .filter_map(|(name, value)| {
            let message = match value.as_str() {
                // The value may be secret, so a fault speaks of its name only.
                Some(text) => header::name_fault(name).or_else(|| {
                    header::value_fault(name, text.trim()).map(|_| "must hold ASCII characters on one line".to_owned())
                }),
                None => Some("must be a text".to_owned()),
            };
            message.map(|message| Fault::new(name.as_str(), "invalid_header", message))
        })
        .collect()
}

fn hosts(value: &Value) -> Vec<Fault> {
    /// **Limit:** hosts of one connection.
    const MOST: usize = 20;
    let Some(all) = value.as_array().filter(|all| all.len() <= MOST) else {
        return one("invalid_type", "must be a list of hosts, at most 20");
    };
    let faults = all.iter().enumerate().filter(|(_, host)| !host.as_str().is_some_and(is_pattern)).map(|(index, _)| {
        let message = "must be a host such as `api.example.com`, or `*.example.com` for those below it; with or without \
                       a port, without `https://`";
        Fault::new(format!("[{index}]"), "invalid_value", message)
    });
    faults.collect()
}

/// Reads `negozio@example.com` or `Negozio <negozio@example.com>`; `None` for anything else.
pub fn mailbox(text: &str) -> Option<Mailbox> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return None;
    }
    let (name, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (Some(name.trim().trim_matches('"').trim()), address),
        None => (None, text),
    };
    let email = email::parse(address.trim()).ok()?;
    let name = name.filter(|name| !name.is_empty()).map(str::to_owned);
    if name.as_ref().is_some_and(|name| name.contains(['<', '>', '"'])) {
        return None;
    }
    Some(Mailbox { name, email })
}

/// How a connection is tried out.
#[derive(Clone, PartialEq, Debug)]
pub enum Trial {
    /// By this request, whose answer [`read_trial`] reads. It sends no message to anybody.
    Ask(HttpRequest),
    /// There is nothing that could be asked; this is all that can be said.
    Told(TrialResult),
}

/// What trying a connection out has shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TrialResult {
    /// Whether nothing speaks against it.
    pub ok: bool,
    /// Which result, stable: `number_known`, `token_refused`, `no_sender`, …
    pub code: &'static str,
    /// What was shown and what was not, in plain words, with what to do.
    pub message: String,
}

impl TrialResult {
    fn fine(code: &'static str, message: impl Into<String>) -> Self {
        Self { ok: true, code, message: message.into() }
    }

    fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self { ok: false, code, message: message.into() }
    }
}

/// How to try a connection out (`POST /connections/{id}/test`).
pub fn trial(connection: &Connection, settings: &Settings) -> Trial {
    if connection.simulated {
        let message = "this connection is simulated: it sends nothing and fills the outbox";
        return Trial::Told(TrialResult::fine("simulated", message));
    }
    let secrets = connection.secrets.expose();
    if let Some(fault) = check(connection.kind, false, &connection.settings, secrets).into_iter().next() {
        return Trial::Told(TrialResult::bad("invalid_connection", format!("`{}`: {}", fault.path, fault.message)));
    }
    match connection.kind {
        Kind::Whatsapp => {
            let text = |object: &Object, name: &str| {
                object.get(name).and_then(Value::as_str).map(|text| text.trim().to_owned()).unwrap_or_default()
            };
            Trial::Ask(HttpRequest {
                method: "GET",
                url: format!(
                    "{}/{}?fields=display_phone_number,verified_name,quality_rating",
                    settings.whatsapp_api_url.trim_end_matches('/'),
                    text(&connection.settings, "phone_number_id"),
                ),
                headers: vec![
                    ("Authorization".to_owned(), format!("Bearer {}", text(secrets, "access_token"))),
                    ("User-Agent".to_owned(), USER_AGENT.to_owned()),
                ],
                body: None,
                timeout_ms: 10_000,
                max_response_bytes: 64 << 10,
            })
        }
        Kind::Email => {
            let own = connection.settings.get("from").and_then(Value::as_str).filter(|from| !from.is_empty());
            Trial::Told(match own.or(settings.email_from.as_deref()).and_then(mailbox) {
                Some(from) => TrialResult::fine(
                    "sender_readable",
                    format!(
                        "the sender `{}` can be read; only a message shows whether Cloudflare sends from its domain",
                        from.email
                    ),
                ),
                None => TrialResult::bad(
                    "no_sender",
                    "no sender is set; write one into `from`, or set the variable `EMAIL_FROM`",
                ),
            })
        }
        Kind::Http => {
            let said =
                "headers and signing secret can be read; only a call shows whether the other system accepts them";
            let hosts = connection.settings.get("hosts").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
            let kept = connection.is_default && !hosts && secrets.contains_key("headers");
            Trial::Told(if kept {
                let note = "its secret headers go with steps that name it only: to send them with every step, write the \
                            hosts that may have them into `hosts`";
                TrialResult::fine("headers_for_named_steps", format!("{said}; {note}"))
            } else {
                TrialResult::fine("headers_readable", said)
            })
        }
    }
}

/// Reads the answer to a trial of WhatsApp.
pub fn read_trial(answer: &Answer) -> TrialResult {
    let http = match answer {
        Answer::Http(http) => http,
        Answer::NotSent { reason } => return TrialResult::bad("not_sent", reason.clone()),
        Answer::Timeout | Answer::ConnectionLost | Answer::Mail(_) | Answer::Contact { .. } => {
            return TrialResult::bad(
                "no_answer",
                "WhatsApp did not answer; try again, and check `WHATSAPP_API_URL` if it stays so",
            );
        }
    };
    read_number(http)
}

fn read_number(http: &HttpAnswer) -> TrialResult {
    let json: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let text = |path: &str| {
        json.pointer(path).and_then(Value::as_str).unwrap_or_default().chars().take(200).collect::<String>()
    };
    match http.status {
        200..=299 if json.is_object() => {
            let (number, name) = (text("/display_phone_number"), text("/verified_name"));
            TrialResult::fine("number_known", format!("WhatsApp knows the number {number} {name}").trim_end())
        }
        401 | 403 => TrialResult::bad(
            "token_refused",
            format!(
                "WhatsApp does not accept the access token; put a new one into the connection ({})",
                text("/error/message")
            ),
        ),
        400 | 404 => TrialResult::bad(
            "unknown_number",
            format!("WhatsApp does not know this number; check `phone_number_id` ({})", text("/error/message")),
        ),
        status => TrialResult::bad("service_error", format!("WhatsApp answered {status}; try again later")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::time::Timestamp;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn paths(kind: Kind, simulated: bool, settings: Value, secrets: Value) -> Vec<String> {
        check(kind, simulated, &object(settings), &object(secrets))
            .into_iter()
            .map(|fault| format!("{} {}", fault.path, fault.code))
            .collect()
    }

    fn whatsapp() -> Connection {
        Connection {
            id: ConnectionId::new(Timestamp::from_millis(0), 1),
            kind: Kind::Whatsapp,
            name: "Negozio".to_owned(),
            simulated: false,
            is_default: true,
            settings: object(json!({ "phone_number_id": "123" })),
            secrets: Secret::new(object(json!({ "access_token": "EAAtoken" }))),
        }
    }

    fn offset(_: &str, _: Timestamp) -> i32 {
        60
    }

    #[test]
    fn a_real_whatsapp_connection_needs_number_and_token_and_a_simulated_one_nothing() {
        assert_eq!(
            paths(Kind::Whatsapp, false, json!({}), json!({})),
            ["settings.phone_number_id required", "secrets.access_token required"]
        );
        assert!(paths(Kind::Whatsapp, true, json!({}), json!({})).is_empty());
    }

    #[test]
    fn unknown_keys_and_unreadable_values_are_faults() {
        assert_eq!(
            paths(
                Kind::Whatsapp,
                false,
                json!({ "phone_number_id": "+39 333", "x": 1 }),
                json!({ "access_token": "a b" })
            ),
            ["settings.x unknown_key", "settings.phone_number_id invalid_value", "secrets.access_token invalid_value"]
        );
        assert_eq!(
            paths(Kind::Email, false, json!({ "from": "negozio" }), json!({ "password": "x" })),
            ["settings.from invalid_value", "secrets.password unknown_key"]
        );
        assert_eq!(
            paths(
                Kind::Http,
                false,
                json!({ "headers": { "Host": "x" } }),
                json!({ "headers": { "X-Key": "a\nb" }, "signing_secret": "short" })
            ),
            [
                "settings.headers.Host invalid_header",
                "secrets.headers.X-Key invalid_header",
                "secrets.signing_secret invalid_value"
            ]
        );
    }

    #[test]
    fn a_fault_in_a_secret_does_not_repeat_it() {
        let faults = check(Kind::Http, false, &Object::new(), &object(json!({ "headers": { "X-Key": "hunter2\n" } })));
        assert!(faults.iter().all(|fault| !fault.message.contains("hunter2")));
    }

    #[test]
    fn a_whatsapp_connection_is_tried_by_asking_for_its_number() {
        let Trial::Ask(request) = trial(&whatsapp(), &Settings::new(offset)) else { panic!("nothing is asked") };
        assert!(request.url.starts_with("https://graph.facebook.com/v23.0/123?fields="));
        assert!(!format!("{request:?}").contains("EAAtoken"));
        let answer = |status, body: &str| {
            Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() })
        };
        let known = read_trial(&answer(200, r#"{"display_phone_number":"+39 06 1234","verified_name":"Negozio"}"#));
        assert_eq!((known.ok, known.message.as_str()), (true, "WhatsApp knows the number +39 06 1234 Negozio"));
        for (answer, code) in [
            (answer(401, r#"{"error":{"message":"expired"}}"#), "token_refused"),
            (answer(404, "{}"), "unknown_number"),
            (answer(200, "<html>"), "service_error"),
            (Answer::NotSent { reason: "the host could not be reached".to_owned() }, "not_sent"),
            (Answer::Timeout, "no_answer"),
        ] {
            let result = read_trial(&answer);
            assert_eq!((result.ok, result.code), (false, code));
        }
    }

    #[test]
    fn a_simulated_connection_is_never_asked_for() {
        let connection = Connection { simulated: true, ..whatsapp() };
        assert!(matches!(trial(&connection, &Settings::new(offset)), Trial::Told(TrialResult { ok: true, .. })));
    }
}
