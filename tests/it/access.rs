//! Cloudflare Access in front of dashboard and API: who gets in, with which keys, and how seldom they are asked for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uncino::app::ports::{Clock, Rsa};
use uncino::domain::access::Key;
use uncino::domain::action::Answer;
use uncino::http::message::Response;
use uncino::memory::rsa::{MemoryRsa, sign};
use uncino::memory::{ADMIN_TOKEN, World, answer, block_on};

/// A key that was made for these tests and signs nothing else: modulus and private exponent.
const MODULUS: &str = "c0044e6961dee11cfb8613c51c323733385722f67599a1103812e2c10adc6f5583ea58e9973bd289c45a36d64eedd6c244d2\
    8ff4728627ab457190970e602e44a81ddec582e4fff14357dc77876d63b450cc7d972037b736c8e7c7e8e2861ae727981242\
    8a30d3feedb6f8b944337a511ad7e4a51abfac58679e1dcd5f2924eba134ebc85090d48877c0f085e7ec9d84f3eb4f37501f\
    74fe199902316d7cb8e23b276e588e85fe8c6cc5cd1017860ab26127f75aca231296c5ae1e9c4597d45cdb6ce5f5bcf065af\
    f5376ae3437225d7602c04606060bdf7585509dc65b432cbc9741627ad7cb9faaa812879f0ae226e0e28dfbf9c6bee626d58\
    128773816433";
const PRIVATE: &str = "47d0f480cea59d1d89675eba90aea95da35b57ccc53435fcca7429d2189d5498afd374f8bce3177e066dd567b7329669a772\
    f77b6e6005b335b0616b55e99c347a8a5d7912d9526eaa88d080f62a70298f34c45e43230387de816e1008b52e97b903d404\
    8609f8283741816a4d7b516ac736eb21e34cc0097a8bb54acc2627d3c0ce105695c467f1f6da682b72308569d2f38120fa52\
    cf758b82238a3ad524c930b5d8869150e7350fddd3904bb666b72898d755d6f511caa10f065d174df5dddf69ea06daa1e357\
    8508e417ed06c3ab6c8455dcdb5a891c38bb8b86dd9e36d97d438e26e1b9af9aca7f6f6f33756e316862ffef36c8783f2756\
    fc57bcc5a621";
/// What OpenSSL 3.0 (`openssl dgst -sha256 -sign`) makes of `signed by another implementation` with that key.
const BY_OPENSSL: &str = "a3849d1db85918386d4f17545209a385b9a5fad026d1112a3b5f6851023e3a1d50a42656fc0764751bc99fa76c573bafaa96\
    8cbfdb1165164ace830d98211d8e25753ed030deab998edcb75221eee507ed1c2f9f23365688d7387fd217bde6a0b9ef1518\
    012ad2c0d71905def7c74afc894274d924997ab77c2e7048e3939097e406545c0ff1f1b913328147d6ac46fcb7fecb04d7a9\
    bb6ef2e6b4d885e719b493abfe51083ac3d3cf2ff62b06df9180a8a78b5b666e3f83838f5bd14f574e949733dc00e08a63d2\
    18374e81af23849bdff11e5c6d9d7aaac5616d147beebd26ceb34b9d740753bafbbcb863e20a8b7861374f95b8279cf7de0e\
    5c1b09d55145";

const TEAM: &str = "https://team.cloudflareaccess.com";
const CERTS: &str = "https://team.cloudflareaccess.com/cdn-cgi/access/certs";
const AUD: &str = "90e2aced75dc5478676698a6cb01fc877c8459549370a6be7d626991b20086d2";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn key(id: &str) -> Value {
    json!({"kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "n": URL_SAFE_NO_PAD.encode(bytes(MODULUS)), "e": "AQAB"})
}

fn certs(ids: &[&str]) -> Answer {
    let keys: Vec<Value> = ids.iter().map(|id| key(id)).collect();
    answer(200, &json!({"keys": keys, "public_certs": []}))
}

/// An assertion as Access makes it, with some claims changed.
fn assertion(world: &World, key: &str, changed: &Value) -> String {
    let signed = unsigned(world, key, changed);
    let signature = sign(&bytes(MODULUS), &bytes(PRIVATE), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn unsigned(world: &World, key: &str, changed: &Value) -> String {
    let now = world.clock.now().as_millis() / 1_000;
    let mut claims = json!({"aud": [AUD], "email": "ada@example.com", "exp": now + 86_400, "iat": now, "nbf": now,
        "iss": TEAM, "type": "app", "identity_nonce": "x", "sub": "subject", "country": "IT"});
    for (name, value) in changed.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(&json!({"alg": "RS256", "kid": key, "typ": "JWT"})), part(&claims))
}

fn world() -> World {
    let world = World::with(&[("ACCESS_TEAM_DOMAIN", "team"), ("ACCESS_AUD", AUD)]);
    world.outbound.on(CERTS, [certs(&["k1", "k0"])]);
    world
}

fn code(response: &Response) -> (u16, String) {
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    (response.status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn runs(world: &World, assertion: &str) -> (u16, String) {
    code(&world.deliver("GET", "/api/v1/runs", &[("cf-access-jwt-assertion", assertion)], ""))
}

#[test]
fn the_twin_agrees_with_another_implementation() {
    let message = b"signed by another implementation";
    assert_eq!(sign(&bytes(MODULUS), &bytes(PRIVATE), message), bytes(BY_OPENSSL));
    let key = Key { id: String::new(), modulus: URL_SAFE_NO_PAD.encode(bytes(MODULUS)), exponent: "AQAB".to_owned() };
    let verifies = |message: &[u8], signature: &[u8]| block_on(MemoryRsa.verifies(&key, message, signature)).unwrap();
    assert!(verifies(message, &bytes(BY_OPENSSL)));
    assert!(!verifies(b"signed by another implementatioN", &bytes(BY_OPENSSL)));
    let mut bent = bytes(BY_OPENSSL);
    bent[100] ^= 1;
    assert!(!verifies(message, &bent) && !verifies(message, &[]) && !verifies(message, &[0; 256]));
}

#[test]
fn whom_access_has_let_in_needs_no_token_and_nobody_else_comes_in() {
    let world = world();
    let good = assertion(&world, "k1", &json!({}));
    assert_eq!(runs(&world, &good).0, 200);
    let refused = (401, "access_required".to_owned());
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    for (method, path) in [
        ("GET", "/api/v1/runs"),
        ("GET", "/api/v1/session"),
        ("POST", "/api/v1/session"),
        ("DELETE", "/api/v1/session"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/"),
        ("GET", "/automations"),
    ] {
        let told =
            world.deliver(method, path, &[("authorization", &bearer)], json!({"token": ADMIN_TOKEN}).to_string());
        assert_eq!(code(&told), refused, "{method} {path}");
    }
    for open in ["/healthz", "/api/v1/healthz", "/api/v1/openapi.json"] {
        assert_eq!(world.deliver("GET", open, &[], "").status, 200, "{open}");
    }
    // Beside an assertion a token is still looked at, and a wrong one is wrong.
    let both = |token: &str| {
        let headers = [("cf-access-jwt-assertion", good.as_str()), ("authorization", token)];
        world.deliver("GET", "/api/v1/runs", &headers, "").status
    };
    assert_eq!((both(&bearer), both("Bearer wrong")), (200, 401));
    assert_eq!(world.deliver("GET", "/", &[("cf-access-jwt-assertion", &good)], "").status, 200);
}

#[test]
fn what_does_not_hold_is_refused() {
    let world = world();
    let now = world.clock.now().as_millis() / 1_000;
    for changed in [
        json!({"iss": "https://other.cloudflareaccess.com"}),
        json!({"aud": ["0".repeat(64)]}),
        json!({"aud": "0".repeat(64)}),
        json!({"exp": now}),
        json!({"nbf": now + 3_600}),
        json!({"exp": null}),
    ] {
        assert_eq!(runs(&world, &assertion(&world, "k1", &changed)).0, 401, "{changed}");
    }
    let good = assertion(&world, "k1", &json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let mut forged: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    forged["email"] = json!("eve@example.com");
    let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
    let none = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "kid": "k1"}).to_string());
    let hmac = URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "kid": "k1"}).to_string());
    for text in [
        format!("{header}.{forged}.{signature}"),
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{hmac}.{claims}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        String::new(),
    ] {
        assert_eq!(runs(&world, &text), (401, "access_required".to_owned()), "{text}");
    }
    assert_eq!(runs(&world, &good).0, 200);
    world.clock.advance(86_400_000);
    assert_eq!(runs(&world, &good).0, 401, "it is over");
}

#[test]
fn a_write_by_access_comes_from_a_page_of_this_address() {
    let world = world();
    let good = assertion(&world, "k1", &json!({}));
    let write = |headers: &[(&str, &str)]| {
        let headers: Vec<_> = [("cf-access-jwt-assertion", good.as_str())].iter().chain(headers).copied().collect();
        code(&world.deliver("POST", "/api/v1/automations", &headers, json!({"name": "A", "steps": []}).to_string()))
    };
    assert_eq!(write(&[("sec-fetch-site", "same-origin")]).0, 201);
    assert_eq!(write(&[("origin", "http://localhost:8787")]).0, 201);
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    assert_eq!(write(&[("authorization", &bearer)]).0, 201);
    let refused = (403, "cross_origin".to_owned());
    assert_eq!(write(&[]), refused);
    assert_eq!(write(&[("sec-fetch-site", "cross-site")]), refused);
    assert_eq!(write(&[("origin", "https://evil.example")]), refused);
}

#[test]
fn keys_are_fetched_seldom_and_anew_when_they_change() {
    let world = world();
    let good = assertion(&world, "k1", &json!({}));
    for _ in 0..20 {
        assert_eq!(runs(&world, &good).0, 200);
    }
    assert_eq!(world.outbound.take_sent().len(), 1, "keys are remembered");
    // The team's keys change; what is signed with the new one is believed at once.
    world.outbound.on(CERTS, [certs(&["k2", "k1"])]);
    let newer = assertion(&world, "k2", &json!({}));
    assert_eq!(runs(&world, &newer).0, 200);
    assert_eq!(world.outbound.take_sent().len(), 1);
    // Made-up keys do not become requests without end, and lock nobody out.
    for number in 0..50 {
        let made_up = format!("{}.AAAA", unsigned(&world, &format!("made-up-{number}"), &json!({})));
        assert_eq!(runs(&world, &made_up).0, 401);
    }
    assert!(world.outbound.take_sent().len() <= 5);
    assert_eq!(runs(&world, &newer).0, 200);
    // An hour later they are fetched again; while that fails, for a day, the known ones are used.
    world.outbound.on(CERTS, [answer(500, &Value::Null)]);
    world.clock.advance(2 * 3_600_000);
    assert_eq!(runs(&world, &newer).0, 200);
    assert!(world.log.mentions("keys of cloudflare access"));
    world.clock.advance(22 * 3_600_000);
    let newest = assertion(&world, "k2", &json!({}));
    assert_eq!(runs(&world, &newest), (503, "access_unavailable".to_owned()));
    world.clock.advance(60_000);
    world.outbound.on(CERTS, [certs(&["k3"])]);
    assert_eq!(runs(&world, &assertion(&world, "k2", &json!({}))), (401, "access_required".to_owned()));
    assert_eq!(runs(&world, &assertion(&world, "k3", &json!({}))).0, 200);
}

#[test]
fn keys_that_cannot_be_had_open_nothing() {
    for answered in [
        answer(200, &json!({"keys": []})),
        answer(302, &Value::Null),
        answer(404, &Value::Null),
        Answer::Timeout,
        Answer::ConnectionLost,
    ] {
        let world = world();
        world.outbound.on(CERTS, [answered.clone()]);
        let good = assertion(&world, "k1", &json!({}));
        assert_eq!(runs(&world, &good), (503, "access_unavailable".to_owned()), "{answered:?}");
    }
}

#[test]
fn settings_that_cannot_be_read_close_everything() {
    let world = World::with(&[("ACCESS_TEAM_DOMAIN", "team")]);
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    for path in ["/api/v1/runs", "/api/v1/session", "/"] {
        let told = world.deliver("GET", path, &[("authorization", &bearer)], "");
        assert_eq!(code(&told), (503, "access_misconfigured".to_owned()), "{path}");
    }
}

#[test]
fn who_somebody_is_is_written_down_nowhere() {
    let world = world();
    let good = assertion(&world, "k1", &json!({}));
    let headers = [("cf-access-jwt-assertion", good.as_str()), ("sec-fetch-site", "same-origin")];
    let state = world.deliver("GET", "/api/v1/session", &headers, "");
    let state: Value = serde_json::from_str(&state.body).unwrap();
    assert_eq!(
        (&state["signed_in"], &state["by"], &state["expires_at"]),
        (&json!(true), &json!("access"), &Value::Null)
    );
    world.deliver("POST", "/api/v1/automations", &headers, json!({"name": "A", "steps": []}).to_string());
    assert!(!world.log.mentions("ada@example.com"));
    assert!(world.db.query("SELECT * FROM automations").iter().all(|row| !row.contains("ada@")));
}
