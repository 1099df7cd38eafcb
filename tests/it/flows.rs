//! The stories of `tests/cases/flows`, run on the memory twin. The same files run in real workerd
//! (`tests/worker/flows.test.mjs`); what a step means stands in `tests/cases/flows/README.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use uncino::app::faults::Faults;
use uncino::domain::action::{Answer, HttpAnswer};
use uncino::http::message::Response;
use uncino::memory::World;

const RECEIVER: &str = "https://receiver.example";

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/flows");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of flows")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_flow_holds_on_memory() {
    let only = std::env::var("FLOW").ok();
    let mut failures = Vec::new();
    let mut ran = 0;
    for path in files() {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let case: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        ran += 1;
        if let Err(failure) = Story::new().tell(&case) {
            failures.push(format!("{name}: {failure}"));
        }
    }
    assert!(ran > 0, "no flow is called {only:?}");
    assert!(failures.is_empty(), "{} of {ran} flows fail\n\n{}\n", failures.len(), failures.join("\n\n"));
}

struct Story {
    world: World,
    known: BTreeMap<String, String>,
    last: Value,
}

impl Story {
    fn new() -> Self {
        let world = World::with(&[
            ("WHATSAPP_API_URL", "https://receiver.example/wa"),
            ("UNCINO_DEV", "1"),
            ("SENDS_PER_RECIPIENT_HOUR", "4"),
        ]);
        let known = BTreeMap::from([("receiver".to_owned(), RECEIVER.to_owned())]);
        Self { world, known, last: Value::Null }
    }

    fn tell(&mut self, case: &Value) -> Result<(), String> {
        for (index, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
            let step = step.as_object().expect("a step is an object");
            self.step(step).map_err(|failure| format!("step {index} {}\n  {failure}", short(step)))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Map<String, Value>) -> Result<(), String> {
        let mut response = None;
        for (word, value) in step {
            let value = self.fill(value);
            match word.as_str() {
                "create" => response = Some(self.create(&value)),
                "api" => response = Some(self.api(&value)),
                "deliver" => response = Some(self.deliver(&value)),
                "receiver" => self.script(&value),
                "received" => self.check_received(&value)?,
                "settle" => self.settle(),
                "advance_ms" => self.advance(value.as_i64().expect("milliseconds")),
                "faults" => self.world.faults.set(Faults::parse(value.as_str().unwrap_or_default()).0),
                "remember" => self.remember(&value)?,
                "expect" => check_response(&value, response.as_ref().expect("a response before `expect`"))?,
                other => return Err(format!("there is no step `{other}`")),
            }
        }
        Ok(())
    }

    /// Replaces `{name}` in every text by what is known.
    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let filled = self
                    .known
                    .iter()
                    .fold(text.clone(), |text, (name, known)| text.replace(&format!("{{{name}}}"), known));
                Value::String(filled)
            }
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(object) => {
                object.iter().map(|(key, value)| (key.clone(), self.fill(value))).collect::<Map<_, _>>().into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn call(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let token = format!("Bearer {}", uncino::memory::ADMIN_TOKEN);
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        let response = self.world.deliver(method, &format!("/api/v1{path}"), &headers, text);
        self.last = serde_json::from_str(&response.body).unwrap_or_default();
        response
    }

    fn create(&mut self, automation: &Value) -> Response {
        let response = self.call("POST", "/automations", automation);
        let url = self.last["source"]["url"].as_str().unwrap_or_default().to_owned();
        let path = url.find("/in/").and_then(|at| url.get(at..)).unwrap_or_default().to_owned();
        for (name, pointer) in [("automation", "/id"), ("source", "/source/id")] {
            let id = self.last.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            self.known.insert(name.to_owned(), id);
        }
        self.known.insert("path".to_owned(), path);
        response
    }

    fn api(&mut self, call: &Value) -> Response {
        let (method, path) = (call[0].as_str().expect("a method"), call[1].as_str().expect("a path"));
        let body = call.get(2).cloned().unwrap_or_default();
        self.call(method, path, &body)
    }

    fn deliver(&mut self, what: &Value) -> Response {
        // Ids and what was learned are ordered by time, and a story is told in order.
        self.world.clock.advance(2);
        let text = |key: &str| what.get(key).and_then(Value::as_str);
        let body: Vec<u8> = match (text("body"), what.get("json"), text("base64")) {
            (Some(body), _, _) => {
                let times = what.get("repeat").and_then(Value::as_u64).unwrap_or(1);
                let repeated = body.repeat(usize::try_from(times).expect("a small number"));
                format!("{repeated}{}", text("tail").unwrap_or_default()).into_bytes()
            }
            (None, Some(json), _) => json.to_string().into_bytes(),
            (None, None, Some(base64)) => {
                use base64::Engine;
                base64::engine::general_purpose::STANDARD.decode(base64).expect("base64")
            }
            (None, None, None) => Vec::new(),
        };
        let mut headers: Vec<(String, String)> = Vec::new();
        if what.get("json").is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        for (name, value) in what.get("headers").and_then(Value::as_object).into_iter().flatten() {
            headers.retain(|(known, _)| known != name);
            headers.push((name.clone(), value.as_str().expect("a header").to_owned()));
        }
        if let Some(secret) = text("hub_secret") {
            headers.push(("x-hub-signature-256".to_owned(), hub_signature(secret, &body)));
        }
        let path = text("path").unwrap_or_else(|| self.known["path"].as_str());
        let query = text("query").map_or(String::new(), |query| format!("?{query}"));
        let path = format!("{}{path}{query}", text("prefix").unwrap_or_default());
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let response = self.world.deliver(text("method").unwrap_or("POST"), &path, &headers, body);
        self.last = serde_json::from_str(&response.body).unwrap_or_default();
        if response.status == 202 {
            let ids = self.last["ids"].as_array().cloned().unwrap_or_else(|| vec![self.last["id"].clone()]);
            for (index, id) in ids.iter().filter_map(Value::as_str).enumerate() {
                self.known.insert(format!("event{index}"), id.to_owned());
                if index == 0 {
                    self.known.insert("event".to_owned(), id.to_owned());
                }
            }
        }
        response
    }

    fn script(&mut self, answers: &Value) {
        self.world.outbound.take_sent();
        let answers: Vec<Answer> = answers.as_array().expect("a list of answers").iter().map(scripted).collect();
        self.world.outbound.on(RECEIVER, answers);
    }

    fn check_received(&self, expected: &Value) -> Result<(), String> {
        let received: Vec<Value> = self
            .world
            .outbound
            .sent()
            .iter()
            .map(|sent| {
                let headers: Map<String, Value> = sent
                    .headers
                    .iter()
                    .map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into()))
                    .collect();
                serde_json::json!({
                    "method": sent.method,
                    "path": sent.url.strip_prefix(RECEIVER).unwrap_or(&sent.url),
                    "headers": headers,
                    "json": sent.json(),
                    "text": sent.text(),
                })
            })
            .collect();
        matches(expected, &Value::Array(received), "received")
    }

    fn settle(&self) {
        self.world.run_queues();
        self.world.sweep();
        self.world.run_queues();
    }

    fn advance(&self, ms: i64) {
        self.world.restart();
        self.world.clock.advance(ms);
        self.settle();
    }

    fn remember(&mut self, what: &Value) -> Result<(), String> {
        for (name, pointer) in what.as_object().expect("names and pointers") {
            let pointer = pointer.as_str().expect("a pointer");
            let found = self.last.pointer(pointer).and_then(Value::as_str);
            let found = found.ok_or_else(|| format!("the last answer has no text at {pointer}: {}", self.last))?;
            self.known.insert(name.clone(), found.to_owned());
        }
        Ok(())
    }
}

/// As Meta signs its webhooks.
pub fn hub_signature(secret: &str, body: &[u8]) -> String {
    let mac = uncino::domain::signature::hmac_sha256(secret.as_bytes(), &[body]).expect("a key of any length");
    format!("sha256={}", mac.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn scripted(answer: &Value) -> Answer {
    if answer["timeout"] == true {
        return Answer::Timeout;
    }
    let body = match (answer.get("json"), answer.get("text").and_then(Value::as_str)) {
        (Some(json), _) => json.to_string(),
        (None, text) => text.unwrap_or_default().to_owned(),
    };
    let header = |name: &str| answer["headers"].get(name).and_then(Value::as_str).map(str::to_owned);
    Answer::Http(HttpAnswer {
        status: u16::try_from(answer["status"].as_u64().expect("a status")).expect("a status"),
        retry_after: header("retry-after"),
        content_type: answer.get("json").map(|_| "application/json".to_owned()),
        body: body.into_bytes(),
        truncated: false,
    })
}

fn check_response(expected: &Value, response: &Response) -> Result<(), String> {
    let context = |failure: String| format!("{failure}\n  answered {} {}", response.status, response.body);
    if let Some(status) = expected.get("status").and_then(Value::as_u64)
        && u64::from(response.status) != status
    {
        return Err(context(format!("status is {}, not {status}", response.status)));
    }
    for (name, value) in expected.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let found = response.header(name).map_or(Value::Null, |value| value.to_owned().into());
        matches(value, &found, &format!("header {name}")).map_err(context)?;
    }
    if let Some(text) = expected.get("text").and_then(Value::as_str)
        && !response.body.contains(text)
    {
        return Err(context(format!("the body does not contain {text:?}")));
    }
    if let Some(body) = expected.get("body") {
        let found: Value = serde_json::from_str(&response.body).unwrap_or_default();
        matches(body, &found, "body").map_err(context)?;
    }
    Ok(())
}

/// Whether what was found is as expected: objects by the keys that are named, lists item by item and in length.
fn matches(expected: &Value, found: &Value, at: &str) -> Result<(), String> {
    let differs = || Err(format!("{at} is {found}, expected {expected}"));
    match (expected, found) {
        (Value::String(text), _) if text == "$any" => {
            if found.is_null() {
                differs()
            } else {
                Ok(())
            }
        }
        (Value::String(text), _) if text == "$number" => {
            if found.is_number() {
                Ok(())
            } else {
                differs()
            }
        }
        (Value::String(text), _) if text.starts_with("$text:") => {
            let part = text.trim_start_matches("$text:");
            if found.as_str().is_some_and(|found| found.contains(part)) { Ok(()) } else { differs() }
        }
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                let here = format!("{at}.{key}");
                match found.get(key) {
                    None if value == "$absent" => {}
                    None => return Err(format!("{here} is absent")),
                    Some(_) if value == "$absent" => return Err(format!("{here} should be absent")),
                    Some(found) => matches(value, found, &here)?,
                }
            }
            Ok(())
        }
        (Value::Array(expected), Value::Array(found)) => {
            if expected.len() != found.len() {
                return Err(format!(
                    "{at} has {} items, expected {}: {}",
                    found.len(),
                    expected.len(),
                    Value::Array(found.clone())
                ));
            }
            expected
                .iter()
                .zip(found)
                .enumerate()
                .try_for_each(|(index, (expected, found))| matches(expected, found, &format!("{at}[{index}]")))
        }
        _ if expected == found => Ok(()),
        _ => differs(),
    }
}

fn short(step: &Map<String, Value>) -> String {
    let mut step = step.clone();
    step.remove("expect");
    Value::Object(step).to_string().chars().take(160).collect()
}
