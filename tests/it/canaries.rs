//! Canaries: marked secrets and marked payloads, fed through every way in. None may come out in a line of the log, in an
//! error, or (secrets) in any answer at all.
//!
//! The same hunt over everything that workerd prints is in `tests/worker/canaries.test.mjs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uncino::app::config::Config;
use uncino::app::faults::Faults;
use uncino::app::ports::QueueName;
use uncino::domain::action::Answer;
use uncino::domain::signature::SCHEMES;
use uncino::http::message::Response;
use uncino::memory::{World, answer, zone_offset};

/// What every canary holds, whatever its place.
const MARK: &str = "canary";
const TOKEN: &str = "canary-admin-token-of-at-least-32-characters";
const ACCESS: &str = "EAABcanary0123456789/with+signs=";

/// A world with everything that came out of it.
struct Mine {
    world: World,
    errors: Vec<String>,
    answers: Vec<String>,
}

impl Mine {
    fn new() -> Self {
        let settings = [("ADMIN_TOKEN", TOKEN), ("UNCINO_DEV", "1"), ("WHATSAPP_API_URL", "https://meta.example/v1")];
        Self { world: World::with(&settings), errors: Vec::new(), answers: Vec::new() }
    }

    fn keep(&mut self, response: Response) -> Response {
        let headers = format!("{:?}", response.headers);
        let all = format!("{} {headers} {}", response.status, response.body);
        if response.status >= 400 {
            self.errors.push(all.clone());
        }
        self.answers.push(all);
        response
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response {
        self.world.clock.advance(2);
        let response = self.world.deliver(method, path, headers, body);
        self.keep(response)
    }

    fn api(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let headers = [("authorization", &*format!("Bearer {TOKEN}")), ("content-type", "application/json")];
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.send(method, &format!("/api/v1{path}"), &headers, text);
        serde_json::from_str(&response.body).unwrap_or_default()
    }

    fn automation(&mut self, steps: &Value) -> (String, String, String) {
        let made = self.api("POST", "/automations", &json!({"name": "Prova", "steps": steps}));
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        (text("/id"), text("/source/id"), format!("/in/{}", text("/source/token")))
    }

    /// Nothing that was said where others read it holds a canary.
    fn is_silent(&self, what: &str) {
        for (_, line) in self.world.log.lines() {
            assert!(!line.contains(MARK), "{what}: the log says {line}");
        }
        for error in &self.errors {
            assert!(!error.contains(MARK), "{what}: an error says {error}");
        }
        for answer in &self.answers {
            for secret in [TOKEN, ACCESS, "canary-header", "canary-shared", "canary-signing"] {
                assert!(!answer.contains(secret), "{what}: an answer gives {secret}: {answer}");
            }
        }
    }
}

/// Bodies of every format, good and bad, each with a canary in it.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let deep = format!("{}\"canary\"{}", "{\"a\":".repeat(40), "}".repeat(40));
    let many = format!("[{}]", vec![r#"{"a":"canary"}"#; 101].join(","));
    vec![
        ("application/json", br#"{"nome":"canary","canary":{"n":1}}"#.to_vec()),
        ("application/json", br#"{"nome": canary"#.to_vec()),
        ("application/json", br#"{"nome":"canary" "x"}"#.to_vec()),
        ("application/json", b"canary".to_vec()),
        ("application/json", br#"{"canary":tru}"#.to_vec()),
        ("application/json", br#"["canary", 1]"#.to_vec()),
        ("application/json", deep.into_bytes()),
        ("application/json", many.into_bytes()),
        ("application/x-ndjson", b"{\"a\":\"canary\"}\n{\"a\": canary}\n".to_vec()),
        ("application/x-ndjson", b"{\"a\":\"canary\"}\n\"canary\"\n".to_vec()),
        ("application/x-www-form-urlencoded", b"nome=canary&canary=1".to_vec()),
        (
            "multipart/form-data; boundary=canary",
            b"--canary\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncanary\r\n--canary--".to_vec(),
        ),
        ("application/xml", b"<canary><a>canary</a></canary>".to_vec()),
        ("application/xml", b"<canary><a>canary</b>".to_vec()),
        ("text/plain", b"canary".to_vec()),
        ("image/png", b"\x89PNGcanary".to_vec()),
        ("application/octet-stream", b"\0canary\0".to_vec()),
        ("application/canary", Vec::new()),
        ("application/json", vec![b'c'; 1_100_000]),
    ]
}

/// Headers that carry what is nobody's to read.
const HEADERS: [(&str, &str); 8] = [
    ("authorization", "Bearer canary-auth"),
    ("cookie", "session=canary-cookie; uncino=canary"),
    ("webhook-id", "canary-id"),
    ("webhook-signature", "v1,canary-signature"),
    ("stripe-signature", "t=1,v1=canary-signature"),
    ("x-hub-signature-256", "sha256=canary-signature"),
    ("x-token", "canary-wrong"),
    ("user-agent", "canary-agent/1"),
];

fn deliver_everything(mine: &mut Mine, path: &str) {
    for (content_type, body) in bodies() {
        for headers in [&HEADERS[..], &[]] {
            let mut all = vec![("content-type", content_type)];
            all.extend(headers);
            mine.send("POST", &format!("{path}?canary=canary"), &all, &body);
            all.push(("accept", "text/html"));
            mine.send("POST", path, &all, &body);
        }
    }
    mine.world.run_queues();
    mine.world.minutes(2);
}

#[test]
fn deliveries_of_every_format_and_refusal() {
    let mut mine = Mine::new();
    let (_, _, path) = mine.automation(&json!([{"action": "save_contact", "params": {"email": "{{ nome }}"}}]));
    deliver_everything(&mut mine, &path);
    mine.send("GET", &path, &HEADERS, "");
    mine.send("DELETE", &path, &HEADERS, "canary");
    for unknown in ["/in/canarycanarycanarycanarycanaryca", "/in/canary%00", "/canary", "/in/"] {
        mine.send("POST", unknown, &HEADERS, r#"{"a":"canary"}"#);
    }
    mine.is_silent("deliveries");
    assert!(mine.errors.len() > 40, "only {} refusals", mine.errors.len());
}

#[test]
fn wrong_signatures_of_every_scheme() {
    let mut mine = Mine::new();
    let secrets = ["canary-signing-secret", "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5", "canary-shared-token-canary"];
    let mut set = 0;
    for scheme in SCHEMES {
        let (_, source, path) = mine.automation(&json!([]));
        for secret in secrets {
            for extra in [
                json!({}),
                json!({"header": "x-token"}),
                json!({"header": "x-token", "algorithm": "sha256", "encoding": "hex", "signed": "body"}),
                json!({"username": "canary-user"}),
            ] {
                let mut rule = json!({"scheme": scheme.name, "secrets": [secret]});
                rule.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
                let changed = mine.api("PATCH", &format!("/sources/{source}"), &json!({"verification": rule}));
                set += usize::from(changed["verification"].is_object());
            }
        }
        mine.api("GET", &format!("/sources/{source}"), &Value::Null);
        deliver_everything(&mut mine, &path);
    }
    assert!(set >= SCHEMES.len(), "only {set} rules were accepted");
    mine.is_silent("signatures");
}

#[test]
fn parts_that_fail() {
    for faults in [
        Faults { d1_write: true, ..Faults::default() },
        Faults { kv: true, ..Faults::default() },
        Faults { queue: true, ..Faults::default() },
        Faults { d1_write: true, intake: true, ..Faults::default() },
    ] {
        let mut mine = Mine::new();
        let (_, source, path) =
            mine.automation(&json!([{"action": "save_contact", "params": {"email": "{{ nome }}"}}]));
        mine.world.faults.set(faults);
        deliver_everything(&mut mine, &path);
        mine.api("GET", &format!("/sources/{source}/fields"), &Value::Null);
        mine.world.faults.set(Faults::default());
        mine.world.tick(600_000);
        mine.is_silent(&format!("{faults:?}"));
        assert!(!mine.world.log.lines().is_empty(), "nothing failed");
    }
}

#[test]
fn rows_documents_and_messages_that_cannot_be_read() {
    let mut mine = Mine::new();
    let (id, source, path) = mine.automation(&json!([{"action": "save_contact", "params": {"email": "{{ nome }}"}}]));
    mine.send("POST", &path, &[("content-type", "application/json")], r#"{"nome":"canary@example.com"}"#);
    mine.world.run_queues();
    let app = mine.world.app();
    for queue in [QueueName::Runs, QueueName::Intake, QueueName::Dead] {
        let body = r#"{"intake":["canary"],"event":["canary"]}"#.to_owned();
        let message = uncino::app::ports::Outgoing { body, delay_s: 0 };
        uncino::memory::block_on(app.ports.queues.send(queue, vec![message])).unwrap();
    }
    mine.world.run_queues();
    for sql in [
        "UPDATE revisions SET plan = '{\"steps\":[{\"id\":\"canary\"}]}' RETURNING revision",
        "UPDATE fields SET samples = 'canary' RETURNING path",
        "UPDATE contacts SET properties = 'canary' RETURNING id",
        "UPDATE runs SET steps = '[{\"id\":\"canary\"}]' RETURNING number",
        "UPDATE sources SET secrets = 'canary' RETURNING id",
    ] {
        mine.world.db.query(sql);
    }
    let key = format!("source:{}", path.trim_start_matches("/in/"));
    mine.world.kv.overwrite(&key, "{\"canary\"");
    mine.world.forget();
    for at in [
        "/automations",
        "/contacts",
        "/runs",
        "/events",
        "/sources",
        &format!("/sources/{source}/fields"),
        &format!("/automations/{id}"),
    ] {
        mine.api("GET", at, &Value::Null);
    }
    mine.api(
        "PATCH",
        &format!("/sources/{source}"),
        &json!({"verification": {"scheme": "shared_token", "header": "x-token", "secrets": ["canary-shared-token"]}}),
    );
    mine.world.db.query("UPDATE sources SET secrets = 'v1.canary.canary' RETURNING id");
    mine.world.forget();
    mine.send("POST", &path, &[("content-type", "application/json"), ("x-token", "canary")], r#"{"nome":"canary"}"#);
    mine.world.minutes(2);
    mine.is_silent("unreadable");
    assert!(mine.errors.len() > 3, "{:?}", mine.errors);
}

#[test]
fn providers_that_repeat_the_secrets_they_were_called_with() {
    let mut mine = Mine::new();
    let whatsapp = json!({"kind": "whatsapp", "name": "Meta", "default": true, "settings": {"phone_number_id": "123"},
        "secrets": {"access_token": ACCESS, "app_secret": "canary-signing-app", "verify_token": "canary-shared-verify"}});
    let http = json!({"kind": "http", "name": "CRM", "default": true, "secrets": {
        "headers": {"Authorization": "Bearer canary-header-token", "X-Key": "canary-header-key"},
        "signing_secret": format!("whsec_{}", STANDARD.encode("canary-signing-of-24-bytes-or-more"))}});
    let ids: Vec<String> = [&whatsapp, &http]
        .map(|connection| mine.api("POST", "/connections", connection)["id"].as_str().unwrap().to_owned())
        .into();
    mine.api("GET", "/connections", &Value::Null);
    // What each of them knows of us, and may repeat.
    let meta = |words: &str| format!("{words}Malformed access token {ACCESS}, Bearer {ACCESS};");
    let crm = |words: &str| format!("{words}unknown key Bearer canary-header-token, canary-header-key;");
    type Shape = fn(&str) -> (u16, Value);
    let shapes: [Shape; 8] = [
        |said| (401, json!({"error": {"message": said, "code": 190}})),
        |said| (400, json!({"error": {"message": "no", "code": 100, "error_data": {"details": said}}})),
        |said| (500, json!({"error": {"message": said}})),
        |said| (429, json!({"message": said})),
        |said| (403, json!({"detail": said, "headers": {"authorization": said}})),
        |said| (418, json!(said)),
        |said| (200, json!({"echo": {"authorization": said}, "messages": []})),
        |said| (200, json!({"messages": [{"id": said}]})),
    ];
    for (shape, words) in shapes.iter().flat_map(|shape| [(shape, String::new()), (shape, "x".repeat(280))]) {
        let answers = |said: String| {
            let (status, body) = shape(&said);
            vec![answer(status, &body), answer(status, &body), answer(status, &body), Answer::Timeout]
        };
        mine.world.outbound.on("https://meta.example", answers(meta(&words)));
        mine.world.outbound.on("https://crm.example", answers(crm(&words)));
        let steps = json!([
            {"action": "send_whatsapp", "on_error": "continue", "params": {"to": "+39 333 1234567", "text": "ciao"}},
            {"action": "http_request", "params": {"method": "POST", "url": "https://crm.example/a", "json": {"a": 1}}},
        ]);
        let (_, _, path) = mine.automation(&steps);
        for _ in 0..3 {
            let receipt = mine.send("POST", &path, &[("content-type", "application/json")], r#"{"a":1}"#);
            let receipt: Value = serde_json::from_str(&receipt.body).unwrap();
            mine.world.run_queues();
            let event = receipt["id"].as_str().unwrap().to_owned();
            mine.api("GET", &format!("/events/{event}"), &Value::Null);
            let runs = mine.api("GET", &format!("/runs?event_id={event}"), &Value::Null);
            let run = runs["data"][0]["id"].as_str().unwrap().to_owned();
            mine.api("GET", &format!("/runs/{run}"), &Value::Null);
            mine.api("POST", &format!("/runs/{run}/resume"), &json!({}));
        }
        for id in &ids {
            mine.world.outbound.on("https://meta.example", answers(meta(&words)));
            mine.api("POST", &format!("/connections/{id}/test"), &Value::Null);
        }
    }
    // They were really asked, with the secrets.
    assert!(
        mine.world.outbound.sent().iter().any(|sent| sent.header("authorization") == Some(&format!("Bearer {ACCESS}")))
    );
    assert!(mine.answers.iter().any(|answer| answer.contains("Malformed access token ***")), "the rest is still said");
    mine.is_silent("providers");
    let stored = crate::storage_policies::durable(&mine.world);
    for secret in [ACCESS, "canary-header", "canary-signing", "canary-shared"] {
        assert!(!stored.contains(secret), "{secret} is stored in clear");
    }
}

#[test]
fn guesses_of_the_token_sessions_and_cookies() {
    let mut mine = Mine::new();
    for guess in ["canary", "canary-guess-of-at-least-32-characters-long"] {
        for path in ["/api/v1/automations", "/api/v1/canary", "/"] {
            mine.send(
                "GET",
                path,
                &[("authorization", &format!("Bearer {guess}")), ("cookie", &format!("uncino=9999999999.{guess}"))],
                "",
            );
        }
        for body in [json!({"token": guess}), json!({"token": [guess]}), json!({"token": {"a": guess}}), json!(guess)] {
            mine.send("POST", "/api/v1/session", &[("content-type", "application/json")], body.to_string());
        }
        mine.send("POST", "/api/v1/session", &[], format!("token={guess}"));
        mine.send("POST", "/api/v1/session", &[], format!("{{\"token\":{guess}}}"));
    }
    // A number may be somebody's token too.
    let number = mine.send("POST", "/api/v1/session", &[], r#"{"token":31415926535897}"#);
    assert!(number.status >= 400 && !number.body.contains("31415"), "{}", number.body);
    let signed_in = mine.world.deliver("POST", "/api/v1/session", &[], json!({"token": TOKEN}).to_string());
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let value = cookie.split_once('=').unwrap().1.to_owned();
    for (method, path) in [
        ("GET", "/api/v1/automations"),
        ("POST", "/api/v1/automations"),
        ("DELETE", "/api/v1/session"),
        ("GET", "/api/v1/runs"),
    ] {
        mine.send(method, path, &[("cookie", &cookie), ("origin", "https://canary.example")], "{}");
    }
    for _ in 0..15 {
        mine.send("GET", "/api/v1/runs", &[("authorization", "Bearer canary")], "");
    }
    mine.is_silent("guesses");
    assert!(!mine.answers.iter().any(|answer| answer.contains(&value)), "an answer repeats the session");
    assert!(!mine.world.log.lines().iter().any(|(_, line)| line.contains(&value)));
    assert!(mine.errors.iter().any(|error| error.starts_with("429")));
}

#[test]
fn secrets_that_cannot_be_ones() {
    let mut mine = Mine::new();
    let (_, source, _) = mine.automation(&json!([]));
    for secrets in [
        json!({"access_token": "canary with spaces"}),
        json!({"access_token": ["canary"]}),
        json!({"access_token": {"a": "canary"}}),
        json!("canary"),
        json!({"signing_secret": "canary"}),
        json!({"headers": {"X-Key": "canary\nx"}}),
        json!({"headers": {"X-Key": ["canary"]}}),
        json!({"headers": "canary"}),
    ] {
        for kind in ["whatsapp", "http", "email"] {
            let connection = json!({"kind": kind, "name": "Prova", "settings": {}, "secrets": secrets});
            let said = mine.api("POST", "/connections", &connection);
            assert_eq!(said["status"], 422, "{said}");
        }
    }
    for secrets in
        [json!(["canary"]), json!("canary"), json!([["canary"]]), json!({"a": "canary"}), json!(["whsec_canary"])]
    {
        let rule = json!({"verification": {"scheme": "standard_webhooks", "secrets": secrets}});
        let said = mine.api("PATCH", &format!("/sources/{source}"), &rule);
        assert_eq!(said["status"], 422, "{said}");
    }
    for body in [json!({"phone": "canary"}), json!({"email": "canary"}), json!({"phone": ["canary"]})] {
        mine.api("POST", "/privacy/erase", &body);
        mine.api("POST", "/privacy/export", &body);
    }
    mine.is_silent("secrets that cannot be ones");
    assert!(mine.errors.len() > 20);
}

#[test]
fn settings_that_cannot_be_ones_are_named_and_not_repeated() {
    let get = |name: &str| match name {
        "ADMIN_TOKEN" => Some("canary-short".to_owned()),
        "SECRET_KEY" => Some("canary!".to_owned()),
        "SECRET_KEY_PREVIOUS" => Some(STANDARD.encode("canary")),
        _ => None,
    };
    let config = Config::read(&get, zone_offset);
    assert!(config.problems.len() >= 3, "{:?}", config.problems);
    let all = format!("{:?} {config:?}", config.problems);
    assert!(!all.contains(MARK) && !all.contains(&STANDARD.encode("canary")), "{all}");
}

#[test]
fn erasures_and_exports_say_nothing_in_the_log() {
    let mut mine = Mine::new();
    let (_, _, path) = mine.automation(&json!([{"action": "save_contact", "params": {"email": "{{ nome }}"}}]));
    mine.send("POST", &path, &[("content-type", "application/json")], r#"{"nome":"canary@example.com"}"#);
    mine.world.run_queues();
    mine.api("POST", "/privacy/export", &json!({"email": "canary@example.com"}));
    // One that cannot go on, because its key is gone.
    mine.world.db.faults.fail_nth(3, uncino::memory::When::Before);
    mine.api("POST", "/privacy/erase", &json!({"email": "canary@example.com"}));
    mine.world.db.faults.heal();
    mine.world.configure(&[("ADMIN_TOKEN", TOKEN), ("SECRET_KEY", &STANDARD.encode([9; 32]))]);
    mine.world.minutes(2);
    assert!(mine.world.log.mentions("cannot go on"), "{:?}", mine.world.log.lines());
    // The second look, of one that went through, and what comes out of a queue for it; also when the database fails.
    mine.world.configure(&[("ADMIN_TOKEN", TOKEN), ("UNCINO_DEV", "1")]);
    mine.world.faults.set(Faults { d1_write: true, ..Faults::default() });
    mine.send("POST", &path, &[("content-type", "application/json")], r#"{"nome":"canary@example.com"}"#);
    mine.world.faults.set(Faults::default());
    mine.api("POST", "/privacy/erase", &json!({"email": "canary@example.com"}));
    mine.world.tick(60_000);
    mine.world.tick(20 * 60_000);
    mine.world.db.write_faults.fail(40, uncino::memory::When::Before);
    mine.world.minutes(1);
    assert!(mine.world.log.mentions("second looks of erasures"), "{:?}", mine.world.log.lines());
    mine.world.db.write_faults.heal();
    mine.world.minutes(2);
    // It is the one that could not go on: the person is the same.
    assert_eq!(mine.world.db.query("SELECT again_done IS NOT NULL FROM erasures"), ["1"]);
    mine.is_silent("erasures");
}

#[test]
fn challenges_that_are_answered_and_refused() {
    let mut mine = Mine::new();
    let (_, source, path) = mine.automation(&json!([]));
    mine.world.configure(&[("ADMIN_TOKEN", TOKEN), ("UNCINO_DEV", "1"), ("UNCINO_LIMITS", "on")]);
    let set = json!({"challenge": {"query": "sfida", "verify_token": "canary-shared"}});
    mine.api("PATCH", &format!("/sources/{source}"), &set);
    mine.world.rates.per_address.set(Some(6));
    let meta = "hub.mode=subscribe&hub.challenge=canary&hub.verify_token=canary";
    let headers = [("cf-connecting-ip", "192.0.2.1"), ("accept", "application/json"), HEADERS[0]];
    for _ in 0..3 {
        mine.send("GET", &format!("{path}?{meta}"), &headers, "");
        mine.send("GET", &format!("{path}?sfida=canary"), &headers, "");
        mine.send("POST", &path, &headers, r#"{"type":"url_verification","challenge":"canary","altro":"canary"}"#);
    }
    let listed = mine.api("GET", &format!("/sources/{source}/refusals"), &Value::Null);
    assert!(listed["data"].as_array().is_some_and(|all| all.len() > 2), "{listed}");
    assert!(!listed.to_string().contains(MARK), "{listed}");
    mine.is_silent("challenges");
}
