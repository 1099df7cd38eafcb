//! Limits: rates, a source's day, what may be sent, refusals that cost no storage, a database that fills.
//!
//! That the platform's own counters count is seen in `tests/worker/limits.test.mjs`.

use serde_json::{Value, json};
use uncino::app::ports::{Clock, Level};
use uncino::http::message::Response;
use uncino::memory::{When, World, answer};

const WHATSAPP: &str = "https://wa.example/";

/// A source with an automation without steps: its id, and the path of its URL.
fn source(world: &World) -> (String, String) {
    automation(world, json!([]))
}

fn automation(world: &World, steps: Value) -> (String, String) {
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": steps}));
    assert_eq!(status, 201, "{made}");
    world.clock.advance(2);
    let url = made["source"]["url"].as_str().unwrap();
    (made["source"]["id"].as_str().unwrap().to_owned(), url[url.find("/in/").unwrap()..].to_owned())
}

fn deliver(world: &World, path: &str, address: &str) -> Response {
    world.clock.advance(2);
    world.deliver("POST", path, &[("content-type", "application/json"), ("cf-connecting-ip", address)], r#"{"a":1}"#)
}

fn code(response: &Response) -> String {
    let body: Value = serde_json::from_str(&response.body).unwrap();
    body["code"].as_str().unwrap_or_default().to_owned()
}

fn refusals(world: &World, source: &str) -> Value {
    let (status, said) = world.api("GET", &format!("/sources/{source}/refusals?limit=200"), &Value::Null);
    assert_eq!(status, 200, "{said}");
    said
}

#[test]
fn rates_count_by_source_and_by_its_address_and_end_with_their_minute() {
    let world = World::new();
    let (_, one) = source(&world);
    let (_, other) = source(&world);
    world.rates.per_address.set(Some(2));
    world.rates.per_source.set(Some(3));
    let statuses: Vec<u16> = (0..3).map(|_| deliver(&world, &one, "192.0.2.1").status).collect();
    assert_eq!(statuses, [202, 202, 429]);
    let refused = deliver(&world, &one, "192.0.2.1");
    assert_eq!((code(&refused), refused.header("retry-after")), ("rate_limited".to_owned(), Some("60")));
    assert_eq!(deliver(&world, &one, "192.0.2.2").status, 202, "what was refused did not count for the source");
    assert_eq!(deliver(&world, &one, "192.0.2.3").status, 429, "the source's own rate is used up");
    assert_eq!(deliver(&world, &other, "192.0.2.1").status, 202);
    world.clock.advance(60_000);
    assert_eq!(deliver(&world, &one, "192.0.2.1").status, 202);
}

#[test]
fn challenges_count_as_deliveries_do_and_are_listed_when_they_are_refused() {
    let world = World::new();
    let (id, path) = source(&world);
    let set = json!({"challenge": {"query": "sfida", "verify_token": "il mio gettone"}});
    assert_eq!(world.api("PATCH", &format!("/sources/{id}"), &set).0, 200);
    world.rates.per_address.set(Some(3));
    let ask = |method: &str, query: &str, address: &str, body: &str| {
        world.clock.advance(2);
        let headers = [("content-type", "application/json"), ("cf-connecting-ip", address)];
        world.deliver(method, &format!("{path}?{query}"), &headers, body).status
    };
    // Whatever it is that a GET asks: answered, refused, or no challenge at all.
    let meta = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=";
    let first = [
        ask("GET", "sfida=abc", "192.0.2.1", ""),
        ask("GET", &format!("{meta}altro"), "192.0.2.1", ""),
        ask("GET", "niente=1", "192.0.2.1", ""),
    ];
    assert_eq!(first, [200, 403, 405]);
    assert_eq!(ask("GET", "sfida=abc", "192.0.2.1", ""), 429);
    assert_eq!(ask("GET", &format!("{meta}altro"), "192.0.2.1", ""), 429);
    assert_eq!(ask("GET", "niente=1", "192.0.2.1", ""), 429);
    assert_eq!(deliver(&world, &path, "192.0.2.1").status, 429, "what was asked is not to be had beside what is sent");
    // Those that come as deliveries count once: what is answered here, and what is an event after all.
    let slack = r#"{"type":"url_verification","challenge":"abc"}"#;
    let posted: Vec<u16> = (0..4).map(|_| ask("POST", "", "192.0.2.2", slack)).collect();
    assert_eq!(posted, [200, 200, 200, 429]);
    let event = r#"{"type":"url_verification","challenge":"abc","nome":"Ada"}"#;
    let posted: Vec<u16> = (0..4).map(|_| ask("POST", "", "192.0.2.3", event)).collect();
    assert_eq!(posted, [202, 202, 202, 429]);
    let listed = refusals(&world, &id);
    let codes = |code: &str| listed["data"].as_array().unwrap().iter().filter(|one| one["code"] == code).count();
    assert_eq!((codes("wrong_verify_token"), codes("rate_limited")), (1, 6), "{listed}");
    assert!(!listed.to_string().contains("abc") && !listed.to_string().contains("gettone"), "{listed}");
}

#[test]
fn guessing_many_addresses_costs_the_database_a_bounded_number_of_looks() {
    let world = World::new();
    world.db.take_calls();
    let guess = |n: usize| world.deliver("POST", &format!("/in/{n:032}"), &[], "{}").status;
    let statuses: Vec<u16> = (0..300).map(guess).collect();
    assert!(statuses[..200].iter().all(|status| *status == 404), "{statuses:?}");
    assert!(statuses[200..].iter().all(|status| *status == 429), "{statuses:?}");
    assert_eq!(world.db.take_calls().0, 200);
    world.clock.advance(10_001);
    assert_eq!(guess(999), 404);
}

#[test]
fn a_replay_of_many_events_puts_a_bounded_number_into_the_queue_each_minute() {
    let world = World::new();
    let (id, path) = source(&world);
    let hundred = Value::Array((0..100).map(|n| json!({ "n": n })).collect()).to_string();
    for _ in 0..3 {
        world.clock.advance(2);
        assert_eq!(world.deliver("POST", &path, &[("content-type", "application/json")], &hundred).status, 202);
    }
    world.run_queues();
    let range = json!({"source_id": id, "from": "2025-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"});
    assert_eq!(world.api("POST", "/events/replay", &range).0, 202);
    let replayed = || world.db.query("SELECT count(*) FROM runs WHERE cause = 'replay'").remove(0);
    assert_eq!(replayed(), "100");
    world.minutes(1);
    assert_eq!(replayed(), "200");
    world.minutes(3);
    assert_eq!(replayed(), "300");
}

#[test]
fn nobody_tries_out_verify_tokens_of_a_connection_without_being_counted() {
    let world = World::new();
    let connection = json!({"kind": "whatsapp", "name": "W", "simulated": false, "settings": {"phone_number_id": "1"},
        "secrets": {"access_token": "EAAB", "verify_token": "il-mio-gettone"}});
    let (status, made) = world.api("POST", "/connections", &connection);
    assert_eq!(status, 201, "{made}");
    let path =
        format!("/in/whatsapp/{}?hub.mode=subscribe&hub.challenge=7&hub.verify_token=", made["id"].as_str().unwrap());
    world.rates.per_address.set(Some(2));
    let ask =
        |token: &str| world.deliver("GET", &format!("{path}{token}"), &[("cf-connecting-ip", "192.0.2.1")], "").status;
    assert_eq!([ask("uno"), ask("due"), ask("tre"), ask("il-mio-gettone")], [403, 403, 429, 429]);
    world.clock.advance(60_000);
    assert_eq!(ask("il-mio-gettone"), 200);
}

#[test]
fn a_counter_that_does_not_answer_costs_no_delivery_and_is_named_once() {
    let world = World::new();
    let (_, path) = source(&world);
    world.rates.per_source.set(Some(0));
    world.rates.missing.set(true);
    assert!((0..3).all(|_| deliver(&world, &path, "192.0.2.1").status == 202));
    let said = world.log.lines().into_iter().filter(|(level, line)| {
        *level == Level::Warn && line.contains("rates are not counted") && !line.contains("192.0.2")
    });
    assert_eq!(said.count(), 1);
    // Nor does one that hangs: the sender is answered in time.
    world.rates.missing.set(false);
    world.rates.latency_ms.set(20_000);
    let begun = world.clock.now();
    assert_eq!(deliver(&world, &path, "192.0.2.1").status, 202);
    assert!(world.clock.now().since(begun) < 1_000);
}

#[test]
fn a_developers_machine_counts_no_rates_unless_it_asks() {
    for (limits, status) in [(None, 202), (Some("on"), 429)] {
        let world = World::with(&[("UNCINO_DEV", "1"), ("UNCINO_LIMITS", limits.unwrap_or("off"))]);
        let (_, path) = source(&world);
        world.rates.per_source.set(Some(0));
        assert_eq!(deliver(&world, &path, "192.0.2.1").status, status);
    }
}

#[test]
fn a_warm_delivery_costs_one_call_and_nothing_behind_it() {
    let world = World::new();
    let (_, path) = source(&world);
    deliver(&world, &path, "192.0.2.1");
    world.run_queues();
    world.db.take_calls();
    for _ in 0..20 {
        assert_eq!(deliver(&world, &path, "192.0.2.1").status, 202);
    }
    assert_eq!(world.db.take_calls(), (20, 20), "one write a delivery, and no read of any limit");
}

#[test]
fn a_day_holds_in_every_isolate_and_the_next_begins_anew() {
    let world = World::new();
    let (id, path) = source(&world);
    world.api("PATCH", &format!("/sources/{id}"), &json!({"limits": {"events_per_day": 4}}));
    let send = || deliver(&world, &path, "192.0.2.1").status;
    assert_eq!([send(), send(), send()], [202, 202, 202]);
    world.run_queues();
    // Another isolate reads the count behind its first answer.
    world.forget();
    assert_eq!([send(), send()], [202, 429]);
    world.run_queues();
    // A third one takes one too many, which is the bound.
    world.forget();
    assert_eq!([send(), send()], [202, 429]);
    world.run_queues();
    assert_eq!(world.db.query("SELECT events, day_events, day_bytes FROM tallies"), ["5|5|35"]);
    world.clock.advance(8 * 3_600_000);
    assert_eq!(send(), 202, "midnight has passed");
    world.run_queues();
    assert_eq!(world.db.query("SELECT events, day_events, day_bytes FROM tallies"), ["6|1|7"]);
}

#[test]
fn a_raised_limit_acts_at_once_in_an_isolate_that_remembers_the_old_one() {
    let world = World::new();
    let (id, path) = source(&world);
    let patch =
        |limits: Value| assert_eq!(world.api("PATCH", &format!("/sources/{id}"), &json!({"limits": limits})).0, 200);
    patch(json!({"events_per_day": 1}));
    assert_eq!(deliver(&world, &path, "192.0.2.1").status, 202);
    assert_eq!(deliver(&world, &path, "192.0.2.1").status, 429);
    // As another isolate would have it: only D1 knows.
    world.clock.advance(1_500);
    let changed = r#"'{"limits":{"events_per_day":2}}'"#;
    world.db.query(&format!(
        "UPDATE sources SET revision = revision + 1, settings = json_patch(settings, {changed}) RETURNING id"
    ));
    assert_eq!(deliver(&world, &path, "192.0.2.1").status, 202);
    assert_eq!(deliver(&world, &path, "192.0.2.1").status, 429);
}

#[test]
fn a_flood_of_refusals_costs_a_few_rows_and_hides_nothing_else() {
    let world = World::new();
    let (id, path) = source(&world);
    deliver(&world, &path, "192.0.2.1");
    world.run_queues();
    world.rates.per_address.set(Some(0));
    world.db.take_calls();
    for round in 0..20 {
        for _ in 0..250 {
            assert_eq!(deliver(&world, &path, "192.0.2.1").status, 429);
        }
        if round == 10 {
            let broken = world.deliver("POST", &path, &[("content-type", "application/json")], "{");
            assert_eq!(broken.status, 400);
        }
    }
    let (_, writes) = world.db.take_calls();
    assert!(writes <= 10, "{writes} writes for 5,001 refusals within seconds");
    let said = refusals(&world, &id);
    let codes: Vec<&str> = said["data"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert!(codes.len() <= 33 && codes.contains(&"invalid_json"), "{codes:?}");
    assert_eq!(said["hours"][0]["counts"], json!({"invalid_json": 1, "rate_limited": 5_000}));
    // A flood that goes on: one write a minute, and never more than fifty are kept.
    for _ in 0..40 {
        world.clock.advance(60_000);
        for _ in 0..20 {
            deliver(&world, &path, "192.0.2.1");
        }
    }
    let (_, writes) = world.db.take_calls();
    assert!(writes <= 42, "{writes} writes in forty minutes");
    assert_eq!(world.db.query("SELECT count(*) FROM refusals"), ["50"]);
}

#[test]
fn a_refusal_keeps_a_body_only_when_it_could_not_be_read() {
    let world = World::new();
    let (id, path) = source(&world);
    let json = [("content-type", "application/json")];
    let long = format!("{{\"nome\": \"{}", "è".repeat(400));
    world.deliver("POST", &path, &json, &long);
    world.deliver("POST", &path, &json, "x".repeat(1_048_577));
    world.deliver("POST", &path, &[], "");
    world.api("PATCH", &format!("/sources/{id}"), &json!({"allowed_origins": ["https://a.example"]}));
    world.deliver("POST", &path, &[("origin", "https://b.example")], "{\"segreto\":1}");
    world.api("PATCH", &format!("/sources/{id}"), &json!({"keep_body": false, "allowed_origins": null}));
    world.deliver("POST", &path, &json, "{\"segreto\":1");
    let said = refusals(&world, &id);
    let found: Vec<(&str, bool)> = said["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["code"].as_str().unwrap(), one["body"].is_null()))
        .collect();
    let mut found = found;
    found.sort_unstable();
    let expected = [
        ("empty_body", true),
        ("invalid_json", false),
        ("invalid_json", true),
        ("origin_not_allowed", true),
        ("payload_too_large", true),
    ];
    assert_eq!(found, expected);
    let kept = said["data"].as_array().unwrap().iter().find_map(|one| one["body"].as_str()).unwrap();
    assert_eq!(kept, long.chars().take(200).collect::<String>());
    assert!(!said.to_string().contains("segreto"));
}

#[test]
fn a_body_too_large_is_listed_although_its_source_was_not_looked_up() {
    let world = World::new();
    let (id, path) = source(&world);
    world.forget();
    assert_eq!(world.deliver("POST", &path, &[], "x".repeat(1_048_577)).status, 413);
    assert_eq!(refusals(&world, &id)["data"][0]["code"], "payload_too_large");
}

#[test]
fn refusals_that_could_not_be_written_are_written_later() {
    let world = World::new();
    let (id, path) = source(&world);
    world.db.write_faults.fail(1, When::Before);
    world.deliver("POST", &path, &[("content-type", "application/json")], "{");
    assert_eq!(world.db.query("SELECT count(*) FROM refusals"), ["0"]);
    assert_eq!(deliver(&world, &path, "192.0.2.1").status, 202, "what is accepted brings them along");
    assert_eq!(world.db.query("SELECT count(*) FROM refusals"), ["1"]);
    assert_eq!(refusals(&world, &id)["hours"][0]["counts"], json!({"invalid_json": 1}));
}

#[test]
fn an_unknown_token_costs_one_look_and_leaves_nothing() {
    let world = World::new();
    source(&world);
    world.db.take_calls();
    let unknown = format!("/in/{}", "z".repeat(32));
    for _ in 0..50 {
        assert_eq!(deliver(&world, &unknown, "192.0.2.1").status, 404);
    }
    assert_eq!(world.db.take_calls(), (1, 0));
    // Different ones are bounded too.
    for n in 0..500 {
        let token = format!("{:032}", n).replace(['0', '1', '2'], "k");
        deliver(&world, &format!("/in/{token}x"), "192.0.2.1");
        deliver(&world, &format!("/in/{:k>32}", n), "192.0.2.1");
    }
    let (calls, writes) = world.db.take_calls();
    assert!((1..=1_000).contains(&calls) && writes == 0, "{calls} calls");
    assert_eq!(world.db.query("SELECT (SELECT count(*) FROM refusals) + (SELECT count(*) FROM refusal_counts)"), ["0"]);
}

/// A world in which WhatsApp says yes to everything, with a real connection.
fn sending(settings: &[(&str, &str)]) -> World {
    let mut all = vec![("WHATSAPP_API_URL", "https://wa.example/v1")];
    all.extend_from_slice(settings);
    let world = World::with(&all);
    world.outbound.on(WHATSAPP, [answer(200, &json!({"messages": [{"id": "wamid.1"}]}))]);
    let connection = json!({"kind": "whatsapp", "name": "Negozio", "default": true,
        "settings": {"phone_number_id": "1234567890"}, "secrets": {"access_token": "EAAB-test"}});
    assert_eq!(world.api("POST", "/connections", &connection).0, 201);
    world
}

fn message(to: &str) -> Value {
    json!([{"id": "wa", "action": "send_whatsapp", "params": {"to": to, "text": "Ciao"}}])
}

fn send(world: &World, path: &str, headers: &[(&str, &str)], times: usize) {
    for _ in 0..times {
        world.clock.advance(2);
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        assert_eq!(world.deliver("POST", path, &all, r#"{"telefono":"3331234567"}"#).status, 202);
    }
    world.run_queues();
}

fn statuses(world: &World) -> Vec<String> {
    world.db.query("SELECT status || ' ' || count(*) FROM runs GROUP BY status ORDER BY status")
}

#[test]
fn only_a_recipient_that_the_payload_names_is_limited_by_the_hour() {
    let world = sending(&[("SENDS_PER_RECIPIENT_HOUR", "3")]);
    let (_, path) = automation(&world, message("+39 333 1234567"));
    send(&world, &path, &[], 10);
    assert_eq!(statuses(&world), ["succeeded 10"], "the shop's own number");
    let (_, path) = automation(&world, message("{{ telefono }}"));
    send(&world, &path, &[("x-uncino-test", "1")], 10);
    assert_eq!(statuses(&world), ["succeeded 20"], "tests send nothing");
    send(&world, &path, &[], 5);
    assert_eq!(statuses(&world), ["held 2", "succeeded 23"]);
    assert_eq!(world.outbound.sent().len(), 13);
    let key = world.db.query("SELECT group_concat(key) FROM sends").join("");
    assert!(!key.contains("333"), "{key}");
}

#[test]
fn what_an_automation_sends_beyond_its_day_waits_for_the_next_and_is_sent_once() {
    let world = sending(&[("SENDS_PER_AUTOMATION_DAY", "2")]);
    let (_, path) = automation(&world, message("+39 333 1234567"));
    send(&world, &path, &[], 3);
    assert_eq!(statuses(&world), ["held 1", "succeeded 2"]);
    // Sweeps before the time change nothing, and no message about it goes round.
    world.minutes(5);
    assert_eq!(
        (statuses(&world), world.outbound.sent().len()),
        (vec!["held 1".to_owned(), "succeeded 2".to_owned()], 2)
    );
    world.clock.advance(8 * 3_600_000);
    world.minutes(2);
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["succeeded 3".to_owned()], 3));
    assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE error IS NOT NULL"), ["0"]);
    world.clock.advance(86_400_000);
    world.minutes(1);
    assert_eq!(world.db.query("SELECT count(*) FROM sends"), ["0"], "windows that are over are forgotten");
}

#[test]
fn a_retry_counts_as_one_message() {
    let world = sending(&[("SENDS_PER_AUTOMATION_DAY", "1")]);
    let busy = answer(400, &json!({"error": {"message": "(#130429) Rate limit hit", "code": 130_429}}));
    world.outbound.on(WHATSAPP, [busy.clone(), busy, answer(200, &json!({"messages": [{"id": "wamid.1"}]}))]);
    let (_, path) = automation(&world, message("+39 333 1234567"));
    send(&world, &path, &[], 1);
    world.tick(60_000);
    assert_eq!(statuses(&world), ["succeeded 1"]);
    assert_eq!(world.db.query("SELECT count FROM sends"), ["1"]);
}

#[test]
fn a_message_that_is_refused_before_its_call_counts_when_it_is_sent() {
    let world = sending(&[("SENDS_PER_AUTOMATION_DAY", "1")]);
    let id = world.db.query("SELECT id FROM connections").join("");
    let at = format!("/connections/{id}");
    assert_eq!(world.api("PATCH", &at, &json!({ "default": false })).0, 200);
    let (_, path) = automation(&world, message("+39 333 1234567"));
    send(&world, &path, &[], 1);
    let (_, runs) = world.api("GET", "/runs", &Value::Null);
    let (run, step) = (&runs["data"][0], &runs["data"][0]["steps"][0]);
    assert_eq!((&step["error"]["code"], &step["attempts"]), (&json!("no_connection"), &json!(0)));
    assert_eq!(world.db.query("SELECT count(*) FROM sends"), ["0"]);
    assert_eq!(world.api("PATCH", &at, &json!({ "default": true })).0, 200);
    world.api("POST", &format!("/runs/{}/resume", run["id"].as_str().unwrap()), &Value::Null);
    world.run_queues();
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["succeeded 1".to_owned()], 1));
    assert_eq!(world.db.query("SELECT count FROM sends"), ["1"]);
}

#[test]
fn held_by_a_limit_and_by_a_disabled_automation_a_run_waits_for_both() {
    let world = sending(&[("SENDS_PER_RECIPIENT_HOUR", "1")]);
    let (_, path) = automation(&world, message("{{ telefono }}"));
    send(&world, &path, &[], 2);
    assert_eq!(statuses(&world), ["held 1", "succeeded 1"]);
    let id = world.db.query("SELECT id FROM automations").join("");
    world.api("POST", &format!("/automations/{id}/disable"), &Value::Null);
    let open = "SELECT open FROM runs WHERE status = 'held'";
    let before = world.db.query(open);
    world.clock.advance(3_600_000);
    world.minutes(3);
    assert_eq!(statuses(&world), ["held 1", "succeeded 1"]);
    assert_eq!(world.db.query(open), before, "nobody is sent for what nobody may take");
    let (_, stats) = world.api("GET", "/stats", &Value::Null);
    assert_eq!(stats["oldest_due"], Value::Null, "what is held on purpose is not late");
    world.api("POST", &format!("/automations/{id}/enable"), &json!({"held": "release"}));
    world.run_queues();
    assert_eq!(statuses(&world), ["succeeded 2"]);
}

#[test]
fn a_held_message_can_be_cancelled_and_a_run_held_for_another_reason_not_resumed() {
    let world = sending(&[("SENDS_PER_RECIPIENT_HOUR", "1")]);
    let (_, path) = automation(&world, message("{{ telefono }}"));
    send(&world, &path, &[], 2);
    let (_, runs) = world.api("GET", "/runs?status=held", &Value::Null);
    let held = runs["data"][0]["id"].as_str().unwrap();
    assert_eq!(world.api("POST", &format!("/runs/{held}/cancel"), &Value::Null).0, 200);
    world.clock.advance(3_600_000);
    world.minutes(2);
    assert_eq!(world.outbound.sent().len(), 1);
    let id = world.db.query("SELECT id FROM automations").join("");
    world.api("POST", &format!("/automations/{id}/disable"), &Value::Null);
    send(&world, &path, &[], 1);
    let (_, runs) = world.api("GET", "/runs?status=held", &Value::Null);
    let held = runs["data"][0]["id"].as_str().unwrap();
    let (status, said) = world.api("POST", &format!("/runs/{held}/resume"), &Value::Null);
    assert_eq!((status, &said["code"]), (409, &json!("not_resumable")));
}

#[test]
fn a_second_click_on_replay_makes_no_run_and_a_later_or_newer_one_does() {
    let world = World::new();
    let (_, path) = automation(&world, json!([{"id": "s", "action": "stop", "params": {}}]));
    deliver(&world, &path, "192.0.2.1");
    world.run_queues();
    let event = world.db.query("SELECT id FROM events").join("");
    let replay = || world.api("POST", &format!("/events/{event}/replay"), &Value::Null);
    let first = replay();
    assert_eq!(first.0, 202);
    assert_eq!(replay(), first);
    world.run_queues();
    assert_eq!(replay(), first, "also when the first is over");
    let automation = world.db.query("SELECT id FROM automations").join("");
    let steps = json!({"name": "B", "steps": [{"id": "s", "action": "stop", "params": {"reason": "x"}}]});
    assert_eq!(world.api("PUT", &format!("/automations/{automation}"), &steps).0, 200);
    let second = replay();
    assert!(second.0 == 202 && second != first, "what was mended in between is run: {second:?}");
    world.clock.advance(10_001);
    assert!(replay() != second);
    world.run_queues();
    assert_eq!(world.db.query("SELECT count(*) FROM runs"), ["4"]);
}

#[test]
fn a_database_that_fills_keeps_less_of_the_past_and_says_so() {
    let world = World::with(&[("DATABASE_LIMIT_MB", "100"), ("RETENTION_DAYS", "10")]);
    let (_, path) = source(&world);
    deliver(&world, &path, "192.0.2.1");
    world.run_queues();
    world.clock.advance(9 * 86_400_000);
    deliver(&world, &path, "192.0.2.1");
    world.run_queues();
    let codes = || {
        let (_, stats) = world.api("GET", "/stats", &Value::Null);
        stats["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    world.db.set_size(85_000_000);
    world.sweep();
    assert_eq!(codes(), ["database_filling"]);
    assert_eq!(world.db.query("SELECT count(*) FROM events"), ["2"]);
    world.db.set_size(95_000_000);
    world.sweep();
    assert_eq!(codes(), ["database_filling"], "it looks every ten minutes");
    world.clock.advance(600_000);
    world.sweep();
    assert_eq!(codes(), ["database_filling", "retention_shortened"]);
    assert_eq!(world.db.query("SELECT count(*) FROM events"), ["1"], "an event of nine days is past seven");
    world.db.set_size(10_000_000);
    for _ in 0..3 {
        world.clock.advance(600_000);
        world.sweep();
    }
    assert_eq!(codes(), Vec::<String>::new(), "a day more at each look, up to what was set");
}

#[test]
fn refusals_go_with_retention() {
    let world = World::with(&[("RETENTION_DAYS", "1")]);
    let (id, path) = source(&world);
    world.deliver("POST", &path, &[("content-type", "application/json")], "{");
    assert_eq!(refusals(&world, &id)["data"].as_array().unwrap().len(), 1);
    world.clock.advance(2 * 86_400_000);
    world.sweep();
    assert_eq!(world.db.query("SELECT (SELECT count(*) FROM refusals) + (SELECT count(*) FROM refusal_counts)"), ["0"]);
}
