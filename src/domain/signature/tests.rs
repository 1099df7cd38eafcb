//! Every scheme of the registry against one delivery that it must take and every bit that may be wrong in it.
//!
//! A scheme without an example here fails the test: none can be forgotten.
//!
//! **Length:** the examples of all schemes stand in one list, beside the tests that go through it.

use serde_json::{Value, json};

use super::*;

/// A delivery that a scheme takes.
struct Example {
    settings: Value,
    secret: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    url: &'static str,
    body: &'static str,
    /// The signed time in seconds, when there is one.
    time: Option<i64>,
    /// How far it may be away.
    tolerance: i64,
}

impl Example {
    fn new(
        settings: Value,
        secret: &'static str,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> Self {
        let url = "https://hooks.example.com/in/abc";
        Self { settings, secret, headers: headers.to_vec(), url, body, time: None, tolerance: TOLERANCE_S }
    }

    fn at(self, time: i64) -> Self {
        Self { time: Some(time), ..self }
    }

    fn now(&self) -> i64 {
        self.time.unwrap_or(1_700_000_000)
    }
}

const STANDARD_BODY: &str = r#"{"test": 2432232314}"#;

/// The examples of a scheme. Those without a source are made with Python's `hmac` and `cryptography`.
fn examples(scheme: &str) -> Vec<Example> {
    let plain = json!({});
    let standard = |prefix: [&'static str; 3], secret, signature| {
        let headers = [(prefix[0], "msg_p5jXN8AQM9LWM0D4loKWxJek"), (prefix[1], "1614265330"), (prefix[2], signature)];
        Example::new(json!({}), secret, &headers, STANDARD_BODY).at(1_614_265_330)
    };
    // Of the reference libraries of Standard Webhooks.
    const V1: (&str, &str) =
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    // The key of RFC 8032, section 7.1, test 1.
    const V1A: (&str, &str) = (
        "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw==",
    );
    match scheme {
        "standard_webhooks" => {
            let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
            vec![standard(names, V1.0, V1.1), standard(names, V1A.0, V1A.1)]
        }
        "svix" => {
            let names = ["svix-id", "svix-timestamp", "svix-signature"];
            vec![standard(names, V1.0, V1.1), standard(names, V1A.0, V1A.1)]
        }
        "stripe" => {
            let header = "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";
            vec![
                Example::new(plain, "whsec_test", &[("stripe-signature", header)], r#"{"id":"evt_1"}"#)
                    .at(1_700_000_000),
            ]
        }
        // GitHub's manual, "Validating webhook deliveries", "Testing the webhook payload validation".
        "github" => {
            let header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
            vec![Example::new(plain, "It's a Secret to Everybody", &[("x-hub-signature-256", header)], "Hello, World!")]
        }
        "meta" => {
            let header = "sha256=5bf56c5c9e47c3e7f5e1e223c7061a01d577f09a38ec61d22a6701ef51b06893";
            let body = r#"{"object":"page","entry":[]}"#;
            vec![Example::new(plain, "app secret of meta", &[("x-hub-signature-256", header)], body)]
        }
        "shopify" => {
            let header = "qBvrsZF7RfB1iS6BX6IHqJTp5L911P7intnPeTPsH0I=";
            vec![Example::new(plain, "hush", &[("x-shopify-hmac-sha256", header)], r#"{"id":820982911946154508}"#)]
        }
        "woocommerce" => {
            let header = "O2vKRNOk5dt3LUR/0/MGlBIji8mB7MbZgeBa3w+cefw=";
            vec![Example::new(
                plain,
                "woo secret",
                &[("x-wc-webhook-signature", header)],
                r#"{"id":727,"total":"29.35"}"#,
            )]
        }
        // Slack's manual, "Verifying requests from Slack", step by step.
        "slack" => {
            let headers = [
                ("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
                ("x-slack-request-timestamp", "1531420618"),
            ];
            let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
            vec![Example::new(plain, "8f742231b10e8888abcd99yyyzzz85a5", &headers, body).at(1_531_420_618)]
        }
        "zoom" => {
            let headers = [
                ("x-zm-signature", "v0=4c1e5dae3bb07ba477b5e515f1d9ce4df6fe7d286fc5b5a5220b51c3e9ecac5d"),
                ("x-zm-request-timestamp", "1700000000"),
            ];
            vec![Example::new(plain, "zoom secret token", &headers, r#"{"event":"meeting.started"}"#).at(1_700_000_000)]
        }
        "x" => {
            let header = "sha256=G/O1LxA6ycGWbLJd1iWMMN1xI8fygDwGHN6GU6ZLAqg=";
            let body = r#"{"for_user_id":"2244994945"}"#;
            vec![Example::new(plain, "consumer secret", &[("x-twitter-webhooks-signature", header)], body)]
        }
        "twilio" => vec![
            // Twilio's manual, "Webhooks security", and the tests of its libraries (`RequestValidator`).
            Example {
                url: "https://mycompany.com/myapp.php?foo=1&bar=2",
                ..Example::new(
                    json!({}),
                    "12345",
                    &[("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")],
                    "Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE",
                )
            },
            Example {
                url: "https://mycompany.com/myapp.php?foo=1&bar=2",
                ..Example::new(
                    json!({}),
                    "12345",
                    &[("x-twilio-signature", "IK+Dwps556ElfBT0I3Rgjkr1wJU=")],
                    "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
                )
            },
            Example {
                url: "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
                ..Example::new(
                    json!({}),
                    "12345",
                    &[("x-twilio-signature", "a9nBmqA0ju/hNViExpshrM61xv4=")],
                    r#"{"property": "value", "boolean": true}"#,
                )
            },
        ],
        "shared_token" => {
            vec![Example::new(json!({"header": "X-Key"}), "long enough", &[("x-key", "long enough")], r#"{"a":1}"#)]
        }
        "basic" => {
            let header = "Basic bmVnb3ppbzpzZWdyZXRvLXNlZ3JldG8=";
            let settings = json!({"username": "negozio"});
            vec![Example::new(settings, "segreto-segreto", &[("authorization", header)], r#"{"a":1}"#)]
        }
        "hmac" => hmac_examples(),
        other => panic!("the scheme `{other}` has no example here: add one"),
    }
}

fn hmac_examples() -> Vec<Example> {
    let of = |settings: Value, headers: &[(&'static str, &'static str)]| {
        Example::new(settings, "segreto", headers, r#"{"ordine":7}"#)
    };
    let sha1 = json!({"header": "X-Firma", "algorithm": "sha1", "encoding": "hex", "signed": "body"});
    let capitals =
        json!({"header": "x-firma", "algorithm": "sha256", "encoding": "hex", "prefix": "HMAC ", "signed": "body"});
    let timed = |tolerance: Value| {
        json!({"header": "x-firma", "algorithm": "sha512", "encoding": "base64", "prefix": "v1:", "signed": "timestamp.body",
               "timestamp_header": "x-ora", "tolerance_s": tolerance})
    };
    let signature = "v1:GzUqWfkI6R6q7RQwg8zeFWUfgOooCf1qKGyplPYB3wCSnPHVZYjVPb6DrHwQqEMOHqQGI/IAergXxRWnWZrPaw==";
    let headers = [("x-firma", signature), ("x-ora", "1700000000")];
    vec![
        of(sha1, &[("x-firma", "1b423726eb4323bad98176329ed594cf401a2137")]),
        of(capitals, &[("x-firma", "HMAC 9B03E149535F8B3BEF27A1439B2151BEBF6DE8E00161591170E905A39D0D4D11")]),
        of(timed(Value::Null), &headers).at(1_700_000_000),
        Example { tolerance: 5, ..of(timed(json!(5)), &headers).at(1_700_000_000) },
    ]
}

/// One try: the example with something changed.
#[derive(Clone)]
struct Try {
    secrets: Vec<String>,
    headers: Vec<(String, String)>,
    url: String,
    body: Vec<u8>,
    now: i64,
}

impl Try {
    fn of(example: &Example) -> Self {
        Self {
            secrets: vec![example.secret.to_owned()],
            headers: example.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            url: example.url.to_owned(),
            body: example.body.as_bytes().to_vec(),
            now: example.now(),
        }
    }

    fn delivery<T>(&self, look: impl FnOnce(&Delivery<'_>) -> T) -> T {
        let header = |name: &str| {
            self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        let urls = || vec!["https://elsewhere.example/in/abc".to_owned(), self.url.clone()];
        let now = Timestamp::from_millis(self.now * 1_000 + 999);
        look(&Delivery { header: &header, urls: &urls, body: &self.body, now })
    }

    fn holds(&self, rule: &Verification) -> bool {
        self.delivery(|delivery| rule.holds(&self.secrets, delivery))
    }
}

fn rule(scheme: &str, example: &Example) -> Verification {
    let mut value = example.settings.clone();
    value["scheme"] = scheme.into();
    value["secrets"] = json!([example.secret]);
    let (rule, secrets) = Verification::parse(&value).unwrap().unwrap();
    assert_eq!(secrets, [example.secret]);
    rule
}

/// Every text that differs in one bit and is a text.
fn flips(text: &str) -> impl Iterator<Item = String> {
    let bytes = text.as_bytes().to_vec();
    (0..bytes.len() * 8).filter_map(move |bit| {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

#[test]
fn every_scheme_takes_its_example_and_refuses_every_other_bit() {
    for scheme in SCHEMES {
        for (index, example) in examples(scheme.name).iter().enumerate() {
            let rule = rule(scheme.name, example);
            let name = format!("{} {index}", scheme.name);
            let good = Try::of(example);
            assert!(good.holds(&rule), "{name} does not take its example");
            let refuses = |what: &str, bad: Try| assert!(!bad.holds(&rule), "{name} takes a delivery with {what}");

            for bit in 0..good.body.len() * 8 {
                let mut bad = good.clone();
                bad.body[bit / 8] ^= 1 << (bit % 8);
                // A form that reads the same, such as `%2b` for `%2B`, is signed the same.
                let pairs = |body: &[u8]| form_urlencoded::parse(body).into_owned().collect::<Vec<_>>();
                let same_form = scheme.name == "twilio" && pairs(&bad.body) == pairs(&good.body);
                // These two vouch for the sender, and for no byte of the body.
                let signs = !["basic", "shared_token"].contains(&scheme.name);
                if signs && !same_form {
                    refuses(&format!("bit {bit} of the body flipped"), bad);
                }
            }
            for (at, (header, value)) in good.headers.iter().enumerate() {
                for flipped in flips(value) {
                    // The word `Basic` has no case (RFC 7235, section 2.1).
                    if scheme.name == "basic" && flipped.eq_ignore_ascii_case(value) && flipped[5..] == value[5..] {
                        continue;
                    }
                    let mut bad = good.clone();
                    bad.headers[at].1.clone_from(&flipped);
                    refuses(&format!("the header `{header}: {flipped}`"), bad);
                }
                for flipped in flips(header).filter(|name| !name.eq_ignore_ascii_case(header)) {
                    let mut bad = good.clone();
                    bad.headers[at].0.clone_from(&flipped);
                    refuses(&format!("a header named `{flipped}`"), bad);
                }
                let mut bad = good.clone();
                bad.headers.remove(at);
                refuses(&format!("no header `{header}`"), bad);
                let mut bad = good.clone();
                bad.headers[at].1.clear();
                refuses(&format!("an empty `{header}`"), bad);
                let mut bad = good.clone();
                bad.headers[at].1.pop();
                refuses(&format!("a `{header}` that lacks its end"), bad);
            }
            for flipped in flips(example.secret) {
                refuses(&format!("the secret `{flipped}`"), Try { secrets: vec![flipped.clone()], ..good.clone() });
            }
            refuses("no secret", Try { secrets: Vec::new(), ..good.clone() });
            refuses("an empty secret", Try { secrets: vec![String::new()], ..good.clone() });
            if scheme.name == "twilio" {
                for flipped in flips(example.url) {
                    refuses(&format!("the url {flipped}"), Try { url: flipped, ..good.clone() });
                }
            }
            if let Some(time) = example.time {
                for away in [-example.tolerance, example.tolerance] {
                    assert!(Try { now: time + away, ..good.clone() }.holds(&rule), "{name} refuses {away} s");
                    let too_far = time + away + away.signum();
                    refuses("a time too far away", Try { now: too_far, ..good.clone() });
                }
            } else {
                let later = Try { now: good.now + 1_000_000, ..good.clone() };
                assert!(later.holds(&rule), "{name} has a time that nobody named");
            }
            let two = vec![format!("{}x", example.secret), example.secret.to_owned()];
            assert!(Try { secrets: two, ..good.clone() }.holds(&rule), "{name} does not try its second secret");
        }
    }
}

#[test]
fn no_scheme_takes_the_example_of_another() {
    for scheme in SCHEMES {
        for other in SCHEMES {
            // Meta signs as GitHub does.
            let alike = ["github", "meta"].contains(&scheme.name) && ["github", "meta"].contains(&other.name);
            if scheme.name == other.name || alike {
                continue;
            }
            for (mine, example) in examples(scheme.name).iter().zip(examples(other.name).iter()) {
                let rule = rule(scheme.name, mine);
                assert!(!Try::of(example).holds(&rule), "{} takes what {} signed", scheme.name, other.name);
            }
        }
    }
}

#[test]
fn the_search_finds_every_scheme_by_its_example() {
    for scheme in SCHEMES {
        for example in examples(scheme.name) {
            let mut expected = Verification { tolerance_s: None, ..rule(scheme.name, &example) };
            // Names of headers have no case, and the runtime gives them in small letters.
            expected.header = expected.header.map(|name| name.to_lowercase());
            let names: Vec<String> = example.headers.iter().map(|(name, _)| (*name).to_owned()).collect();
            let good = Try::of(&example);
            let found = good.delivery(|delivery| search(example.secret, &names, delivery));
            assert!(found.contains(&expected), "{}: {found:?}", scheme.name);
            assert!(found.iter().all(|rule| good.holds(rule)), "{found:?}");
            let wrong = format!("{}x", example.secret);
            let found = good.delivery(|delivery| search(&wrong, &names, delivery));
            assert!(found.is_empty(), "{}: {found:?}", scheme.name);
        }
    }
}

#[test]
fn the_search_takes_no_prefix_that_changes_with_every_delivery() {
    let mut good = Try::of(&examples("hmac")[0]);
    good.headers[0].1.insert_str(0, "t=1700000000,v1=");
    let found = good.delivery(|delivery| search("segreto", &["x-firma".to_owned()], delivery));
    assert!(found.is_empty(), "{found:?}");
    assert!(is_telling("X-Firma") && is_telling("authorization") && is_telling("webhook-id"));
    assert!(!is_telling("Cookie") && !is_telling("CF-Ray") && !is_telling("content-type"));
}

#[test]
fn a_public_key_is_no_shared_secret() {
    // Who knows the public key could make this HMAC with its bytes, or with its text.
    let example = &examples("standard_webhooks")[1];
    let rule = rule("standard_webhooks", example);
    let signed = [b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", STANDARD_BODY.as_bytes()];
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(&example.secret[5..]).unwrap();
    for key in [bytes.as_slice(), example.secret.as_bytes()] {
        let forged = Encoding::Base64.text(&Algorithm::Sha256.hmac(key, &signed));
        for version in ["v1", "v1a"] {
            let mut bad = Try::of(example);
            bad.headers[2].1 = format!("{version},{forged}");
            assert!(!bad.holds(&rule), "{version}");
        }
    }
}

#[test]
fn of_many_signatures_one_is_enough_and_few_are_looked_at() {
    for example in examples("standard_webhooks") {
        let rule = rule("standard_webhooks", &example);
        let mut several = Try::of(&example);
        let right = several.headers[2].1.clone();
        let (version, _) = right.split_once(',').unwrap();
        let wrong = format!("{version},AAAA ");
        several.headers[2].1 = format!("v2,zzz {wrong}{right}");
        assert!(several.holds(&rule));
        several.headers[2].1 = format!("{}{right}", wrong.repeat(8));
        assert!(!several.holds(&rule));
    }
}

#[test]
fn twilio_knows_its_url_with_and_without_a_port() {
    let example = &examples("twilio")[0];
    let rule = rule("twilio", example);
    for url in ["https://mycompany.com:443/myapp.php?foo=1&bar=2", "https://mycompany.com:8443/myapp.php?foo=1&bar=2"] {
        assert!(Try { url: url.to_owned(), ..Try::of(example) }.holds(&rule), "{url}");
    }
}

#[test]
fn no_form_of_twilio_is_long_enough_to_keep_the_worker_busy() {
    let example = &examples("twilio")[0];
    let rule = rule("twilio", example);
    for (length, taken) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
        let body = format!("a={}", "x".repeat(length - 2));
        let signed = format!("{}a{}", example.url, &body[2..]);
        let mac = Encoding::Base64.text(&Algorithm::Sha1.hmac(b"12345", &[signed.as_bytes()]));
        let mut long = Try { body: body.into_bytes(), ..Try::of(example) };
        long.headers[0].1 = mac;
        assert_eq!(long.holds(&rule), taken, "{length}");
    }
}

#[test]
fn what_could_be_a_challenges_token_is_no_body_of_x() {
    let token = "OGY0M2U0MGEtZjE2ZC00YjQ0";
    let mac = Algorithm::Sha256.hmac(b"consumer secret", &[token.as_bytes()]);
    let mut oracle = Try::of(&examples("x")[0]);
    oracle.headers[0].1 = format!("sha256={}", Encoding::Base64.text(&mac));
    oracle.body = token.as_bytes().to_vec();
    assert!(!oracle.holds(&rule("x", &examples("x")[0])));
}

#[test]
fn every_fault_of_a_rule_is_named_by_its_path() {
    for (value, expected) in [
        (json!({}), vec![("scheme", "required")]),
        (json!({"scheme": "nope", "colour": 1}), vec![("scheme", "unknown_scheme")]),
        (json!({"scheme": "github"}), vec![("secrets", "required")]),
        (json!({"scheme": "github", "secrets": []}), vec![("secrets", "required")]),
        (json!({"scheme": "github", "secrets": "x"}), vec![("secrets", "invalid")]),
        (json!({"scheme": "github", "secrets": ["a", " "]}), vec![("secrets[1]", "invalid")]),
        (json!({"scheme": "github", "secrets": ["x".repeat(1_001)]}), vec![("secrets[0]", "invalid")]),
        (json!({"scheme": "github", "secrets": ["a"], "header": "x"}), vec![("header", "unknown_key")]),
        (json!({"scheme": "basic", "secrets": ["lunga abbastanza"]}), vec![("username", "required")]),
        (
            json!({"scheme": "basic", "secrets": ["corta"], "username": "a:b"}),
            vec![("secrets[0]", "invalid"), ("username", "invalid")],
        ),
        (
            json!({"scheme": "shared_token", "secrets": ["lunga abbastanza"], "header": "a b"}),
            vec![("header", "invalid")],
        ),
        (
            json!({"scheme": "standard_webhooks", "secrets": ["whsec_?", "whpk_AAAA"]}),
            vec![("secrets[0]", "invalid"), ("secrets[1]", "invalid")],
        ),
        (
            json!({"scheme": "hmac", "secrets": ["a"]}),
            vec![("header", "required"), ("algorithm", "required"), ("encoding", "required"), ("signed", "required")],
        ),
        (
            json!({"scheme": "hmac", "secrets": ["a"], "header": "x", "algorithm": "md5", "encoding": "hex2",
                   "signed": "timestamp.body", "tolerance_s": 0, "prefix": "è"}),
            vec![
                ("algorithm", "invalid"),
                ("encoding", "invalid"),
                ("prefix", "invalid"),
                ("timestamp_header", "required"),
                ("tolerance_s", "invalid"),
            ],
        ),
        (
            json!({"scheme": "hmac", "secrets": ["a"], "header": "x", "algorithm": "sha1", "encoding": "hex",
                   "signed": "body", "timestamp_header": "y", "extra": 1}),
            vec![("timestamp_header", "invalid"), ("extra", "unknown_key")],
        ),
    ] {
        let faults = Verification::parse(&value).unwrap_err();
        let mut found: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{value}");
    }
}

#[test]
fn a_rule_is_kept_and_shown_as_it_was_set() {
    for scheme in SCHEMES {
        for example in examples(scheme.name) {
            let rule = rule(scheme.name, &example);
            let kept = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<Verification>(&kept).unwrap(), rule);
            let shown = rule.to_json(Some(1));
            assert_eq!(shown["secrets"], 1);
            assert!(!shown.to_string().contains(example.secret));
            for (key, value) in example.settings.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
                assert_eq!(&shown[key], value, "{key}");
            }
        }
    }
}

#[test]
fn nothing_proves_nothing() {
    assert!(same(b"a", b"a") && !same(b"a", b"b") && !same(b"a", b"ab"));
    assert!(!same(b"", b""), "an empty secret and no signature are no proof");
}
