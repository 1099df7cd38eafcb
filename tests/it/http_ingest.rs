//! The inbound address as its senders see it: every answer of the contract.

use serde_json::{Value, json};
use uncino::app::ports::Clock;
use uncino::http::message::Response;
use uncino::memory::World;

/// A browser that sends a form.
const FORM: [(&str, &str); 3] = [
    ("accept", "text/html,application/xhtml+xml"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("accept-language", "it-IT,it;q=0.9"),
];

/// A world with one automation without steps: its source's id, and the path of its URL.
fn world() -> (World, String, String) {
    let world = World::new();
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": []}));
    assert_eq!(status, 201, "{made}");
    let url = made["source"]["url"].as_str().unwrap();
    let path = url.strip_prefix("http://localhost:8787").unwrap().to_owned();
    (world, made["source"]["id"].as_str().unwrap().to_owned(), path)
}

fn body(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

fn code(response: &Response) -> (u16, String) {
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{response:?}");
    let body = body(response);
    assert_eq!(body["status"], response.status);
    (response.status, body["code"].as_str().unwrap().to_owned())
}

#[test]
fn a_delivery_is_accepted_and_a_repeated_one_is_a_duplicate() {
    let (world, _, path) = world();
    let first = world.deliver("POST", &path, &[("webhook-id", "1")], r#"{"nome":"Ada","eta":36}"#);
    let said = body(&first);
    assert_eq!(first.status, 202);
    assert_eq!(said, json!({"id": said["id"], "status": "accepted", "fields": 2}));
    let again = world.deliver("POST", &path, &[("webhook-id", "1")], r#"{"nome":"Ada","eta":36}"#);
    assert_eq!((again.status, body(&again)), (200, json!({"id": said["id"], "status": "duplicate"})));
}

#[test]
fn a_known_payload_may_bring_more_in_its_query() {
    let (world, source, path) = world();
    let send = |path: &str| body(&world.deliver("POST", path, &[], r#"{"nome":"Ada"}"#))["fields"].clone();
    assert_eq!((send(&path), send(&path), send(&format!("{path}?utm=x"))), (json!(1), json!(1), json!(2)));
    let (_, fields) = world.api("GET", &format!("/sources/{source}/fields"), &Value::Null);
    assert_eq!(fields["data"][1]["path"], "utm");
}

#[test]
fn stripes_id_is_found_in_a_payload_that_is_known() {
    let (world, source, path) = world();
    let rule = json!({"verification": {"scheme": "stripe", "secrets": ["whsec_of_a_test"]}});
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &rule).0, 200);
    let send = |id: &str| {
        let (at, text) = (world.clock.now().as_millis() / 1_000, format!(r#"{{"id":"{id}"}}"#));
        let mac = uncino::domain::signature::hmac_sha256(b"whsec_of_a_test", &[format!("{at}.{text}").as_bytes()]);
        let signature: String = mac.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        let signature = format!("t={at},v1={signature}");
        body(&world.deliver("POST", &path, &[("stripe-signature", &signature)], text))["status"].clone()
    };
    assert_eq!(["evt_1", "evt_2", "evt_2"].map(send), ["accepted", "accepted", "duplicate"]);
}

#[test]
fn an_array_is_answered_with_a_list() {
    let (world, _, path) = world();
    let send = || world.deliver("PUT", &path, &[("webhook-id", "1")], r#"[{"a":1},{"a":2}]"#);
    let first = send();
    let said = body(&first);
    assert_eq!((first.status, &said["status"]), (202, &json!("accepted")));
    assert_eq!(said["ids"].as_array().unwrap().len(), 2);
    let again = send();
    assert_eq!((again.status, body(&again)), (200, json!({"ids": said["ids"], "status": "duplicate"})));
}

#[test]
fn the_address_works_with_needless_escapes() {
    let (world, _, path) = world();
    let token = path.strip_prefix("/in/").unwrap();
    let escaped: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(world.deliver("POST", &format!("/in/{escaped}"), &[], r#"{"a":1}"#).status, 202);
    for broken in ["%", "%f", "%ff%fe", "%2F"] {
        assert_eq!(world.deliver("POST", &format!("/in/{broken}{token}"), &[], r#"{"a":1}"#).status, 404, "{broken}");
    }
}

#[test]
fn the_address_works_under_any_prefix_and_host() {
    let (world, _, path) = world();
    for url in [
        format!("{path}/"),
        format!("/some/prefix{path}"),
        format!("/api/v1{path}"),
        format!("https://www.example.com{path}?x=1"),
    ] {
        assert_eq!(world.deliver("POST", &url, &[], r#"{"a":1}"#).status, 202, "{url}");
    }
}

#[test]
fn every_refusal_has_its_status_and_code() {
    let (world, _, path) = world();
    let unknown = format!("/in/{}", "0".repeat(32));
    let large = "x".repeat(1024 * 1024 + 1);
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (at, sent, expected) in [
        (path.as_str(), r#"{"a":"#, (400, "invalid_json")),
        (&path, "", (400, "empty_body")),
        (&path, &format!(r#"{{"a":{deep}}}"#), (400, "too_deep")),
        (&path, &large, (413, "payload_too_large")),
        (&unknown, "{}", (404, "unknown_source")),
        ("/in/too-short", "{}", (404, "unknown_source")),
        ("/in/too-short", &large, (404, "unknown_source")),
    ] {
        let answer = world.deliver("POST", at, &[("content-type", "application/json")], sent);
        assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{at}");
    }
    let image = world.deliver("POST", &path, &[("content-type", "image/png")], [137, 80, 78, 71, 13, 10, 26, 10, 0, 0]);
    assert_eq!(code(&image), (415, "unsupported_media_type".to_owned()));
}

#[test]
fn a_deleted_source_is_gone() {
    let (world, source, path) = world();
    assert_eq!(world.api("DELETE", &format!("/sources/{source}"), &Value::Null).0, 204);
    assert_eq!(code(&world.deliver("POST", &path, &[], r#"{"a":1}"#)), (410, "source_deleted".to_owned()));
}

#[test]
fn a_signature_is_asked_for_before_the_body_is_read() {
    let (world, source, path) = world();
    let rule = json!({"verification": {"scheme": "shared_token", "secrets": ["segreto-segreto"], "header": "x-token"}});
    let (status, said) = world.api("PATCH", &format!("/sources/{source}"), &rule);
    assert_eq!((status, &said["verification"]["secrets"]), (200, &json!(1)), "{said}");
    let refused = world.deliver("POST", &path, &[("x-token", "altro")], "{");
    assert_eq!(code(&refused), (401, "invalid_signature".to_owned()));
    assert_eq!(world.deliver("POST", &path, &[("x-token", "segreto-segreto")], r#"{"a":1}"#).status, 202);
}

#[test]
fn a_sender_is_not_told_which_key_is_missing() {
    let (world, source, path) = world();
    let rule = json!({"verification": {"scheme": "shared_token", "secrets": ["segreto-segreto"], "header": "x-token"}});
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &rule).0, 200);
    world.configure(&[("SECRET_KEY", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=")]);
    let refused = world.deliver("POST", &path, &[("x-token", "segreto-segreto")], r#"{"a":1}"#);
    assert_eq!(code(&refused), (503, "storage_unavailable".to_owned()));
    assert!(refused.header("retry-after").is_some() && !refused.body.contains("key"));
    assert!(world.log.lines().iter().any(|(_, line)| line.contains("do not open")));
}

#[test]
fn when_nothing_stores_it_the_sender_is_told_to_come_back() {
    let (world, _, path) = world();
    world.faults.set(uncino::app::faults::Faults::parse("d1_write").0);
    let deferred = world.deliver("POST", &path, &[], r#"{"a":1}"#);
    assert_eq!((deferred.status, &body(&deferred)["deferred"]), (202, &json!(true)));
    world.faults.set(uncino::app::faults::Faults::parse("d1_write,intake").0);
    let refused = world.deliver("POST", &path, &[], r#"{"a":1}"#);
    assert_eq!(code(&refused), (503, "storage_unavailable".to_owned()));
    assert!(refused.header("retry-after").is_some());
}

#[test]
fn other_methods_are_not_allowed_and_a_browser_is_told_why() {
    let (world, _, path) = world();
    for method in ["GET", "DELETE", "HEAD"] {
        let answer = world.deliver(method, &path, &[], "");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST, PUT, PATCH, OPTIONS")));
    }
    for (language, words) in [("it", "Questo indirizzo riceve dati"), ("en", "This address receives data")] {
        let page = world.deliver("GET", &path, &[("accept", "text/html"), ("accept-language", language)], "");
        assert_eq!((page.status, page.header("allow")), (405, Some("POST, PUT, PATCH, OPTIONS")));
        assert!(page.body.contains(words) && page.body.contains(&format!("<html lang=\"{language}\">")));
    }
}

#[test]
fn a_form_gets_thanks_the_operators_text_or_a_redirect() {
    let (world, source, path) = world();
    let send = || world.deliver("POST", &path, &FORM, "nome=Ada");
    let set = |response: Value| {
        assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &json!({ "response": response })).0, 200);
    };
    let thanks = send();
    assert_eq!((thanks.status, thanks.header("content-type")), (202, Some("text/html; charset=utf-8")));
    assert!(thanks.body.contains("Grazie!"));
    set(json!({"mode": "page", "text": "A presto, <b>ciao</b>"}));
    assert!(send().body.contains("A presto, &lt;b&gt;ciao&lt;/b&gt;"));
    set(json!({"mode": "redirect", "url": "https://example.com/grazie/città"}));
    let redirect = send();
    assert_eq!((redirect.status, redirect.header("location")), (303, Some("https://example.com/grazie/citt%C3%A0")));
    let script = world.deliver("POST", &path, &[("accept", "*/*")], r#"{"a":1}"#);
    assert_eq!((script.status, script.header("content-type")), (202, Some("application/json")));
}

#[test]
fn a_refused_form_gets_a_page_with_the_right_status() {
    let (world, _, path) = world();
    let empty = world.deliver("POST", &path, &FORM, "");
    assert_eq!((empty.status, empty.header("content-type")), (400, Some("text/html; charset=utf-8")));
    assert!(empty.body.contains("empty_body") && empty.body.contains("Torna indietro"));
}

#[test]
fn pages_are_closed() {
    let (world, _, path) = world();
    let page = world.deliver("GET", &path, &FORM, "");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(!page.body.contains("<script") && !page.body.contains(" style="));
}

/// One that the source knows is compared on its way through, and must come to the same end as one that is decoded.
#[test]
fn what_is_too_deep_is_refused_however_well_it_is_known() {
    for (open, close, begins) in [("[", "]", r#"{"p":[]}"#), (r#"{"a":"#, "}", r#"{"p":null}"#)] {
        let nested = |levels: usize| format!(r#"{{"p":{}{{}}{}}}"#, open.repeat(levels), close.repeat(levels));
        let (world, _, path) = world();
        assert_eq!(world.deliver("POST", &path, &[], begins).status, 202);
        for levels in (0..31).chain(0..31) {
            assert_eq!(world.deliver("POST", &path, &[], nested(levels)).status, 202, "{levels}");
        }
        assert_eq!(code(&world.deliver("POST", &path, &[], nested(31))), (400, "too_deep".to_owned()));
    }
}

/// Java's own client asks for HTML before all else, whatever it sends.
#[test]
fn a_program_that_asks_for_html_gets_what_programs_get() {
    let (world, source, path) = world();
    let redirect = json!({"response": {"mode": "redirect", "url": "https://www.example.com/grazie"}});
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &redirect).0, 200);
    let java = ("accept", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2");
    let sent = world.deliver("POST", &path, &[java, ("content-type", "application/json")], r#"{"a":1}"#);
    assert_eq!((sent.status, sent.header("content-type")), (202, Some("application/json")));
    let refused = world.deliver("POST", &path, &[java, ("content-type", "application/json")], "{");
    assert_eq!(code(&refused), (400, "invalid_json".to_owned()));
    let form = ("content-type", "Application/X-WWW-Form-URLencoded; charset=utf-8");
    assert_eq!(world.deliver("POST", &path, &[java, form], "a=1").status, 303);
    // It calls a form whatever nobody has named.
    assert_eq!(world.deliver("POST", &path, &[java, form], r#" {"a":1}"#).status, 202);
    assert_eq!(world.deliver("POST", &path, &[java], "a=1").status, 202);
}

#[test]
fn woocommerce_is_told_that_its_webhook_is_there() {
    let (world, _, path) = world();
    let agent = ("user-agent", "WooCommerce/9.1.2 Hookshot (WordPress/6.5)");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let ping = world.deliver("POST", &path, &[agent, form], "webhook_id=5");
    assert_eq!((ping.status, ping.body.as_str()), (200, "ok"));
    assert_eq!(world.deliver("POST", &path, &[form], "webhook_id=5").status, 202);
    assert_eq!(world.db.query("SELECT count(*) FROM events"), ["1"]);
}

#[test]
fn equal_bodies_with_other_queries_are_other_deliveries() {
    let (world, source, path) = world();
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &json!({"dedupe_window_s": 60})).0, 200);
    let sent = |query: &str, body: &str| world.deliver("POST", &format!("{path}{query}"), &[], body).status;
    assert_eq!([sent("?ordine=1", ""), sent("?ordine=2", ""), sent("?ordine=1", "")], [202, 202, 200]);
    assert_eq!([sent("", r#"{"a":1}"#), sent("?x=1", r#"{"a":1}"#), sent("", r#"{"a":1}"#)], [202, 202, 200]);
}

#[test]
fn any_page_may_send_unless_the_source_names_some() {
    let (world, source, path) = world();
    let origin = [("origin", "https://shop.example")];
    let asked = [("origin", "https://shop.example"), ("access-control-request-headers", "content-type,x-mine")];
    let preflight = world.deliver("OPTIONS", &path, &asked, "");
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type,x-mine"));
    let sent = world.deliver("POST", &path, &origin, r#"{"a":1}"#);
    assert_eq!((sent.status, sent.header("access-control-allow-origin")), (202, Some("*")));
    let failed = world.deliver("POST", &path, &origin, "");
    assert_eq!((failed.status, failed.header("access-control-allow-origin")), (400, Some("*")));

    let change = json!({"allowed_origins": ["https://www.example.com"]});
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &change).0, 200);
    // The delivery itself is refused at once; only what a preflight says may be a minute old.
    let refused = world.deliver("POST", &path, &origin, r#"{"a":1}"#);
    assert_eq!(code(&refused), (403, "origin_not_allowed".to_owned()));
    assert_eq!(world.deliver("OPTIONS", &path, &origin, "").header("access-control-allow-origin"), None);
    let refused = world.deliver("POST", &path, &origin, r#"{"a":1}"#);
    assert_eq!(code(&refused), (403, "origin_not_allowed".to_owned()));
    assert_eq!(refused.header("access-control-allow-origin"), None);
    let own = world.deliver("POST", &path, &[("origin", "https://www.example.com")], r#"{"a":1}"#);
    let allowed = own.header("access-control-allow-origin");
    assert_eq!((own.status, allowed, own.header("vary")), (202, Some("https://www.example.com"), Some("Origin")));
    assert_eq!(world.deliver("POST", &path, &[], r#"{"a":1}"#).status, 202);
    // The dashboard's own test event; not what only looks like it.
    let from = |origin| world.deliver("POST", &path, &[("origin", origin)], r#"{"a":1}"#).status;
    assert_eq!(from("http://localhost:8787"), 202);
    assert_eq!([from("https://localhost:8787"), from("http://localhost"), from("null")], [403; 3]);
    // Whatever lies below a domain, and a port that no browser names.
    let change = json!({"allowed_origins": ["https://*.example.com", "https://shop.example:443"]});
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &change).0, 200);
    let allowed = ["https://a.example.com", "https://A.b.example.com", "https://shop.example"];
    assert_eq!(allowed.map(from), [202; 3]);
    let others = ["https://example.com", "http://a.example.com", "https://.example.com", "https://a.example.com.evil"];
    assert_eq!(others.map(from), [403; 4]);
    for wrong in ["https://a.*.com", "https://*", "https://*example.com", "https://*..com", "https://*.:443", "*"] {
        let change = json!({"allowed_origins": [wrong]});
        assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &change).0, 422, "{wrong}");
    }
    let change = json!({"allowed_origins": ["https://www.example.com"]});
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &change).0, 200);
    // On a customer's website there is no dashboard, so that its own pages must be named too.
    let elsewhere = format!("https://shop.example{path}");
    assert_eq!(world.deliver("POST", &elsewhere, &origin, r#"{"a":1}"#).status, 403);
}

#[test]
fn what_an_operator_allows_is_allowed_at_once_in_every_isolate() {
    let (world, source, path) = world();
    let change = |change: Value| assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &change).0, 200);
    let rule =
        |secret: &str| json!({"verification": {"scheme": "shared_token", "secrets": [secret], "header": "x-token"}});
    let send = |headers: &[(&str, &str)]| world.deliver("POST", &path, headers, r#"{"a":1}"#).status;
    change(rule("il-vecchio-segreto"));
    assert_eq!(send(&[("x-token", "il-vecchio-segreto")]), 202);
    change(rule("il-nuovo-segreto"));
    world.forget();
    assert_eq!(send(&[("x-token", "il-nuovo-segreto")]), 202);
    assert_eq!(send(&[("x-token", "il-vecchio-segreto")]), 401);
    change(json!({"verification": null, "allowed_origins": ["https://a.example"]}));
    world.forget();
    assert_eq!(send(&[("origin", "https://b.example")]), 403);
    change(json!({"allowed_origins": ["https://b.example"]}));
    world.forget();
    let preflight = world.deliver("OPTIONS", &path, &[("origin", "https://b.example")], "");
    assert!(preflight.header("access-control-allow-origin").is_some());
    assert_eq!(send(&[("origin", "https://b.example")]), 202);
}
