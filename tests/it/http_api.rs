//! The API as the dashboard and developers see it: shapes, pages, faults.

use serde_json::{Value, json};
use uncino::memory::World;

const NONE: Value = Value::Null;

fn automation(world: &World, steps: Value) -> Value {
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": steps}));
    assert_eq!(status, 201, "{made}");
    made
}

fn send(world: &World, automation: &Value, body: &str) -> String {
    let url = automation["source"]["url"].as_str().unwrap();
    let answer = world.deliver("POST", url, &[("content-type", "application/json")], body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    said["id"].as_str().unwrap().to_owned()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn an_automation_lives_through_its_routes() {
    let world = World::new();
    let steps = json!([{"id": "s1", "action": "save_contact", "params": {"email": "{{ email }}"}}]);
    let made = automation(&world, steps);
    let at = format!("/automations/{}", text(&made, "id"));
    assert_eq!(made["revision"], 1);
    assert!(text(&made["source"], "url").starts_with("http://localhost:8787/in/"));
    let step = json!({"id": "s1", "action": "save_contact", "params": {"email": "{{ email }}"}, "when": null,
        "on_error": "stop", "enabled": true});
    assert_eq!((&made["steps"], &made["condition"], &made["warnings"]), (&json!([step]), &NONE, &json!([])));
    assert_eq!(world.api("GET", &at, &NONE), (200, made.clone()));

    let (status, changed) = world.api("PUT", &at, &json!({"name": "Nuova", "steps": []}));
    assert_eq!((status, &changed["revision"], &changed["warnings"][0]["code"]), (200, &json!(2), &json!("no_steps")));
    assert_eq!(world.api("POST", &format!("{at}/disable"), &NONE).1["enabled"], false);
    assert_eq!(world.api("POST", &format!("{at}/enable"), &json!({"held": "release"})).1["enabled"], true);
    let listed = world.api("GET", &format!("/automations?source_id={}", text(&made["source"], "id")), &NONE).1;
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["next"]), (1, &NONE));
    assert_eq!(world.api("DELETE", &format!("{at}?keep_source=true"), &NONE), (204, json!("")));
    assert_eq!(world.api("GET", &at, &NONE).0, 404);
    assert_eq!(world.api("GET", &format!("/sources/{}", text(&made["source"], "id")), &NONE).0, 200);
}

#[test]
fn public_url_is_the_address_that_is_shown() {
    let world = World::with(&[("PUBLIC_URL", "https://hooks.example.com/prefix/")]);
    let made = automation(&world, json!([]));
    assert!(text(&made["source"], "url").starts_with("https://hooks.example.com/prefix/in/"));
}

#[test]
fn lists_come_in_pages() {
    let world = World::new();
    let mut made: Vec<String> =
        (0..5).map(|_| automation(&world, json!([]))["id"].as_str().unwrap().to_owned()).collect();
    made.sort();
    made.reverse();
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let (status, page) = world.api("GET", &format!("/automations?limit=2&cursor={next}"), &NONE);
        assert_eq!(status, 200, "{page}");
        seen.extend(page["data"].as_array().unwrap().iter().map(|own| text(own, "id").to_owned()));
        match page["next"].as_str() {
            Some(cursor) => next = cursor.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, made);
    assert_eq!(world.api("GET", "/automations?limit=5", &NONE).1["next"], NONE);
}

#[test]
fn faults_have_their_statuses() {
    let world = World::new();
    for (method, path, body, status, code) in [
        ("GET", "/automations?limit=201", NONE, 422, "invalid_input"),
        ("GET", "/automations?limit=0", NONE, 422, "invalid_input"),
        ("GET", "/automations?colour=red", NONE, 422, "invalid_input"),
        ("GET", "/automations?cursor=x", NONE, 400, "invalid_cursor"),
        ("GET", "/runs?cursor=evt_x", NONE, 400, "invalid_cursor"),
        ("GET", "/outbox?cursor=x", NONE, 400, "invalid_cursor"),
        ("GET", "/runs?status=done", NONE, 422, "invalid_input"),
        ("GET", "/events?from=ieri", NONE, 422, "invalid_input"),
        ("GET", "/automations/x", NONE, 404, "not_found"),
        ("GET", "/runs/run_x", NONE, 404, "not_found"),
        ("POST", "/automations", json!({"steps": 1, "zz": 2}), 422, "invalid_input"),
        ("POST", "/automations", NONE, 400, "invalid_json"),
        ("POST", "/automations", json!([]), 422, "invalid_input"),
        ("PATCH", "/automations", NONE, 405, "method_not_allowed"),
        ("GET", "/nothing", NONE, 404, "not_found"),
        ("PATCH", "/sources/src_x/fields", json!({}), 404, "not_found"),
    ] {
        let (got, said) = world.api(method, path, &body);
        assert_eq!((got, &said["code"], &said["status"]), (status, &json!(code), &json!(status)), "{path}: {said}");
        assert_eq!(said["type"], "about:blank");
    }
    let token = format!("Bearer {}", uncino::memory::ADMIN_TOKEN);
    let broken = world.deliver("POST", "/api/v1/automations", &[("authorization", &token)], "{\n \"name\": }");
    let said: Value = serde_json::from_str(&broken.body).unwrap();
    assert_eq!((broken.status, &said["code"]), (400, &json!("invalid_json")));
    assert!(text(&said, "detail").contains("line 2 column 10"), "{said}");
    let other = world.deliver("PUT", "/api/v1/sources/x/fields", &[("authorization", &token)], "");
    assert_eq!((other.status, other.header("allow")), (405, Some("GET, PATCH, DELETE")));
}

#[test]
fn an_event_shows_its_fields_as_they_were_written() {
    let world = World::new();
    let made = automation(&world, json!([]));
    let body = r#"{"cliente":{"nome":"Ada"},"totale":89.90,"ordine":12345678901234567890123,"righe":[{"q":1.0}]}"#;
    let id = send(&world, &made, body);
    let (status, event) = world.api("GET", &format!("/events/{id}"), &NONE);
    assert_eq!(status, 200, "{event}");
    assert_eq!(
        event["fields"].to_string(),
        r#"{"cliente.nome":"Ada","totale":89.90,"ordine":12345678901234567890123,"righe":[{"q":1.0}]}"#
    );
    assert_eq!((text(&event, "body"), text(&event, "encoding")), (body, "text"));
    assert_eq!((&event["test"], &event["not_learned"], &event["runs"]), (&json!(false), &json!([]), &json!([])));
    assert_eq!(event["state"], "queued");
    assert!(text(&event, "received_at").ends_with('Z'));
    world.run_queues();
    let (_, event) = world.api("GET", &format!("/events/{id}"), &NONE);
    assert_eq!((text(&event, "state"), text(&event["runs"][0], "status")), ("succeeded", "succeeded"));
    let (_, listed) = world.api("GET", "/events?q=ada", &NONE);
    assert!(listed["data"][0].get("body").is_none() && text(&listed["data"][0], "id") == id);
    assert_eq!(text(&listed["data"][0]["runs"][0], "status"), "succeeded");
    assert_eq!(world.api("GET", "/events?q=grace", &NONE).1["data"], json!([]));
}

#[test]
fn an_event_that_nobody_listens_to_is_stored_and_not_queued() {
    let world = World::new();
    let made = automation(&world, json!([]));
    assert_eq!(world.api("DELETE", &format!("/automations/{}?keep_source=true", text(&made, "id")), &NONE).0, 204);
    let id = send(&world, &made, r#"{"a":1}"#);
    assert_eq!(text(&world.api("GET", &format!("/events/{id}"), &NONE).1, "state"), "stored");
    assert_eq!(text(&world.api("GET", "/events", &NONE).1["data"][0], "state"), "stored");
}

#[test]
fn fields_are_learned_shown_changed_and_forgotten() {
    let world = World::new();
    let made = automation(&world, json!([]));
    send(&world, &made, r#"{"email":"ada@example.com","note":""}"#);
    world.run_queues();
    let at = format!("/sources/{}/fields", text(&made["source"], "id"));
    let (_, fields) = world.api("GET", &at, &NONE);
    assert_eq!(fields["events"], 1);
    let email = &fields["data"][0];
    assert_eq!((text(email, "path"), text(email, "meaning")), ("email", "email"));
    assert_eq!((&email["kinds"], &email["samples"]), (&json!(["text"]), &json!(["ada@example.com"])));
    assert_eq!((&email["present"], &email["empty"]), (&json!(1), &json!(0)));
    let (status, masked) = world.api("PATCH", &format!("{at}?path=email"), &json!({"masked": true}));
    assert_eq!((status, &masked["masked"], &masked["samples"]), (200, &json!(true), &json!([])));
    assert_eq!(world.api("DELETE", &format!("{at}?path=note"), &NONE).0, 204);
    assert_eq!(world.api("DELETE", &format!("{at}?path=note"), &NONE).0, 404);
    assert_eq!(world.api("DELETE", &at, &NONE).0, 422);
}

#[test]
fn a_run_shows_every_step_whole() {
    let world = World::new();
    let made = automation(
        &world,
        json!([
            {"id": "s1", "action": "save_contact", "params": {"email": "{{ email }}", "name": "{{ nome }}"}},
            {"id": "s2", "action": "wait", "params": {"seconds": 3600}},
        ]),
    );
    let event = send(&world, &made, r#"{"email":"ada@example.com"}"#);
    world.run_queues();
    let (_, runs) = world.api("GET", &format!("/runs?event_id={event}&status=waiting"), &NONE);
    let run = &runs["data"][0];
    assert_eq!(world.api("GET", &format!("/runs/{}", text(run, "id")), &NONE).1, *run);
    assert_eq!((text(run, "status"), text(run, "cause"), &run["error"]), ("waiting", "event", &NONE));
    let (first, second) = (&run["steps"][0], &run["steps"][1]);
    assert_eq!((&first["attempts"], &first["missing"]), (&json!(1), &json!(["nome"])));
    assert_eq!((&first["input"]["email"], &first["error"]), (&json!("ada@example.com"), &NONE));
    assert!(first["output"]["contact_id"].as_str().unwrap().starts_with("cnt_"));
    assert!(text(second, "waits_until").ends_with('Z') && second["finished_at"].is_null());
    let (status, cancelled) = world.api("POST", &format!("/runs/{}/cancel", text(run, "id")), &NONE);
    assert_eq!((status, text(&cancelled, "status")), (200, "cancelled"));
    assert_eq!(world.api("POST", &format!("/runs/{}/cancel", text(run, "id")), &NONE).0, 409);
}

#[test]
fn a_preview_renders_and_does_nothing() {
    let world = World::new();
    let made = automation(
        &world,
        json!([
            {"action": "save_contact", "params": {"email": "{{ email }}", "name": "{{ nome }}"}},
            {"action": "stop", "params": {}, "enabled": false},
        ]),
    );
    let at = format!("/automations/{}/preview", text(&made, "id"));
    let (status, said) = world.api("POST", &at, &json!({"payload": {"email": "ada@example.com"}}));
    assert_eq!(status, 200, "{said}");
    let step = &said["steps"][0];
    assert_eq!((&step["input"]["email"], &step["missing"]), (&json!("ada@example.com"), &json!(["nome"])));
    assert!(step.get("error").is_none() && step["skipped"] == false && said["steps"][1]["skipped"] == true);
    assert_eq!(world.api("GET", "/contacts", &NONE).1["data"], json!([]));
    assert_eq!(world.api("POST", &at, &json!({})).0, 422);
}

#[test]
fn a_previewed_draft_is_rendered_and_not_stored() {
    let world = World::new();
    let made = automation(&world, json!([{"action": "stop", "params": {"reason": "stored"}}]));
    let at = format!("/automations/{}/preview", text(&made, "id"));
    let draft = json!({"payload": {"nome": "Ada"}, "steps": [{"action": "stop", "params": {"reason": "{{ nome }}"}}],
        "condition": {"field": "nome", "op": "equals", "value": "Bea"}});
    let (status, said) = world.api("POST", &at, &draft);
    assert_eq!((status, &said["steps"][0]["input"]["reason"]), (200, &json!("Ada")), "{said}");
    assert_eq!((&said["starts"], &said["steps"][0]["skipped"]), (&json!(false), &json!(false)));
    let (_, kept) = world.api("GET", &format!("/automations/{}", text(&made, "id")), &NONE);
    assert_eq!((&kept["revision"], &kept["steps"][0]["params"]["reason"]), (&json!(1), &json!("stored")));
}

#[test]
fn secrets_go_in_and_never_come_out() {
    let world = World::new();
    let secret = "EAAG-molto-segreto";
    let sent = json!({"kind": "whatsapp", "name": "Negozio", "default": true, "settings": {"phone_number_id": "1234567"},
        "secrets": {"access_token": secret}});
    let (status, made) = world.api("POST", "/connections", &sent);
    assert_eq!((status, &made["secrets"], &made["default"]), (201, &json!(["access_token"]), &json!(true)), "{made}");
    let at = format!("/connections/{}", text(&made, "id"));
    let (_, changed) = world.api("PATCH", &at, &json!({"name": "Bottega", "secrets": {"app_secret": "altro-segreto"}}));
    assert_eq!((text(&changed, "name"), &changed["secrets"]), ("Bottega", &json!(["access_token", "app_secret"])));
    let told = [&made, &changed, &world.api("GET", &at, &NONE).1, &world.api("GET", "/connections", &NONE).1]
        .map(ToString::to_string)
        .concat();
    assert!(!told.contains(secret) && !told.contains("altro-segreto"));
    assert_eq!(world.api("DELETE", &at, &NONE).0, 204);
    assert_eq!(world.api("GET", &at, &NONE).0, 404);
}

#[test]
fn replays_make_new_runs() {
    let world = World::new();
    let made = automation(&world, json!([]));
    let event = send(&world, &made, r#"{"a":1}"#);
    world.run_queues();
    let (status, said) = world.api("POST", &format!("/events/{event}/replay"), &NONE);
    assert_eq!(status, 202, "{said}");
    assert!(said["runs"][0].as_str().unwrap().ends_with('2'));
    let range =
        json!({"source_id": made["source"]["id"], "from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"});
    let (status, replay) = world.api("POST", "/events/replay", &range);
    assert_eq!((status, &replay["total"], text(&replay, "from")), (202, &json!(1), "2000-01-01T00:00:00.000Z"));
    let at = format!("/replays/{}", text(&replay, "id"));
    world.minutes(1);
    assert_eq!(text(&world.api("GET", &at, &NONE).1, "status"), "done");
    assert_eq!(world.api("DELETE", &at, &NONE).0, 204);
}

#[test]
fn contacts_are_edited() {
    let world = World::new();
    let made = automation(&world, json!([{"action": "save_contact", "params": {"email": "{{ email }}"}}]));
    send(&world, &made, r#"{"email":"ada@example.com"}"#);
    world.run_queues();
    let (_, found) = world.api("GET", "/contacts?q=ADA", &NONE);
    let at = format!("/contacts/{}", text(&found["data"][0], "id"));
    let (status, changed) = world.api("PATCH", &at, &json!({"phone": "333 1234567", "tags": ["vip"], "name": null}));
    assert_eq!(
        (status, text(&changed, "phone"), &changed["tags"]),
        (200, "+393331234567", &json!(["vip"])),
        "{changed}"
    );
    assert!(text(&changed, "created_at").ends_with('Z'));
    // An address is the same in capitals, and a phone has one contact.
    send(&world, &made, r#"{"email":"ADA@example.com"}"#);
    send(&world, &made, r#"{"email":"bea@example.com"}"#);
    world.run_queues();
    let (_, all) = world.api("GET", "/contacts", &NONE);
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2), "{all}");
    let bea = format!("/contacts/{}", text(&all["data"][0], "id"));
    let (status, taken) = world.api("PATCH", &bea, &json!({"phone": "+39 333 1234567"}));
    let fault = &taken["errors"][0];
    assert_eq!((status, text(fault, "path"), text(fault, "code")), (422, "phone", "taken"), "{taken}");
    assert_eq!(world.api("DELETE", &at, &NONE).0, 204);
    assert_eq!(world.api("DELETE", &at, &NONE).0, 404);
}

#[test]
fn the_outbox_is_read_in_pages() {
    let world = World::new();
    let (_, mail) = world.api(
        "POST",
        "/connections",
        &json!({"kind": "email", "name": "Prova", "simulated": true, "default": true}),
    );
    assert_eq!(mail["simulated"], true);
    let step = |id: &str| json!({"id": id, "action": "send_email", "params": {"to": "ada@example.com", "subject": "Ciao", "text": "Ciao"}});
    let made = automation(&world, json!([step("a"), step("b")]));
    send(&world, &made, r#"{"a":1}"#);
    world.run_queues();
    let (_, first) = world.api("GET", "/outbox?limit=1", &NONE);
    assert_eq!((text(&first["data"][0], "step_id"), text(&first["data"][0], "channel")), ("b", "email"), "{first}");
    let run = text(&first["data"][0], "run_id");
    let next = text(&first, "next");
    let (_, second) = world.api("GET", &format!("/outbox?limit=1&run_id={run}&cursor={next}"), &NONE);
    assert_eq!((text(&second["data"][0], "step_id"), &second["next"]), ("a", &NONE), "{second}");
}

#[test]
fn actions_and_stats_are_listed() {
    let world = World::new();
    let (_, actions) = world.api("GET", "/actions", &NONE);
    assert_eq!(text(&actions["data"][0], "name"), "save_contact");
    let made = automation(&world, json!([]));
    send(&world, &made, r#"{"a":1}"#);
    world.tick(1_000);
    let (_, stats) = world.api("GET", "/stats", &NONE);
    let last = stats["hours"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["events"], &last["runs"]["succeeded"]), (&json!(1), &json!(1)), "{stats}");
    assert_eq!(world.api("GET", "/stats?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", &NONE).0, 422);
}

#[test]
fn a_search_looks_at_a_thousand_events_a_page_and_says_where_to_go_on() {
    let world = World::new();
    let (_, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": []}));
    let path = made["source"]["url"].as_str().unwrap().strip_prefix("http://localhost:8787").unwrap().to_owned();
    let send = |body: String| {
        world.clock.advance(2);
        assert_eq!(world.deliver("POST", &path, &[], body).status, 202);
    };
    send(json!({"n": "AGO nel pagliaio"}).to_string());
    for _ in 0..10 {
        send(Value::from(vec![json!({"n": "fieno"}); 99]).to_string());
    }
    send(json!({"n": "x".repeat(5_000), "tardi": "ago"}).to_string());
    for at in 0..11 {
        send(json!({ "n": at }).to_string());
    }
    send(json!({"n": "un altro ago"}).to_string());
    let (status, first) = world.api("GET", "/events?q=AGO", &NONE);
    assert_eq!((status, first["data"].as_array().unwrap().len()), (200, 1), "{first}");
    let next = first["next"].as_str().expect("there are older events").to_owned();
    let (_, second) = world.api("GET", &format!("/events?q=ago&cursor={next}"), &NONE);
    assert_eq!((second["data"].as_array().unwrap().len(), &second["next"]), (1, &NONE), "{second}");
    let (_, paged) = world.api("GET", "/events?q=fieno&limit=1", &NONE);
    assert_eq!((paged["data"].as_array().unwrap().len(), &paged["next"]), (1, &paged["data"][0]["id"]));
    let source = made["source"]["id"].as_str().unwrap();
    let (_, found) = world.api("GET", &format!("/events?q=altro&source_id={source}"), &NONE);
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

#[test]
fn an_error_without_context_is_logged_with_what_it_says() {
    let world = World::with(&[("ADMIN_TOKEN", "")]);
    assert_eq!(world.api("GET", "/runs", &NONE).0, 503);
    let lines = world.log.lines();
    assert!(world.log.mentions("answered 503 no_admin_token: `ADMIN_TOKEN`"), "{lines:?}");
}

#[test]
fn a_list_of_events_shows_of_each_what_arrived_in_half_a_line() {
    let world = World::new();
    let made = automation(&world, json!([]));
    let long = format!(r#"{{"nome":"Ada","a":"{}"}}"#, "x".repeat(8_000));
    for body in [r#"{"nome":"Ada","ok":true,"prezzo":89.90,"righe":[1]}"#, r#"{"ok":true}"#, long.as_str()] {
        world.clock.advance(2);
        send(&world, &made, body);
    }
    world.db.take_calls();
    let (_, list) = world.api("GET", "/events", &NONE);
    assert_eq!(world.db.take_calls().0, 2, "two round trips, however many there are");
    let glimpses: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|row| &row["glimpse"]).collect();
    assert_eq!(glimpses, [&NONE, &NONE, &json!("Ada · 89.90")]);
    let (_, event) = world.api("GET", &format!("/events/{}", text(&list["data"][0], "id")), &NONE);
    assert_eq!(event["glimpse"], format!("Ada · {}", "x".repeat(60)), "of one event also when it is long");
    let at = format!("/sources/{}", text(&made["source"], "id"));
    assert_eq!(world.api("PATCH", &at, &json!({"keep_body": false})).0, 200);
    send(&world, &made, r#"{"nome":"Bea"}"#);
    world.minutes(8);
    assert_eq!(world.api("GET", "/events?limit=1", &NONE).1["data"][0]["glimpse"], NONE, "nothing of it is kept");
}
