//! What leaves, with everything about it hostile: addresses, headers, bodies, e-mails. What a guard or a parser says to
//! one text stands beside it; here a step is taken from its parameters to the request, as a run does.

use proptest::prelude::*;
use serde_json::{Value, json};
use uncino::domain::action::{Call, Delivery, HttpRequest, Intent, Object, find, prepare, request};
use uncino::domain::settings::Settings;
use uncino::domain::template::Scope;
use uncino::domain::time::Timestamp;
use uncino::memory::{World, answer};

fn utc(_: &str, _: Timestamp) -> i32 {
    0
}

fn object(value: Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

fn call(action: &str, params: Value, payload: Value) -> Result<Call, String> {
    let settings = Settings::new(utc);
    let scope = Scope::new(object(payload), &settings);
    let action = find(action).unwrap();
    let now = Timestamp::from_millis(1_764_000_000_000);
    match prepare(action, &object(params), &scope, &settings, now).outcome {
        Ok(Intent::Call(call)) => Ok(call),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err(failure.code),
    }
}

/// The request of an `http_request`, or the code of what stopped it.
fn leaves(params: Value, payload: Value, allowed: &[String]) -> Result<HttpRequest, String> {
    let settings = Settings { outbound_allow_hosts: allowed.to_vec(), ..Settings::new(utc) };
    let now = Timestamp::from_millis(1_764_000_000_000);
    let call = call("http_request", params, payload)?;
    let delivery =
        Delivery { connection: None, settings: &settings, step_key: "run/s", message_key: "run/s", hop: 0, now };
    request(&call, &delivery).map_err(|failure| failure.code)
}

/// Every way that we know of to write an address that is not public.
const PRIVATE: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "00",
    "0x0",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "127.0.0.1.",
    "127.0.0.0x1",
    "10.0.0.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "192.168.1",
    "3232235521",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[::a00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:0001::]",
    "[2002:c0a8:0101::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[fe80::1]",
    "[febf::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[::ffff:0:7f00:1]",
    "localhost",
    "LocalHost",
    "localhost.",
    "a.localhost",
    "localhost.localdomain",
    "metadata.google.internal",
    "metadata.google.internal.",
    "instance-data.ec2.internal",
    "kubernetes.default.svc.cluster.local",
    "router.lan",
    "printer.local",
    "nas.home.arpa",
    "metadata",
    "intranet",
    "host.docker.internal",
];

/// Texts that are no host to us, whatever a URL parser would make of them.
const NO_HOST: &[&str] = &[
    "127.0.0.1@example.com",
    "example.com@127.0.0.1",
    "user:pw@127.0.0.1",
    "example.com:80@127.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "１２７.0.0.1",
    "ⓛocalhost",
    "loc%61lhost",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example.com",
    "[::1",
    "::1",
    "[::1]example.com",
    "[fe80::1%25eth0]",
    "exa mple.com",
    "exam\tple.com",
    "exa\nmple.com",
    "{{ host }}",
    "",
    ".",
    "..",
    "a..b",
    "-",
    "1.2.3.4.5",
    "256.256.256.256",
    "09.0.0.1",
    "0x.0x.0x.0x.0x",
    "[v1.fe80::a]",
    "\u{200b}localhost",
    "localhost\u{ad}",
];

#[test]
fn no_notation_of_a_private_address_is_called() {
    for host in PRIVATE.iter().chain(NO_HOST) {
        for address in [
            format!("http://{host}/"),
            format!("https://{host}:8443/a?b=c"),
            format!("HTTP://{host}"),
            format!("https://{host}#@example.com/"),
            format!("https://{host}\\@example.com/"),
        ] {
            let left = leaves(json!({"method": "GET", "url": address}), json!({"host": "127.0.0.1"}), &[]);
            assert!(left.is_err(), "{address} left: {left:?}");
        }
    }
}

#[test]
fn only_http_is_spoken() {
    for address in [
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "javascript:alert(1)",
        "ws://example.com/",
        "//example.com/",
        "example.com/",
        "http:example.com",
        "http:/example.com",
        "https:///example.com",
        "blob:https://example.com/",
        "gopher://a.it/",
        "{{ scheme }}://example.com/",
        "http{{ s }}://example.com/",
        " \u{0}http://example.com/",
    ] {
        let left = leaves(json!({"method": "GET", "url": address}), json!({"scheme": "http", "s": ""}), &[]);
        assert!(left.is_err(), "{address} left: {left:?}");
    }
}

#[test]
fn an_answer_is_read_up_to_a_bound_and_for_a_bounded_time() {
    let ask =
        |timeout_ms: u32| leaves(json!({"url": "https://example.com/", "timeout_ms": timeout_ms}), json!({}), &[]);
    let asked = ask(60_000).unwrap();
    assert_eq!((asked.max_response_bytes, asked.timeout_ms), (16 << 10, 60_000));
    assert!(ask(3_600_000).map_or(true, |asked| asked.timeout_ms <= 60_000));
}

#[test]
fn what_the_deployer_allows_is_that_host_and_no_other() {
    let allowed = ["127.0.0.1:9000".to_owned()];
    let goes = |address: &str| {
        let settings = Settings { outbound_allow_hosts: allowed.to_vec(), ..Settings::new(utc) };
        let scope = Scope::new(Object::new(), &settings);
        let params = object(json!({"method": "GET", "url": address}));
        prepare(find("http_request").unwrap(), &params, &scope, &settings, Timestamp::from_millis(0)).outcome.is_ok()
    };
    assert!(goes("http://127.0.0.1:9000/"));
    for other in ["http://127.0.0.1/", "http://127.0.0.1:9001/", "http://127.1:9000/", "http://localhost:9000/"] {
        assert!(!goes(other), "{other}");
    }
}

#[test]
fn neither_a_redirect_nor_a_flood_of_an_answer_gets_further() {
    let world = World::new();
    world.outbound.on("https://hostile.example/r", [answer(307, &json!({"message": "http://169.254.169.254/"}))]);
    world.outbound.on("https://hostile.example/big", [answer(200, &Value::from("x".repeat(5_000_000)))]);
    let steps = json!([
        {"id": "r", "action": "http_request", "params": {"method": "GET", "url": "https://hostile.example/r"}, "on_error": "continue"},
        {"id": "big", "action": "http_request", "params": {"method": "GET", "url": "https://hostile.example/big"}},
    ]);
    let (_, made) = world.api("POST", "/automations", &json!({"name": "A", "steps": steps}));
    let url = made["source"]["url"].as_str().unwrap();
    world.clock.advance(2);
    assert_eq!(world.deliver("POST", url, &[], "{\"a\":1}").status, 202);
    world.run_queues();
    let run = world.api("GET", "/runs", &Value::Null).1["data"][0].clone();
    assert_eq!(run["steps"][0]["error"]["code"], "http_307");
    assert_eq!(run["steps"][1]["output"]["truncated"], true);
    assert!(run.to_string().len() < 40_000);
    assert_eq!(world.outbound.sent().len(), 2);
}

#[test]
fn an_email_field_becomes_no_header_and_no_further_recipient() {
    let mail = |payload: Value| {
        call(
            "send_email",
            json!({"to": "{{ to }}", "subject": "Ordine {{ n }}", "text": "Ciao {{ n }}", "html": "<p title=\"{{ n }}\">{{ n }}</p>",
                   "cc": ["{{ cc }}"], "reply_to": "{{ r }}"}),
            payload,
        )
    };
    for to in [
        "a@b.it\r\nBcc: eve@evil.it",
        "a@b.it, eve@evil.it",
        "a@b.it;eve@evil.it",
        "a@b.it eve@evil.it",
        "Ada <a@b.it>",
        "\"a\\\"@b.it\" <eve@evil.it>",
        "\"a b\"@b.it",
        "a@b.it\u{0}",
        "a@b.it%0aBcc:eve@evil.it ",
        "=?utf-8?q?eve=40evil.it=3e?=@b.it",
        "a(eve@evil.it)@b.it",
        "a@b.it\u{2028}Bcc:x",
        "a＠evil.it@b.it",
        "a@b。it",
        "@b.it",
        "a@",
        "a@b",
        "a@[127.0.0.1]",
        "a@b.it>",
    ] {
        let sent = mail(json!({"to": to, "n": 1}));
        assert!(sent.is_err(), "{to:?}: {sent:?}");
        let copied = mail(json!({"to": "a@b.it", "n": 1, "cc": to}));
        let Ok(Call::Email(message)) = &copied else { continue };
        // Of a list of copies each is an address of its own, which the template's author has asked for.
        assert!(message.cc.iter().all(|cc| !cc.contains(['\r', '\n', ',', '<', ' ', '"'])), "{to:?}: {message:?}");
        assert!(to.contains([',', ';']), "{to:?}: {message:?}");
    }
    for r in ["eve@evil.it\r\nBcc: x@y.it", "a@b.it, c@d.it", "=?utf-8?q?x?=@b.it"] {
        let Ok(Call::Email(message)) = mail(json!({"to": "a@b.it", "n": 1, "r": r})) else { panic!("{r}") };
        assert_eq!(message.reply_to, None, "{r}");
    }
    let hostile =
        "1\r\nBcc: eve@evil.it\r\n\r\n<script>alert('x')</script>\" onclick=\"x =?utf-8?q?=0d=0a?= \u{85}\u{2028}";
    let Ok(Call::Email(message)) = mail(json!({"to": "a@b.it", "n": hostile})) else { panic!("refused") };
    assert!(
        !message.subject.contains(|c: char| c.is_control()) && !message.subject.contains("=?"),
        "{}",
        message.subject
    );
    let html = message.html.unwrap();
    assert!(!html.contains("<script") && !html.contains("\" onclick") && html.contains("&lt;script&gt;"), "{html}");
}

#[test]
fn a_header_and_a_body_hold_what_they_should() {
    for value in ["a\r\nX-Evil: 1", "a\nb", "a\u{0}b", "Niccolò", "a\u{85}b"] {
        let left = leaves(
            json!({"method": "GET", "url": "https://example.com/", "headers": {"X-A": "{{ v }}"}}),
            json!({ "v": value }),
            &[],
        );
        assert_eq!(left.err().as_deref(), Some("invalid_header"), "{value:?}");
    }
    let form = json!({"url": "https://example.com/", "form": {"a": "{{ v }}"}});
    let left = leaves(form, json!({"v": "1&b=2\r\n=%00"}), &[]).unwrap();
    assert_eq!(left.body.unwrap(), b"a=1%26b%3D2%0D%0A%3D%2500");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_json_body_stays_the_json_that_was_drawn(value in any::<String>(), key in "[a-z\"\\\\{}]{1,8}") {
        let params = json!({"url": "https://example.com/", "json": {key.clone(): "<{{ v }}>", "alone": "{{ v }}", "list": ["{{ v }}"]}});
        // A key that looks like a template of its own is the author's, and may be refused.
        let Ok(left) = leaves(params, json!({ "v": value }), &[]) else { return Ok(()) };
        let body: Value = serde_json::from_slice(&left.body.unwrap()).unwrap();
        prop_assert_eq!(body.as_object().unwrap().len(), 3);
        prop_assert_eq!(&body[&key], &Value::from(format!("<{value}>")));
        prop_assert_eq!(&body["alone"], &Value::from(value.clone()));
        prop_assert_eq!(&body["list"][0], &Value::from(value));
    }

    #[test]
    fn a_field_in_an_address_stays_in_its_place(value in any::<String>()) {
        let params = json!({"method": "GET", "url": "https://example.com/a/{{ v }}/b?x={{ v }}&y=1"});
        let Ok(left) = leaves(params, json!({ "v": value }), &[]) else { return Ok(()) };
        let rest = left.url.strip_prefix("https://example.com/a/");
        prop_assert!(rest.is_some(), "{}", left.url);
        let (path, query) = rest.unwrap().split_once('?').unwrap();
        prop_assert_eq!(path.matches('/').count(), 1, "{}", left.url);
        prop_assert_eq!(query.matches('&').count(), 1, "{}", left.url);
        prop_assert!(left.url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\'), "{}", left.url);
    }
}
