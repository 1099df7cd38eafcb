//! Proofs of origin through the whole edge: challenges, and the search for a scheme by example.
//!
//! What each scheme takes and refuses is seen in the domain's own table of them.

use serde_json::{Value, json};
use uncino::app::ports::Clock;
use uncino::domain::signature::{Algorithm, Encoding};
use uncino::http::message::Response;
use uncino::memory::World;

/// A world with one source: its id, and the path of its URL.
fn world() -> (World, String, String) {
    source_in(World::new())
}

fn source_in(world: World) -> (World, String, String) {
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": []}));
    assert_eq!(status, 201, "{made}");
    let url = made["source"]["url"].as_str().unwrap();
    let path = url[url.find("/in/").unwrap()..].to_owned();
    (world, made["source"]["id"].as_str().unwrap().to_owned(), path)
}

fn set(world: &World, source: &str, change: &Value) {
    let (status, said) = world.api("PATCH", &format!("/sources/{source}"), change);
    assert_eq!(status, 200, "{said}");
}

fn identify(world: &World, source: &str, secret: &str) -> Value {
    let (status, said) = world.api("POST", &format!("/sources/{source}/identify"), &json!({"secret": secret}));
    assert_eq!(status, 200, "{said}");
    said
}

fn schemes(said: &Value) -> Vec<&str> {
    said["matches"].as_array().unwrap().iter().map(|found| found["scheme"].as_str().unwrap()).collect()
}

fn hmac(secret: &str, parts: &[&str], encoding: Encoding) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    encoding.text(&Algorithm::Sha256.hmac(secret.as_bytes(), &parts))
}

/// Sends as Slack or Zoom do.
fn send_v0(world: &World, path: &str, names: [&str; 2], secret: &str, body: &str) -> Response {
    let time = (world.clock.now().as_millis() / 1_000).to_string();
    let signature = format!("v0={}", hmac(secret, &["v0:", &time, ":", body], Encoding::Hex));
    world.deliver("POST", path, &[(names[0], &signature), (names[1], &time)], body)
}

const SLACK: [&str; 2] = ["x-slack-signature", "x-slack-request-timestamp"];
const ZOOM: [&str; 2] = ["x-zm-signature", "x-zm-request-timestamp"];

fn events(world: &World) -> usize {
    world.db.query("SELECT id FROM events").len()
}

#[test]
fn slack_hears_its_challenge_only_when_it_is_signed_as_the_source_demands() {
    let (world, source, path) = world();
    set(&world, &source, &json!({"verification": {"scheme": "slack", "secrets": ["il vecchio"]}}));
    let body = r#"{"token":"x","challenge":"3eZbrw1a","type":"url_verification"}"#;
    assert_eq!(send_v0(&world, &path, SLACK, "il nuovo", body).status, 401);
    set(&world, &source, &json!({"verification": {"scheme": "slack", "secrets": ["il nuovo"]}}));
    let heard = send_v0(&world, &path, SLACK, "il nuovo", body);
    assert_eq!((heard.status, heard.body.as_str()), (200, "3eZbrw1a"));
    assert_eq!(world.deliver("POST", &path, &[], body).status, 401);
    assert_eq!(events(&world), 0);
}

#[test]
fn a_challenge_is_judged_by_what_was_set_last_in_every_isolate() {
    let (world, source, path) = world();
    set(&world, &source, &json!({"verification": {"scheme": "zoom", "secrets": ["il vecchio"]}}));
    let body = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#;
    // KV goes on showing the source as it was.
    world.kv.set_stale(true);
    set(&world, &source, &json!({"verification": {"scheme": "zoom", "secrets": ["il nuovo", "il vecchio"]}}));
    world.forget();
    let heard = send_v0(&world, &path, ZOOM, "il nuovo", body);
    let proof = hmac("il nuovo", &["qgg8vlvZRS6UYooatFL8Aw"], Encoding::Hex);
    let expected = json!({"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": proof});
    assert_eq!((heard.status, serde_json::from_str::<Value>(&heard.body).unwrap()), (200, expected));
    set(&world, &source, &json!({"challenge": {"query": "prova"}}));
    world.forget();
    let heard = world.deliver("GET", &format!("{path}?prova=abc"), &[], "");
    assert_eq!((heard.status, heard.body.as_str()), (200, "abc"));
    assert_eq!(events(&world), 0);
}

#[test]
fn nobody_who_knows_the_url_gets_a_body_signed() {
    let (world, source, path) = world();
    // X: whatever is signed as a token is refused as a body, and what could be a body is not signed.
    set(&world, &source, &json!({"verification": {"scheme": "x", "secrets": ["segreto"]}}));
    for body in ["abc", "a=1", "1", r#"{"a":1}"#, "%7B%7D", "[1]", "<a/>"] {
        let asked = form_urlencoded::Serializer::new(String::new()).append_pair("crc_token", body).finish();
        let heard = world.deliver("GET", &format!("{path}?{asked}"), &[], "");
        let said: Value = serde_json::from_str(&heard.body).unwrap_or_default();
        let signature = said["response_token"].as_str().unwrap_or("sha256=").to_owned();
        let sent = world.deliver("POST", &path, &[("x-twitter-webhooks-signature", &signature)], body);
        assert_eq!(sent.status, 401, "{body}: {}", heard.body);
    }
    // Zoom: nothing is signed for whoever cannot sign, and never what a signature is made of.
    set(&world, &source, &json!({"verification": {"scheme": "zoom", "secrets": ["segreto"]}}));
    let time = (world.clock.now().as_millis() / 1_000).to_string();
    let wanted = format!("v0:{time}:{{\"a\":1}}");
    let asked = json!({"event": "endpoint.url_validation", "payload": {"plainToken": wanted}}).to_string();
    assert_eq!(world.deliver("POST", &path, &[], &asked).status, 401);
    let signed = send_v0(&world, &path, ZOOM, "segreto", &asked);
    assert!(signed.status == 202 && !signed.body.contains("encryptedToken"), "{}", signed.body);
    assert_eq!(events(&world), 1);
}

#[test]
fn a_verify_token_is_sealed_and_outlives_a_change_of_the_secrets() {
    let (world, source, path) = world();
    set(&world, &source, &json!({"challenge": {"verify_token": "gettone-segretissimo"}}));
    set(&world, &source, &json!({"verification": {"scheme": "meta", "secrets": ["uno-segretissimo"]}}));
    set(&world, &source, &json!({"name": "Altro"}));
    let (_, seen) = world.api("GET", &format!("/sources/{source}"), &Value::Null);
    assert_eq!((&seen["challenge"]["verify_token"], &seen["verification"]["secrets"]), (&json!(true), &json!(1)));
    let ask = |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=1&hub.verify_token={token}");
        world.deliver("GET", &format!("{path}?{query}"), &[], "").status
    };
    assert_eq!((ask("gettone-segretissimo"), ask("gettone-segretissimO"), ask("")), (200, 403, 403));
    let stored = world.db.query("SELECT settings || secrets FROM sources").concat() + &seen.to_string();
    assert!(!stored.contains("segretissimo"), "{stored}");
    set(&world, &source, &json!({"challenge": null}));
    assert_eq!(ask("qualsiasi"), 200);
    let (_, seen) = world.api("GET", &format!("/sources/{source}"), &Value::Null);
    assert_eq!((&seen["challenge"], &seen["verification"]["secrets"]), (&Value::Null, &json!(1)));
}

#[test]
fn twilio_signs_the_public_url_whatever_host_the_request_came_by() {
    let (world, source, path) = source_in(World::with(&[("PUBLIC_URL", "https://hooks.example.com/webhook")]));
    set(&world, &source, &json!({"verification": {"scheme": "twilio", "secrets": ["12345"]}}));
    let sign = |url: &str| {
        let mac = Algorithm::Sha1.hmac(b"12345", &[url.as_bytes(), b"BodyCiaoFrom15550001111"]);
        Encoding::Base64.text(&mac)
    };
    let send = |at: &str, url: &str| {
        world.deliver("POST", at, &[("x-twilio-signature", &sign(url))], "From=15550001111&Body=Ciao").status
    };
    assert_eq!(send(&path, &format!("https://hooks.example.com/webhook{path}")), 202);
    assert_eq!(send(&format!("{path}?a=1"), &format!("https://hooks.example.com/webhook{path}?a=1")), 202);
    let direct = format!("https://www.example.org/negozio{path}");
    assert_eq!(send(&direct, &direct), 202);
    assert_eq!(send(&path, &format!("https://hooks.example.com/webhook{path}?a=1")), 401);
    assert_eq!(send(&path, &format!("https://evil.example{path}")), 401);
}

#[test]
fn what_is_kept_for_identify_is_sealed_and_little() {
    let (world, source, path) = world();
    identify(&world, &source, "prova");
    let headers = [
        ("x-firma", "firma-in-chiaro"),
        ("authorization", "Basic bmVnb3ppbzpzZWdyZXRvLXNlZ3JldG8="),
        ("cookie", "biscotto=1"),
        ("x-lunga", &"l".repeat(2_000)),
    ];
    assert_eq!(world.deliver("POST", &path, &headers, r#"{"nome":"in-chiaro"}"#).status, 202);
    let kept = world.db.query("SELECT sealed FROM captures").concat();
    let everything = world.db.query("SELECT sealed || id || source_id || event_id FROM captures").concat();
    assert!(kept.starts_with("v1.") && kept.len() < 1_500, "{kept}");
    for clear in ["chiaro", "bmVnb3ppb", "biscotto", "nome"] {
        assert!(!everything.contains(clear), "{clear}");
    }
    assert!(world.db.query("SELECT body FROM events").concat().contains("in-chiaro"), "the event has the body");
    // A basic password is found by itself, and so is a header that holds the secret; a cookie never.
    assert_eq!(schemes(&identify(&world, &source, "segreto-segreto")), ["basic"]);
    assert_eq!(schemes(&identify(&world, &source, "firma-in-chiaro")), ["shared_token"]);
    assert!(schemes(&identify(&world, &source, "biscotto=1")).is_empty());
    // A capture that was moved to another source does not open.
    let (_, made) = world.api("POST", "/automations", &json!({"name": "Altra", "steps": []}));
    let other = made["source"]["id"].as_str().unwrap();
    identify(&world, other, "prova");
    world.db.query(&format!("UPDATE captures SET source_id = '{other}' RETURNING id"));
    let (status, said) =
        world.api("POST", &format!("/sources/{other}/identify"), &json!({"secret": "firma-in-chiaro"}));
    assert_eq!((status, &said["code"]), (503, &json!("cannot_open_secret")));
}

#[test]
fn identify_works_on_a_refused_delivery_and_on_what_no_event_holds_whole() {
    let (world, source, path) = world();
    set(&world, &source, &json!({"verification": {"scheme": "shopify", "secrets": ["sbagliato"]}}));
    identify(&world, &source, "giusto");
    for (body, kind) in [
        (r#"{"id":1}"#, "application/json"),
        (r#"[{"id":1},{"id":2}]"#, "application/json"),
        ("{\"id\":1}\n{\"id\":2}\n", "application/x-ndjson"),
    ] {
        let signature = hmac("giusto", &[body], Encoding::Base64);
        let headers = [("x-shopify-hmac-sha256", signature.as_str()), ("content-type", kind)];
        assert_eq!(world.deliver("POST", &path, &headers, body).status, 401);
        let said = identify(&world, &source, "giusto");
        assert_eq!(schemes(&said), ["shopify", "hmac"], "{said}");
    }
    // And once it is set right, the same deliveries are taken.
    world.db.query("DELETE FROM captures RETURNING id");
    set(&world, &source, &json!({"verification": {"scheme": "shopify", "secrets": ["giusto"]}}));
    let body = r#"[{"id":1},{"id":2}]"#;
    let signature = hmac("giusto", &[body], Encoding::Base64);
    assert_eq!(world.deliver("POST", &path, &[("x-shopify-hmac-sha256", &signature)], body).status, 202);
    assert_eq!(schemes(&identify(&world, &source, "giusto")), ["shopify", "hmac"]);
}

#[test]
fn a_signed_time_is_judged_by_when_the_delivery_came() {
    let (world, source, path) = world();
    identify(&world, &source, "prova");
    let body = r#"{"type":"event_callback"}"#;
    assert_eq!(send_v0(&world, &path, SLACK, "segreto", body).status, 202);
    world.clock.advance(600_000);
    assert_eq!(schemes(&identify(&world, &source, "segreto")), ["slack"]);
    let time = (world.clock.now().as_millis() / 1_000).to_string();
    let signature = hmac("segreto", &[&time, ".", body], Encoding::Hex);
    world.deliver("POST", &path, &[("x-sig", &signature), ("x-ts", &time)], body);
    let said = identify(&world, &source, "segreto");
    let expected = json!({"scheme": "hmac", "header": "x-sig", "algorithm": "sha256", "encoding": "hex",
                          "signed": "timestamp.body", "timestamp_header": "x-ts"});
    assert!(said["matches"].as_array().unwrap().contains(&expected), "{said}");
}

#[test]
fn what_was_found_can_be_set_as_it_is() {
    let (world, source, path) = world();
    identify(&world, &source, "segreto");
    let body = r#"{"a":1}"#;
    let signature = format!("v1={}", hmac("segreto", &[body], Encoding::Base64));
    world.deliver("POST", &path, &[("x-sig", &signature)], body);
    let mut found = identify(&world, &source, "segreto")["matches"][0].clone();
    found["secrets"] = json!(["segreto"]);
    set(&world, &source, &json!({"verification": found}));
    assert_eq!(world.deliver("POST", &path, &[("x-sig", &signature)], body).status, 202);
    assert_eq!(world.deliver("POST", &path, &[("x-sig", "v1=")], body).status, 401);
}

#[test]
fn captures_are_few_and_end_with_the_window_the_event_and_the_source() {
    let (world, source, path) = world();
    let count = || world.db.query("SELECT id FROM captures").len();
    world.deliver("POST", &path, &[("x-sig", "a")], r#"{"a":0}"#);
    assert_eq!(count(), 0, "nothing is kept before somebody asks");
    let opened = identify(&world, &source, "prova");
    for number in 0..30 {
        world.clock.advance(1_500);
        world.deliver("POST", &path, &[("x-sig", "a")], format!(r#"{{"a":{number}}}"#));
    }
    assert_eq!(count(), 5);
    assert_eq!(identify(&world, &source, "prova")["captured"], 5);
    assert_eq!(identify(&world, &source, "prova")["capturing_until"], opened["capturing_until"], "asking is no longer");
    // The newest are the ones that stay.
    let newest = world.db.query("SELECT max(id) FROM events").concat();
    assert_eq!(world.db.query(&format!("SELECT id FROM captures WHERE event_id = '{newest}'")).len(), 1);
    assert_eq!(world.api("DELETE", &format!("/events/{newest}"), &Value::Null).0, 204);
    assert_eq!(count(), 4);
    world.clock.advance(900_000);
    assert_eq!(count(), 4);
    world.sweep();
    assert_eq!(count(), 0);
    world.deliver("POST", &path, &[("x-sig", "a")], r#"{"a":99}"#);
    assert_eq!(count(), 0, "the window is over");
    identify(&world, &source, "prova");
    world.deliver("POST", &path, &[("x-sig", "a")], r#"{"a":100}"#);
    assert_eq!(count(), 1);
    assert_eq!(world.api("DELETE", &format!("/sources/{source}"), &Value::Null).0, 204);
    assert_eq!(count(), 0);
}

#[test]
fn captures_go_with_whoever_is_erased() {
    let (world, source, path) = world();
    identify(&world, &source, "s3cret");
    world.deliver("POST", &format!("{path}?tel=3331234567"), &[("x-signature", "abc")], "{}");
    assert_eq!(world.db.query("SELECT id FROM captures").len(), 1);
    let (status, receipt) = world.api("POST", "/privacy/erase", &json!({"phone": "333 1234567"}));
    assert_eq!((status, &receipt["complete"]), (200, &json!(true)), "{receipt}");
    assert_eq!(world.db.query("SELECT id FROM captures").len(), 0);
}

#[test]
fn nothing_is_kept_for_identify_where_a_field_is_hidden() {
    let (world, source, path) = world();
    identify(&world, &source, "s3cret");
    let (status, said) =
        world.api("PATCH", &format!("/sources/{source}/fields?path=iban"), &json!({"storage": "none"}));
    assert_eq!(status, 200, "{said}");
    world.deliver("POST", &path, &[("x-signature", "abc")], r#"{"iban":"IT60"}"#);
    assert_eq!(world.db.query("SELECT id FROM captures").len(), 0);
    let (status, said) = world.api("POST", &format!("/sources/{source}/identify"), &json!({"secret": "s3cret"}));
    assert_eq!((status, &said["code"]), (409, &json!("hidden_fields")), "{said}");
}

#[test]
fn captures_end_with_the_automation_that_takes_its_source_along() {
    let (world, source, path) = world();
    identify(&world, &source, "prova");
    world.deliver("POST", &path, &[("x-sig", "a")], r#"{"a":1}"#);
    assert_eq!(world.db.query("SELECT id FROM captures").len(), 1);
    let automation = world.api("GET", "/automations", &Value::Null).1["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.api("DELETE", &format!("/automations/{automation}"), &Value::Null).0, 204);
    assert_eq!(world.db.query("SELECT id FROM captures").len(), 0);
}

#[test]
fn a_flood_in_the_window_costs_the_database_little() {
    let (world, source, path) = world();
    set(&world, &source, &json!({"verification": {"scheme": "github", "secrets": ["segreto"]}}));
    identify(&world, &source, "prova");
    world.deliver("POST", &path, &[], "{}");
    world.db.take_calls();
    for _ in 0..100 {
        world.deliver("POST", &path, &[("x-hub-signature-256", "sha256=00")], "{}");
    }
    let calls = world.db.take_calls().0;
    // Ten captures, ten bunches of refusals, and the look at the settings.
    assert!(calls <= 22, "{calls}");
}

#[test]
fn a_source_without_a_window_pays_one_call_for_a_delivery() {
    let (world, source, path) = world();
    set(
        &world,
        &source,
        &json!({"verification": {"scheme": "basic", "username": "a", "secrets": ["lunga abbastanza"]}}),
    );
    let headers = [("authorization", "Basic YTpsdW5nYSBhYmJhc3Rhbnph")];
    let send = |at: &str, body: &str| world.deliver("POST", at, &headers, body).status;
    let in_query = format!("{path}?nome=Ada");
    world.hands_off.set(false);
    for (at, body) in [(&path, r#"{"nome":"Ada"}"#), (&in_query, "")] {
        assert_eq!(send(at, body), 202);
        // Longer than D1's last word is fresh, shorter than the isolate remembers.
        world.clock.advance(2_000);
        world.db.take_calls();
        world.kv.take_counts();
        assert_eq!(send(at, body), 202);
        assert_eq!((world.db.take_calls().0, world.kv.take_counts()), (1, (0, 0)), "{at}");
    }
}
