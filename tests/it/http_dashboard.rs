//! The dashboard's files: on which host, at which addresses, with which headers; and the pages in its place.
//!
//! What is in the files, and what a browser makes of them, is not seen here.

use uncino::http::message::Response;
use uncino::memory::World;

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const ITALIAN: (&str, &str) = ("accept-language", "it-IT,it;q=0.9");

/// A world whose dashboard has a page, a script, and the page for e-mails.
fn built(settings: &[(&str, &str)]) -> World {
    let world = World::with(settings);
    world.assets.put("/index.html", "<!doctype html><title>the dashboard</title>");
    world.assets.put("/assets/main-Ab_1-2.js", "start()");
    world.assets.put("/mail.html", "<!doctype html><title>an e-mail</title>");
    world.assets.put("/hook.svg", "<svg/>");
    world.assets.put("/secret.txt", "not an address");
    world
}

fn browse(world: &World, path: &str) -> Response {
    world.deliver("GET", path, &[BROWSER, ITALIAN], "")
}

fn is_dashboard(response: &Response) -> bool {
    response.status == 200 && response.body.contains("the dashboard")
}

#[test]
fn every_page_address_of_the_admin_host_is_the_dashboard() {
    let world = built(&[]);
    for path in ["/", "/automations/aut_01J0", "/events", "/events?q=in", "/a/b/c", "/index.html", "/inbox", "/apis"] {
        let page = browse(&world, path);
        assert!(is_dashboard(&page), "{path}: {} {}", page.status, page.body);
        assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    }
    assert!(is_dashboard(&world.deliver("GET", "/", &[], "")), "the start page asks for no `Accept`");
    let head = world.deliver("HEAD", "/events", &[BROWSER], "");
    assert_eq!((head.status, head.body.as_str(), head.header("cache-control")), (200, "", Some("no-cache")));
}

#[test]
fn what_a_machine_asks_for_is_never_the_dashboard() {
    let world = built(&[]);
    for path in [
        "/api",
        "/api/",
        "/api/v2/runs",
        "/healthz/deep",
        "/in",
        "/in/a/b",
        "/shop/in/a/b/c",
        "/assets",
        "/assets/",
        "/assets/../secret.txt",
        "/assets/.hidden",
        "/assets/%2e%2e/secret.txt",
        "/assets/a b",
    ] {
        // Also where the asset server would find something.
        world.assets.put(path, "not an address");
        assert_eq!(browse(&world, path).status, 404, "{path}");
    }
    assert_eq!(browse(&world, "/assets/gone.js").status, 404);
    assert_eq!(browse(&world, "/api/v1/runs").status, 401);
    assert_eq!(browse(&world, "/in/0123456789abcdefghjkmnpqrstvwxyz").status, 405);
    assert_eq!(browse(&world, "/shop/in/0123456789abcdefghjkmnpqrstvwxyz").status, 405);
    assert_eq!(browse(&world, "/healthz").body, r#"{"status":"ok"}"#);
    let script = world.deliver("GET", "/events", &[("accept", "application/json")], "");
    assert_eq!((script.status, script.header("content-type")), (404, Some("application/problem+json")));
    assert!(!browse(&world, "/secret.txt").body.contains("not an address"), "only what is named is served");
    for (method, path, status) in
        [("POST", "/", 405), ("POST", "/events", 404), ("DELETE", "/assets/main-Ab_1-2.js", 404)]
    {
        assert_eq!(world.deliver(method, path, &[BROWSER], "").status, status, "{method} {path}");
    }
}

#[test]
fn on_another_host_there_is_no_dashboard() {
    let unset = built(&[]);
    let set = built(&[("ADMIN_HOST", "admin.example.com")]);
    for (world, host, answers) in [
        (&unset, "http://127.0.0.1:8787", true),
        (&unset, "https://uncino.me.workers.dev", true),
        (&unset, "https://shop.example.com", false),
        (&set, "https://admin.example.com", true),
        (&set, "https://uncino.me.workers.dev", false),
        (&set, "http://localhost:8787", false),
    ] {
        let expected = if answers { 200 } else { 404 };
        for path in ["/", "/events", "/assets/main-Ab_1-2.js", "/mail.html", "/hook.svg"] {
            let response = browse(world, &format!("{host}{path}"));
            assert_eq!(response.status, expected, "{host}{path}");
            assert!(answers || !response.body.contains("dashboard"), "{host}{path}");
        }
    }
}

#[test]
fn a_hashed_file_is_kept_for_ever_and_may_be_read_by_the_page_without_an_origin() {
    let world = built(&[]);
    let script = world.deliver("GET", "/assets/main-Ab_1-2.js", &[("origin", "null")], "");
    assert_eq!((script.status, script.body.as_str()), (200, "start()"));
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(script.header("access-control-allow-origin"), Some("*"));
    assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
    let icon = world.deliver("GET", "/hook.svg", &[("accept", "image/*")], "");
    assert_eq!((icon.status, icon.body.as_str(), icon.header("cache-control")), (200, "<svg/>", Some("no-cache")));
    assert_eq!(browse(&world, "/favicon.ico").status, 404);
    let missing = world.deliver("GET", "/assets/main-old.js", &[], "");
    assert_eq!((missing.status, missing.header("cache-control")), (404, Some("no-store")));
    assert_eq!(browse(&world, "/").header("access-control-allow-origin"), None);
    assert_eq!(browse(&world, "/mail.html").header("access-control-allow-origin"), None);
}

#[test]
fn what_the_browser_has_is_not_sent_again() {
    let world = built(&[]);
    let page = browse(&world, "/events");
    let tag = page.header("etag").unwrap();
    let again = world.deliver("GET", "/events", &[BROWSER, ("if-none-match", tag)], "");
    assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(tag)));
    assert_eq!(again.header("content-security-policy"), page.header("content-security-policy"));
    let other = world.deliver("GET", "/events", &[BROWSER, ("if-none-match", "\"another\"")], "");
    assert!(is_dashboard(&other));
}

#[test]
fn every_file_goes_out_with_the_headers_that_close_it() {
    let world = built(&[]);
    for path in ["/", "/events", "/assets/main-Ab_1-2.js", "/mail.html", "/hook.svg"] {
        let response = browse(&world, path);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(response.header(name), Some(value), "{path}");
        }
        let permissions = response.header("permissions-policy").unwrap();
        assert!(["camera=()", "microphone=()", "geolocation=()"].iter().all(|denied| permissions.contains(denied)));
        let own: Vec<_> = response.headers.iter().filter(|(name, _)| name == "cache-control").collect();
        assert_eq!(own.len(), 1, "{path}: ours takes the place of the file's");
    }
    let directives = |path: &str| -> Vec<String> {
        let page = browse(&world, path);
        page.header("content-security-policy").unwrap().split("; ").map(str::to_owned).collect()
    };
    let mut dashboard = directives("/");
    assert_eq!(browse(&world, "/").header("x-frame-options"), Some("DENY"));
    dashboard.sort();
    assert_eq!(
        dashboard,
        [
            "base-uri 'none'",
            "connect-src 'self'",
            "default-src 'none'",
            "font-src 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "frame-src 'self'",
            "img-src 'self' data:",
            "script-src 'self'",
            "style-src 'self'",
        ]
    );
    // An e-mail is somebody else's HTML: it may be styled, and reach nothing.
    let mut mail = directives("/mail.html");
    assert_eq!(browse(&world, "/mail.html").header("x-frame-options"), Some("SAMEORIGIN"));
    mail.sort();
    assert_eq!(
        mail,
        [
            "base-uri 'none'",
            "default-src 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            "img-src data:",
            "sandbox allow-scripts",
            "script-src 'self'",
            "style-src 'unsafe-inline' 'self'",
        ]
    );
}

#[test]
fn without_an_admin_token_a_page_says_what_to_set() {
    let world = built(&[("ADMIN_TOKEN", "too-short")]);
    for path in ["/", "/events"] {
        let page = browse(&world, path);
        assert_eq!(page.status, 503, "{path}");
        assert!(page.body.contains("<code>ADMIN_TOKEN</code>") && page.body.contains("<html lang=\"it\">"));
        assert!(!page.body.contains("too-short") && !page.body.contains("href=\"/automations\""), "{path}");
    }
    assert_eq!(world.deliver("HEAD", "/", &[BROWSER], "").body, "");
}

#[test]
fn a_wrong_setting_is_said_before_the_dashboard_and_leads_on_to_it() {
    let world = built(&[("RETENTION_DAYS", "many")]);
    let page = browse(&world, "/");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<code>RETENTION_DAYS</code>") && page.body.contains("Da sistemare"), "{}", page.body);
    let link = page.body.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(is_dashboard(&browse(&world, link)), "{link}");
}

#[test]
fn a_dashboard_that_was_never_built_says_what_to_run() {
    let world = built(&[]);
    world.assets.clear();
    for (language, words) in [("it", "costruita"), ("en", "never built")] {
        let page = world.deliver("GET", "/", &[BROWSER, ("accept-language", language)], "");
        assert_eq!((page.status, page.header("cache-control")), (503, Some("no-store")));
        assert!(page.body.contains(words) && page.body.contains("<code>npm run build</code>"), "{}", page.body);
    }
    assert_eq!(world.deliver("HEAD", "/", &[BROWSER], "").body, "");
    assert_eq!(browse(&world, "/mail.html").status, 404);
    assert_eq!(world.deliver("GET", "/assets/main-Ab_1-2.js", &[], "").status, 404);
}

#[test]
fn files_that_do_not_answer_are_not_called_missing() {
    let world = built(&[]);
    world.assets.fails.set(true);
    let page = browse(&world, "/");
    assert_eq!((page.status, page.header("content-type")), (500, Some("application/problem+json")));
    assert!(page.body.contains("load the page again"), "{}", page.body);
}
