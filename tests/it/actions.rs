//! Actions by example: each file of `tests/cases/actions` is one step, with what is checked, rendered, asked and read.
//!
//! A file has sections, each after a line `--- name`: `action`, `params`, `payload`, and where they matter `connection`,
//! `settings`, `hop`, `answers`; the last is `expected`. `UNCINO_BLESS=1` writes `expected` anew: read it like prose
//! before it is committed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value};
use uncino::domain::action::{
    self, Answer, Call, Delivery, HttpAnswer, Intent, MailError, Outcome, check, find, mentions, prepare, registry,
    request, sender,
};
use uncino::domain::connection::{self, Connection, Kind};
use uncino::domain::ids::{ConnectionId, ContactId};
use uncino::domain::secret::Secret;
use uncino::domain::settings::Settings;
use uncino::domain::template::Scope;
use uncino::domain::time::Timestamp;

const STEP_KEY: &str = "run_01KAVZZ9P8AAAAAAAAAAAAAAAA01KAVZZ9P8AAAAAA1/s1";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-24T10:00:00Z").unwrap()
}

fn rome(_: &str, at: Timestamp) -> i32 {
    let summer = Timestamp::parse_rfc3339("2026-03-29T01:00:00Z").unwrap()
        ..Timestamp::parse_rfc3339("2026-10-25T01:00:00Z").unwrap();
    if summer.contains(&at) { 120 } else { 60 }
}

#[test]
fn every_case_of_an_action_ends_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/actions");
    let bless = std::env::var_os("UNCINO_BLESS").is_some();
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let sections = sections(&text);
        let actual = play(&sections);
        if sections.get("expected").map(|text| text.trim()) != Some(actual.trim()) {
            if bless {
                let given = text.split("--- expected").next().unwrap().trim_end();
                std::fs::write(&file, format!("{given}\n--- expected\n{}\n", actual.trim_end())).unwrap();
            } else {
                write!(wrong, "\n== {}\n{actual}", file.display()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "these came out otherwise (UNCINO_BLESS=1 accepts them):{wrong}");
}

fn sections(text: &str) -> BTreeMap<String, String> {
    let mut sections = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(next) = line.strip_prefix("--- ") {
            name = next.trim().to_owned();
        } else {
            let section: &mut String = sections.entry(name.clone()).or_default();
            section.push_str(line);
            section.push('\n');
        }
    }
    sections
}

fn object(sections: &BTreeMap<String, String>, name: &str) -> Map<String, Value> {
    sections.get(name).map_or_else(Map::new, |text| {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("section {name}: {error}"))
    })
}

fn settings(given: &Map<String, Value>) -> Settings {
    let mut settings = Settings::new(rome);
    settings.email_from = given.get("email_from").and_then(Value::as_str).map(str::to_owned);
    for host in given.get("outbound_allow_hosts").and_then(Value::as_array).into_iter().flatten() {
        settings.outbound_allow_hosts.push(host.as_str().unwrap().to_owned());
    }
    settings
}

fn connection(given: &Map<String, Value>) -> Option<Connection> {
    let kind = Kind::parse(given.get("kind")?.as_str()?)?;
    let part = |name: &str| given.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let faults = connection::check(kind, false, &part("settings"), &part("secrets"));
    assert!(faults.is_empty(), "{faults:?}");
    Some(Connection {
        id: ConnectionId::new(now(), 1),
        kind,
        name: "test".to_owned(),
        simulated: false,
        is_default: true,
        settings: part("settings"),
        secrets: Secret::new(part("secrets")),
    })
}

/// Plays a case: what is said at save, what is rendered, what leaves, and what each answer means.
fn play(sections: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let action = find(sections["action"].trim()).expect("an action");
    let params = object(sections, "params");
    let settings = settings(&object(sections, "settings"));
    for fault in check(action, &params) {
        writeln!(out, "fault {} {}: {}", fault.path, fault.code, fault.message).unwrap();
    }
    let fields = mentions(action, &params);
    if !fields.is_empty() {
        writeln!(out, "mentions {}", fields.join(", ")).unwrap();
    }
    let mut scope = Scope::new(object(sections, "payload"), &settings);
    scope.set_system("event", serde_json::json!({ "id": "evt_01KAVZZ9P8AAAAAAAAAAAAAAAA" }));
    let prepared = prepare(action, &params, &scope, &settings, now());
    writeln!(out, "input {}", pretty(&prepared.input.params.into())).unwrap();
    if !prepared.input.missing.is_empty() {
        writeln!(out, "missing {}", prepared.input.missing.join(", ")).unwrap();
    }
    for note in prepared.input.notes {
        writeln!(out, "note {note}").unwrap();
    }
    match prepared.outcome {
        Err(failure) => writeln!(out, "{}", failed(&failure)).unwrap(),
        Ok(Intent::Wait { until }) => writeln!(out, "wait until {until}").unwrap(),
        Ok(Intent::Filter { pass }) => writeln!(out, "filter {pass}").unwrap(),
        Ok(Intent::Stop { reason }) => writeln!(out, "stop {reason:?}").unwrap(),
        Ok(Intent::Call(call)) => {
            let connection = connection(&object(sections, "connection"));
            let delivery = Delivery {
                connection: connection.as_ref(),
                settings: &settings,
                step_key: STEP_KEY,
                message_key: STEP_KEY,
                hop: sections.get("hop").map_or(0, |hop| hop.trim().parse().unwrap()),
                now: now(),
            };
            effect(&mut out, &call, &delivery);
            for line in sections.get("answers").map_or("", String::as_str).lines().filter(|line| !line.is_empty()) {
                let outcome = match action::read(&call, answer(line), now()) {
                    Outcome::Succeeded { output } => format!("succeeded {}", Value::from(output)),
                    Outcome::Failed(failure) => failed(&failure),
                };
                writeln!(out, "answer {line}\n    {outcome}").unwrap();
            }
        }
    }
    out
}

fn effect(out: &mut String, call: &Call, delivery: &Delivery<'_>) {
    writeln!(out, "call repeatable={} timeout_ms={}", call.repeatable(), call.timeout_ms()).unwrap();
    match call {
        Call::SaveContact(change) => writeln!(out, "save {change:?}").unwrap(),
        Call::Email(_) => match sender(delivery) {
            Ok(sender) => writeln!(out, "sender {sender:?}").unwrap(),
            Err(failure) => writeln!(out, "{}", failed(&failure)).unwrap(),
        },
        Call::Whatsapp(_) | Call::Http(_) => match request(call, delivery) {
            Ok(request) => {
                writeln!(out, "request {} {}", request.method, request.url).unwrap();
                for (name, value) in &request.headers {
                    writeln!(out, "    {name}: {value}").unwrap();
                }
                if let Some(body) = &request.body {
                    let text = String::from_utf8(body.clone()).unwrap();
                    let json = serde_json::from_str(&text).ok().filter(Value::is_object);
                    writeln!(out, "{}", json.map_or(text, |json| pretty(&json))).unwrap();
                }
            }
            Err(failure) => writeln!(out, "{}", failed(&failure)).unwrap(),
        },
    }
    if let Some(message) = call.outbox() {
        writeln!(out, "outbox {} {} {}", message.channel, message.to, message.content).unwrap();
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

fn failed(failure: &action::Failure) -> String {
    format!("failed {:?} {}: {}", failure.class, failure.code, failure.message)
}

/// `timeout`, `lost`, `not_sent …`, `contact created`, `mail ok ID`, `mail CODE words`, or `STATUS [retry-after=…] body`.
fn answer(line: &str) -> Answer {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "timeout" => Answer::Timeout,
        "lost" => Answer::ConnectionLost,
        "not_sent" => Answer::NotSent { reason: rest.to_owned() },
        "contact" => Answer::Contact { id: ContactId::new(now(), 1), created: rest == "created" },
        "mail" => {
            let (code, message) = rest.split_once(' ').unwrap_or((rest, ""));
            let message = message.to_owned();
            Answer::Mail(if code == "ok" { Ok(message) } else { Err(MailError { code: code.to_owned(), message }) })
        }
        status => {
            let (retry_after, body) = match rest.strip_prefix("retry-after=") {
                Some(rest) => {
                    let (seconds, body) = rest.split_once(' ').unwrap_or((rest, ""));
                    (Some(seconds.to_owned()), body)
                }
                None => (None, rest),
            };
            Answer::Http(HttpAnswer {
                status: status.parse().unwrap(),
                retry_after,
                content_type: None,
                body: body.as_bytes().to_vec(),
                truncated: false,
            })
        }
    }
}

#[test]
fn every_action_describes_itself_in_both_languages() {
    for action in registry() {
        for text in
            [action.title, action.about].into_iter().chain(action.params.iter().flat_map(|p| [p.title, p.about]))
        {
            assert!(!text.it.is_empty() && !text.en.is_empty(), "{}", action.name);
        }
        for name in action.alternatives.iter().flat_map(|alternative| alternative.params) {
            assert!(action.params.iter().any(|param| param.name == *name), "{} {name}", action.name);
        }
        let json = serde_json::to_value(action).unwrap();
        assert_eq!(json["name"], action.name);
        assert!(json["params"][0]["kind"].is_string());
    }
}
