//! The API's document against the API itself. `UPDATE=1 cargo test openapi` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use uncino::domain::signature::SCHEMES;
use uncino::http::openapi;
use uncino::memory::World;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

/// One line an operation and one a schema: the file is in the worker, so what is not needed to see a change is left out.
fn written(document: &Value) -> String {
    let mut text = String::new();
    write(&mut text, document, 0);
    text + "\n"
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let Some(map) = value.as_object().filter(|_| depth < 3) else {
        *text += &value.to_string();
        return;
    };
    *text += "{";
    for (index, (key, value)) in map.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        *text += &format!("{comma}\n{:depth$} {}: ", "", json!(key));
        write(text, value, depth + 1);
    }
    *text += &format!("\n{:depth$}}}", "");
}

/// Every operation: method, path and itself.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("operationId").is_some() {
                all.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    all
}

#[test]
fn the_document_is_the_one_that_the_code_makes() {
    let made = written(&openapi::document().unwrap());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(PATH, &made).unwrap();
    }
    let kept = fs::read_to_string(PATH).unwrap();
    assert!(kept == made, "docs/openapi.json is old; write it anew with `UPDATE=1 cargo test openapi`");
}

#[test]
fn the_document_holds_together() {
    let document = openapi::document().unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    let ids: BTreeSet<&str> = operations.iter().map(|(_, _, own)| own["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len());
    let text = document.to_string();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("\"$ref\":\"#") {
        let (pointer, after) = after.split_once('"').unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
        rest = after;
    }
    for (method, path, operation) in &operations {
        assert!(!operation["summary"].as_str().unwrap().is_empty());
        assert!(operation["responses"].get("default").is_some(), "{method} {path}");
    }
}

#[test]
fn every_documented_route_answers() {
    let world = World::new();
    for (method, path, _) in operations(&openapi::document().unwrap()) {
        let path = path.replace("{id}", "x").replace("{token}", "x");
        let (status, said) = world.api(&method, &path, &Value::Null);
        let detail = said["detail"].as_str().unwrap_or_default();
        assert!(status != 405 && detail != "there is nothing at this address", "{method} {path}: {status} {said}");
    }
}

/// A world with one of everything that a write can be about: ids by resource.
fn furnished() -> (World, BTreeMap<&'static str, String>) {
    let world = World::new();
    let mut ids = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = json!([{"action": "save_contact", "params": {"email": "{{ email }}"}}]);
    let (_, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": steps}));
    ids.insert("automations", text(&made["id"]));
    ids.insert("sources", text(&made["source"]["id"]));
    let url = text(&made["source"]["url"]);
    let event = world.deliver("POST", &url, &[], r#"{"email":"ada@example.com"}"#);
    let event: Value = serde_json::from_str(&event.body).unwrap();
    ids.insert("events", text(&event["id"]));
    world.run_queues();
    ids.insert("runs", text(&world.api("GET", "/runs", &Value::Null).1["data"][0]["id"]));
    ids.insert("contacts", text(&world.api("GET", "/contacts", &Value::Null).1["data"][0]["id"]));
    let connection = json!({"kind": "http", "name": "Gestionale"});
    ids.insert("connections", text(&world.api("POST", "/connections", &connection).1["id"]));
    (world, ids)
}

/// The keys that a route knows, as it names them to somebody who sends one that it does not know.
fn known_keys(said: &Value) -> Option<BTreeSet<String>> {
    let faults = said["errors"].as_array()?;
    let fault = faults.iter().find(|fault| fault["path"] == "zz" && fault["code"] == "unknown_key")?;
    let (_, names) = fault["message"].as_str()?.split_once("known are ")?;
    Some(names.split(", ").map(|name| name.trim_matches('`').to_owned()).collect())
}

#[test]
fn every_body_is_documented_with_the_keys_that_the_code_reads() {
    let (world, ids) = furnished();
    let document = openapi::document().unwrap();
    let mut checked = 0;
    for (method, path, operation) in operations(&document) {
        if method == "GET" || method == "DELETE" || path.starts_with("/in/") {
            continue;
        }
        let resource = path.split('/').nth(1).unwrap();
        let mut at = path.replace("{id}", ids.get(resource).map_or("x", String::as_str));
        if path.ends_with("/fields") {
            at += "?path=email";
        }
        let (status, said) = world.api(&method, &at, &json!({"zz": 1}));
        assert_eq!(status, 422, "{method} {path}: {said}");
        let documented = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        let Some(pointer) = documented else {
            assert!(said["errors"][0]["message"].as_str().unwrap().contains("no key is"), "{method} {path}: {said}");
            continue;
        };
        let schema = document.pointer(pointer.trim_start_matches('#')).unwrap();
        let keys: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(known_keys(&said).as_ref(), Some(&keys), "{method} {path}: {said}");
        checked += 1;
    }
    assert!(checked > 10);
}

/// Whether a value has the shape of a schema: types, required keys and no others. Words are the views' own business.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(pointer) = schema["$ref"].as_str() {
        return fits(document, document.pointer(pointer.trim_start_matches('#')).unwrap(), value);
    }
    if let Some(any) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        let tries: Vec<_> = any.iter().map(|one| fits(document, one, value)).collect();
        return if tries.iter().any(Result::is_ok) { Ok(()) } else { Err(format!("{value} fits none: {tries:?}")) };
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(all) => all.iter().any(|one| one == kind),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    };
    if !allowed {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{value} is none of {words:?}"));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    let (Some(properties), Some(object)) = (schema["properties"].as_object(), value.as_object()) else { return Ok(()) };
    for key in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(key.as_str().unwrap()) {
            return Err(format!("{key} is missing in {value}"));
        }
    }
    for (key, value) in object {
        let property = properties.get(key).ok_or_else(|| format!("`{key}` is not documented"))?;
        fits(document, property, value).map_err(|error| format!("{key}: {error}"))?;
    }
    Ok(())
}

#[test]
fn answers_have_the_documented_shape() {
    let (world, ids) = furnished();
    let document = openapi::document().unwrap();
    for (method, path, operation) in operations(&document) {
        let resource = path.split('/').nth(1).unwrap();
        let reachable = !path.contains("{id}") || ids.contains_key(resource);
        if method != "GET" || !reachable || resource == "openapi.json" {
            continue;
        }
        let (status, said) =
            world.api(&method, &path.replace("{id}", ids.get(resource).map_or("x", String::as_str)), &Value::Null);
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        assert_eq!(status, 200, "{path}: {said}");
        fits(&document, schema, &said).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

/// The least that a schema of an object demands, by the first of its words.
fn least(schema: &Value) -> Value {
    let required = schema["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    required
        .map(|key| {
            let property = &schema["properties"][key];
            let value = match (&property["enum"][0], property["type"].as_str()) {
                (Value::String(word), _) => json!(word),
                (_, Some("array")) => json!([format!("whsec_{}", "AAAA".repeat(8))]),
                _ => json!("x-sign"),
            };
            (key.to_owned(), value)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn what_the_document_demands_of_a_verification_is_what_each_scheme_takes() {
    let (world, ids) = furnished();
    let document = openapi::document().unwrap();
    let at = format!("/sources/{}", ids["sources"]);
    let mut taken = BTreeSet::new();
    for shape in document["components"]["schemas"]["VerificationInput"]["anyOf"].as_array().unwrap() {
        for scheme in shape["properties"]["scheme"]["enum"].as_array().unwrap() {
            let mut rule = least(shape);
            rule["scheme"] = scheme.clone();
            let (status, said) = world.api("PATCH", &at, &json!({ "verification": rule }));
            assert_eq!(status, 200, "{rule}: {said}");
            taken.insert(scheme.as_str().unwrap().to_owned());
        }
    }
    assert_eq!(taken, SCHEMES.iter().map(|scheme| scheme.name.to_owned()).collect());
}

#[test]
fn what_may_be_null_is_taken_as_null() {
    let (world, ids) = furnished();
    let document = openapi::document().unwrap();
    for (method, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(pointer) = schema.as_str().filter(|_| !path.starts_with("/in/")) else { continue };
        let resource = path.split('/').nth(1).unwrap();
        let at = path.replace("{id}", ids.get(resource).map_or("x", String::as_str));
        let at = if path.ends_with("/fields") { at + "?path=email" } else { at };
        for (key, property) in
            document.pointer(pointer.trim_start_matches('#')).unwrap()["properties"].as_object().unwrap()
        {
            if fits(&document, property, &Value::Null).is_ok() {
                let (_, said) = world.api(&method, &at, &json!({ key: null }));
                let faults = said["errors"].as_array().into_iter().flatten();
                let refused = faults.filter(|fault| fault["path"] == *key).collect::<Vec<_>>();
                assert!(refused.is_empty(), "{method} {path} {key}: {refused:?}");
            }
        }
    }
}

#[test]
fn every_doubt_about_an_automation_is_documented() {
    let (world, ids) = furnished();
    let fields = format!("/sources/{}/fields?path=", ids["sources"]);
    world.api("PATCH", &format!("{fields}email"), &json!({ "storage": "hash" }));
    world.api("PATCH", &format!("{fields}iban"), &json!({ "storage": "none" }));
    let reason = "{{ email }} {{ iban }} {{ nome }} {{ steps.zz.x }}";
    let draft = json!({
        "payload": {}, "steps": [{"action": "stop", "enabled": false, "params": { "reason": reason }}],
    });
    let (_, said) = world.api("POST", &format!("/automations/{}/preview", ids["automations"]), &draft);
    let doubts: BTreeSet<&str> =
        said["warnings"].as_array().unwrap().iter().map(|doubt| doubt["code"].as_str().unwrap()).collect();
    assert_eq!(doubts.len(), 5, "{said}");
    let document = openapi::document().unwrap();
    let told = document["components"]["schemas"]["Warning"]["properties"]["code"]["description"].as_str().unwrap();
    for doubt in doubts {
        assert!(told.contains(&format!("`{doubt}`")), "{doubt}");
    }
}

/// Every code with which a problem is made, as the sources spell it: `…::new(Kind::…, "code"`.
fn codes(folder: &std::path::Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for made in ["Problem::new(", "Self::new("].into_iter().flat_map(|made| text.split(made).skip(1)) {
            let kind = made.trim_start().trim_start_matches("problem::").strip_prefix("Kind::");
            let rest = kind.map(|rest| rest.trim_start_matches(char::is_alphanumeric).trim_start());
            let quoted = rest.and_then(|rest| rest.strip_prefix(',')?.trim_start().strip_prefix('"'));
            found.extend(quoted.and_then(|rest| rest.split_once('"')).map(|(code, _)| code.to_owned()));
        }
    }
}

#[test]
fn every_code_is_explained() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/API.md")).unwrap();
    let mut found = BTreeSet::new();
    codes(&root.join("src"), &mut found);
    assert!(found.len() > 15, "{found:?}");
    for code in found {
        assert!(page.contains(&format!("| `{code}` |")), "docs/API.md does not explain `{code}`");
    }
}
