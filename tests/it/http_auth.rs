//! Who may use the API: hosts, the token, sessions, guessing.

use serde_json::{Value, json};
use uncino::http::message::Response;
use uncino::memory::{ADMIN_TOKEN, World};

fn code(response: &Response) -> (u16, String) {
    let body: Value = serde_json::from_str(&response.body).unwrap();
    (response.status, body["code"].as_str().unwrap().to_owned())
}

fn bearer() -> String {
    format!("Bearer {ADMIN_TOKEN}")
}

fn get(world: &World, url: &str) -> Response {
    world.deliver("GET", url, &[("authorization", &bearer())], "")
}

/// Signs in; the cookie as a browser sends it back.
fn sign_in(world: &World, origin: &str) -> (Response, String) {
    let body = json!({ "token": ADMIN_TOKEN }).to_string();
    let response = world.deliver("POST", &format!("{origin}/api/v1/session"), &[], body);
    let cookie = response.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    (response, cookie)
}

#[test]
fn without_the_token_nothing_is_told() {
    let world = World::new();
    for (headers, method, path) in [
        (vec![], "GET", "/api/v1/automations"),
        (vec![], "GET", "/api/v1/there-is-no-such-path"),
        (vec![("authorization", "Bearer wrong")], "POST", "/api/v1/automations"),
        (vec![("authorization", ADMIN_TOKEN)], "GET", "/api/v1/automations"),
        (vec![("cookie", "uncino=1.x")], "GET", "/api/v1/automations"),
    ] {
        let refused = world.deliver(method, path, &headers, "");
        assert_eq!(code(&refused), (401, "unauthorized".to_owned()));
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    }
    assert_eq!(get(&world, "/api/v1/automations").status, 200);
    for open in ["/api/v1/openapi.json", "/api/v1/healthz", "/healthz"] {
        assert_eq!(world.deliver("GET", open, &[], "").status, 200, "{open}");
    }
}

#[test]
fn api_and_start_page_answer_on_the_admin_host_only() {
    let unset = World::new();
    let set = World::with(&[("ADMIN_HOST", "Admin.example.com")]);
    for (world, host, answers) in [
        (&unset, "http://localhost:9999", true),
        (&unset, "http://127.0.0.1:8787", true),
        (&unset, "http://[::1]:8787", true),
        (&unset, "https://uncino.me.workers.dev", true),
        (&unset, "https://shop.example.com", false),
        (&unset, "https://workers.dev.example.com", false),
        (&unset, "https://localhost.example.com", false),
        (&set, "https://admin.example.com", true),
        (&set, "https://admin.example.com:8443", true),
        (&set, "https://uncino.me.workers.dev", false),
        (&set, "http://localhost:8787", false),
    ] {
        let expected = if answers { 200 } else { 404 };
        for path in ["/", "/api/v1/automations", "/api/v1/openapi.json", "/api/v1/healthz"] {
            assert_eq!(get(world, &format!("{host}{path}")).status, expected, "{host}{path}");
        }
    }
}

#[test]
fn a_session_reads_and_writes_from_its_own_pages_only() {
    let world = World::new();
    let (response, cookie) = sign_in(&world, "http://localhost:8787");
    let header = response.header("set-cookie").unwrap();
    assert_eq!(response.status, 200);
    assert!(cookie.starts_with("uncino="), "{cookie}");
    assert!(header.ends_with("; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"), "{header}");
    let call = |method: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> = [("cookie", cookie.as_str())].into_iter().chain(headers.iter().copied()).collect();
        let body = json!({"name": "x", "steps": []}).to_string();
        world.deliver(method, "/api/v1/automations", &headers, if method == "GET" { "" } else { &body }).status
    };
    assert_eq!(call("GET", &[]), 200);
    assert_eq!(call("POST", &[("origin", "http://localhost:8787")]), 201);
    assert_eq!(call("POST", &[("sec-fetch-site", "same-origin")]), 201);
    assert_eq!(call("POST", &[]), 403);
    assert_eq!(call("POST", &[("origin", "https://evil.example")]), 403);
    assert_eq!(call("POST", &[("origin", "null")]), 403);
    assert_eq!(call("POST", &[("origin", "https://localhost:8787")]), 403);
    assert_eq!(call("POST", &[("origin", "http://localhost:8788")]), 403);
    assert_eq!(call("POST", &[("origin", "http://localhost:8787"), ("sec-fetch-site", "same-site")]), 403);
    world.tick(43_200_000);
    assert_eq!(call("GET", &[]), 401);
}

#[test]
fn a_session_ends_with_the_token_that_opened_it() {
    let world = World::new();
    let (_, cookie) = sign_in(&world, "https://uncino.me.workers.dev");
    assert!(cookie.starts_with("__Host-uncino="));
    let get = || world.deliver("GET", "https://uncino.me.workers.dev/api/v1/runs", &[("cookie", &cookie)], "").status;
    assert_eq!(get(), 200);
    world.configure(&[("ADMIN_TOKEN", "another-token-of-at-least-32-characters")]);
    assert_eq!(get(), 401);
    let out = world.deliver("DELETE", "https://uncino.me.workers.dev/api/v1/session", &[("cookie", &cookie)], "");
    let header = out.header("set-cookie").unwrap();
    assert_eq!((out.status, header.contains("Max-Age=0"), header.contains("; Secure")), (204, true, true));
}

#[test]
fn signing_out_ends_the_session_for_every_copy_of_its_cookie() {
    let world = World::new();
    let (_, cookie) = sign_in(&world, "http://localhost:8787");
    let call = |method: &str, path: &str, origin: &str| {
        world.deliver(method, path, &[("cookie", &cookie), ("origin", origin)], "")
    };
    let out = |origin: &str| call("DELETE", "/api/v1/session", origin).status;
    assert_eq!(code(&call("DELETE", "/api/v1/session", "https://evil.example")), (403, "cross_origin".to_owned()));
    assert_eq!(call("GET", "/api/v1/runs", "").status, 200);
    assert_eq!(out("http://localhost:8787"), 204);
    let over = call("GET", "/api/v1/runs", "");
    assert_eq!(code(&over), (401, "unauthorized".to_owned()));
    assert!(over.body.contains("signed out"), "{}", over.body);
    assert_eq!(out("http://localhost:8787"), 204);
    assert_eq!(get(&world, "/api/v1/runs").status, 200);
    world.tick(1_000);
    let (_, another) = sign_in(&world, "http://localhost:8787");
    assert_eq!(world.deliver("GET", "/api/v1/runs", &[("cookie", &another)], "").status, 200);
    // The mark goes when the session would have been over anyway.
    let marks = || world.db.query("SELECT name FROM marks WHERE name LIKE 'session:%'").len();
    world.sweep();
    assert_eq!(marks(), 1);
    world.tick(43_200_000);
    world.sweep();
    assert_eq!(marks(), 0);
    assert_eq!(call("GET", "/api/v1/runs", "").status, 401);
}

#[test]
fn guessing_is_slowed_and_locks_nobody_out() {
    let world = World::new();
    let guess = || world.deliver("POST", "/api/v1/session", &[], json!({"token": "guess"}).to_string());
    for _ in 0..10 {
        assert_eq!(guess().status, 401);
    }
    let refused = guess();
    assert_eq!(code(&refused), (429, "rate_limited".to_owned()));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(world.deliver("GET", "/api/v1/runs", &[("authorization", "Bearer guess")], "").status, 429);
    assert_eq!(get(&world, "/api/v1/runs").status, 200);
    assert_eq!(sign_in(&world, "http://localhost:8787").0.status, 200);
    world.tick(60_000);
    assert_eq!(guess().status, 401);
}

#[test]
fn one_guesser_does_not_answer_for_another_address() {
    let world = World::new();
    let guess = |address: &str| {
        let headers = [("cf-connecting-ip", address)];
        world.deliver("POST", "/api/v1/session", &headers, json!({"token": "guess"}).to_string()).status
    };
    for _ in 0..30 {
        guess("203.0.113.7");
    }
    assert_eq!((guess("203.0.113.7"), guess("203.0.113.8")), (429, 401));
    // The addresses of one IPv6 customer are one.
    for number in 0..10 {
        assert_eq!(guess(&format!("2001:db8:1:2::{number:x}")), 401);
    }
    assert_eq!((guess("2001:db8:1:2:ffff::1"), guess("2001:db8:1:3::1")), (429, 401));
    // Many addresses together gain little, and the right token is right from anywhere.
    for number in 0..100 {
        guess(&format!("198.51.100.{number}"));
    }
    assert_eq!(guess("192.0.2.1"), 429);
    let headers = [("cf-connecting-ip", "192.0.2.1")];
    let right = world.deliver("POST", "/api/v1/session", &headers, json!({"token": ADMIN_TOKEN}).to_string());
    assert_eq!(right.status, 200);
    world.tick(60_000);
    assert_eq!(guess("192.0.2.1"), 401);
}

#[test]
fn a_dashboard_learns_whether_it_is_signed_in_and_nothing_more_before() {
    let world = World::with(&[("PUBLIC_URL", "https://hooks.example.com"), ("RETENTION_DAYS", "x")]);
    let ask = |headers: &[(&str, &str)]| {
        let told = world.deliver("GET", "/api/v1/session", headers, "");
        (told.status, serde_json::from_str::<Value>(&told.body).unwrap())
    };
    let nobody = json!({"signed_in": false, "by": null, "expires_at": null, "installation": null});
    assert_eq!(ask(&[]), (200, nobody.clone()));
    assert_eq!(ask(&[("cookie", "uncino=1.x")]), (200, nobody));
    assert_eq!(ask(&[("authorization", "Bearer wrong")]).0, 401, "a guess is a guess here too");
    let (_, cookie) = sign_in(&world, "http://localhost:8787");
    let (status, state) = ask(&[("cookie", &cookie)]);
    assert_eq!((status, &state["signed_in"], &state["by"]), (200, &json!(true), &json!("session")));
    assert_eq!(state["expires_at"], "2025-11-25T04:00:00.000Z");
    let installation = &state["installation"];
    assert_eq!(installation["public_url"], "https://hooks.example.com");
    assert_eq!((&installation["time_zone"], &installation["default_country"]), (&json!("Europe/Rome"), &json!("IT")));
    assert!(installation["problems"][0].as_str().unwrap().contains("RETENTION_DAYS"), "{installation}");
    assert_eq!(ask(&[("authorization", &bearer())]).1["by"], "token");
}

#[test]
fn answers_of_the_admin_host_can_be_framed_stored_and_embedded_nowhere() {
    let world = World::with(&[("ADMIN_HOST", "admin.example.com")]);
    for path in ["/", "/api/v1/runs", "/api/v1/session", "/api/v1/nothing", "/api/v1/openapi.json", "/nothing"] {
        let told = get(&world, &format!("https://admin.example.com{path}"));
        let header = |name: &str| told.header(name).unwrap_or_else(|| panic!("{path} has no {name}")).to_owned();
        assert!(header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        // The dashboard's own page holds nothing of anybody, and is asked for again each time.
        let cached = if path == "/" { "no-cache" } else { "no-store" };
        assert_eq!(header("cache-control"), cached, "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(header("strict-transport-security").starts_with("max-age="), "{path}");
        assert!(told.header("access-control-allow-origin").is_none(), "{path}");
        for (name, _) in &told.headers {
            assert_eq!(told.headers.iter().filter(|(other, _)| other == name).count(), 1, "{path}: {name} twice");
        }
    }
    let local = get(&World::new(), "http://localhost:8787/api/v1/runs");
    assert!(local.header("strict-transport-security").is_none());
    // An inbound address may lie on somebody's website, which is not ours to bind.
    for path in ["/in/00000000000000000000000000000000", "/api/v1/runs", "/"] {
        let told = world.deliver("POST", &format!("https://shop.example.com{path}"), &[], "{}");
        assert!(told.header("strict-transport-security").is_none(), "{path}");
        assert_eq!(told.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

#[test]
fn no_answer_can_become_a_page_of_its_host() {
    let world = World::new();
    let (_, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": []}));
    let (id, token) = (made["source"]["id"].as_str().unwrap(), made["source"]["token"].as_str().unwrap());
    world.api("PATCH", &format!("/sources/{id}"), &json!({"challenge": {"verify_token": "gettone"}}));
    let own = format!("/in/{token}");
    let unknown = "/in/00000000000000000000000000000000";
    let connection = "/in/whatsapp/con_01KAV9FT00PPWQ3GC6J3Q45J8B";
    let meta = "hub.mode=subscribe&hub.challenge=77&hub.verify_token=";
    let (json, page) = ([("content-type", "application/json")], [("accept", "text/html")]);
    let bearer = bearer();
    let signed = [("authorization", bearer.as_str())];
    type Asked<'a> = (&'a str, String, &'a [(&'a str, &'a str)], &'a str, u16);
    let asked: [Asked<'_>; 22] = [
        ("POST", own.clone(), &json, r#"{"a":1}"#, 202),
        ("POST", own.clone(), &json, "{", 400),
        ("POST", own.clone(), &page, "a=1", 202),
        ("POST", unknown.to_owned(), &json, "{}", 404),
        ("POST", unknown.to_owned(), &page, "a=1", 404),
        ("GET", own.clone(), &[], "", 405),
        ("GET", own.clone(), &page, "", 405),
        ("DELETE", own.clone(), &[], "", 405),
        ("HEAD", own.clone(), &[], "", 405),
        ("OPTIONS", own.clone(), &[("origin", "https://shop.example")], "", 204),
        ("GET", format!("{own}?{meta}gettone"), &[], "", 200),
        ("GET", format!("{own}?{meta}altro"), &[], "", 403),
        ("GET", format!("{own}?{meta}altro"), &page, "", 403),
        ("POST", own.clone(), &json, r#"{"type":"url_verification","challenge":"abc"}"#, 200),
        ("GET", format!("{connection}?{meta}x"), &[], "", 404),
        ("PUT", connection.to_owned(), &[], "", 405),
        ("GET", "/healthz".to_owned(), &[], "", 200),
        ("GET", "/api/v1/runs".to_owned(), &[], "", 401),
        ("PATCH", "/api/v1/runs".to_owned(), &signed, "{}", 405),
        ("GET", "/api/v1/niente".to_owned(), &signed, "", 404),
        ("GET", "https://shop.example.com/".to_owned(), &page, "", 404),
        ("POST", "https://shop.example.com/niente".to_owned(), &[], "", 404),
    ];
    for (method, path, headers, body, status) in asked {
        world.clock.advance(2);
        let told = world.deliver(method, &path, headers, body);
        assert_eq!(told.status, status, "{method} {path} {}", told.body);
        let header = |name: &str| told.header(name).unwrap_or_else(|| panic!("{method} {path} has no {name}"));
        assert_eq!(header("x-content-type-options"), "nosniff", "{method} {path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{method} {path}");
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{method} {path}");
        for (name, _) in &told.headers {
            let same = told.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
            assert_eq!(same.count(), 1, "{method} {path}: {name} twice");
        }
    }
}

#[test]
fn without_an_admin_token_the_api_is_closed_and_says_so() {
    let world = World::with(&[("ADMIN_TOKEN", "too-short")]);
    let closed = world.deliver("GET", "/api/v1/automations", &[("authorization", "Bearer too-short")], "");
    assert_eq!(code(&closed), (503, "no_admin_token".to_owned()));
    assert!(closed.body.contains("ADMIN_TOKEN"));
}

#[test]
fn a_database_without_tables_is_answered_with_the_command_that_makes_them() {
    let world = World::unmigrated();
    let (status, said) = world.api("GET", "/automations", &Value::Null);
    assert_eq!((status, &said["code"]), (503, &json!("not_migrated")));
    assert!(said["detail"].as_str().unwrap().contains("wrangler d1 migrations apply"));
    assert_eq!(world.api("GET", "/healthz", &Value::Null).0, 503);
}
