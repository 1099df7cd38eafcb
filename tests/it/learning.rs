//! Learning under what isolates and KV do to it: two that learn at once, a stale document, the limit of paths.

use serde_json::{Value, json};
use uncino::domain::field::{Tally, sightings};
use uncino::domain::ids::SourceId;
use uncino::domain::time::Timestamp;
use uncino::memory::{Delivery, World};
use uncino::store::limits::Received;
use uncino::store::{Statement, tallies};

fn source(world: &World) -> (String, String, String) {
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Impara", "steps": []}));
    assert_eq!(status, 201);
    let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    (text("/source/id"), format!("/in/{}", text("/source/token")), format!("source:{}", text("/source/token")))
}

fn deliver(world: &World, path: &str, body: &Value) {
    world.clock.advance(2_000);
    let response = world.deliver("POST", path, &[("content-type", "application/json")], body.to_string());
    assert_eq!(response.status, 202, "{}", response.body);
}

fn paths(world: &World, source: &str) -> Vec<String> {
    let (status, fields) = world.api("GET", &format!("/sources/{source}/fields"), &Value::Null);
    assert_eq!(status, 200);
    fields["data"].as_array().unwrap().iter().map(|field| field["path"].as_str().unwrap().to_owned()).collect()
}

fn published(world: &World, key: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(&world.kv.stored(key).unwrap()).unwrap();
    document["fields"].as_array().unwrap().iter().map(|field| field["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_same_shape_twice_writes_kv_once() {
    let world = World::new();
    let (_, path, _) = source(&world);
    world.kv.take_counts();
    deliver(&world, &path, &json!({"nome": "Ada"}));
    assert_eq!(world.kv.take_counts().1, 1);
    deliver(&world, &path, &json!({"nome": "Bea"}));
    world.forget();
    deliver(&world, &path, &json!({"nome": "Carla"}));
    world.minutes(5);
    assert_eq!(world.kv.take_counts().1, 0);
}

#[test]
fn two_isolates_that_learn_at_once_both_keep_theirs() {
    let world = World::new();
    let (id, path, key) = source(&world);
    deliver(&world, &path, &json!({"nome": "Ada"}));
    let old = world.kv.stored(&key).unwrap();
    // An isolate that has seen neither of the two new fields.
    let stale = world.app();
    deliver(&world, &path, &json!({"nome": "Ada", "telefono": "333 1234567"}));
    drop(stale);
    world.forget();
    world.kv.overwrite(&key, &old);
    deliver(&world, &path, &json!({"nome": "Ada", "citta": "Roma"}));
    assert_eq!(paths(&world, &id), ["nome", "telefono", "citta"]);
    assert_eq!(published(&world, &key), ["nome", "telefono", "citta"]);
}

#[test]
fn a_document_that_an_older_write_left_behind_is_put_right_by_the_sweep() {
    let world = World::new();
    let (_, path, key) = source(&world);
    deliver(&world, &path, &json!({"nome": "Ada"}));
    let old = world.kv.stored(&key).unwrap();
    deliver(&world, &path, &json!({"nome": "Ada", "telefono": "333 1234567"}));
    world.kv.overwrite(&key, &old);
    world.minutes(3);
    assert_eq!(published(&world, &key), ["nome", "telefono"]);
}

#[test]
fn a_document_that_could_not_be_written_is_written_by_the_sweep() {
    let world = World::new();
    let (_, path, key) = source(&world);
    world.faults.set(uncino::app::faults::Faults { kv: true, ..Default::default() });
    deliver(&world, &path, &json!({"nome": "Ada"}));
    assert!(published(&world, &key).is_empty());
    world.faults.set(Default::default());
    world.minutes(3);
    assert_eq!(published(&world, &key), ["nome"]);
}

#[test]
fn a_sender_that_makes_up_keys_fills_500_paths_and_no_more() {
    let world = World::new();
    let (id, path, _) = source(&world);
    for batch in 0..6 {
        let body: serde_json::Map<String, Value> =
            (0..100).map(|n| (format!("k{batch}_{n}"), Value::from(n))).collect();
        deliver(&world, &path, &Value::Object(body));
        world.run_queues();
    }
    assert_eq!(paths(&world, &id).len(), 500);
    let (_, events) = world.api("GET", "/events?limit=1", &Value::Null);
    let newest = events["data"][0]["id"].as_str().unwrap();
    let (_, event) = world.api("GET", &format!("/events/{newest}"), &Value::Null);
    assert_eq!(
        event["not_learned"].as_array().unwrap().len(),
        100,
        "the event is stored whole and says what was not learned"
    );
    assert_eq!(event["fields"].as_object().unwrap().len(), 100);
}

#[test]
fn what_only_tests_have_sent_takes_no_place_away() {
    let world = World::new();
    let (id, path, _) = source(&world);
    for batch in 0..6 {
        let body: serde_json::Map<String, Value> =
            (0..100).map(|n| (format!("t{batch}_{n}"), Value::from(n))).collect();
        let headers = [("content-type", "application/json"), ("x-uncino-test", "1")];
        assert_eq!(world.deliver("POST", &path, &headers, Value::Object(body).to_string()).status, 202);
    }
    deliver(&world, &path, &json!({"nome": "Ada"}));
    assert!(paths(&world, &id).contains(&"nome".to_owned()));
}

#[test]
fn a_repeated_delivery_of_a_new_shape_raises_no_revision() {
    let world = World::new();
    let (_, path, key) = source(&world);
    let headers = [("content-type", "application/json"), ("webhook-id", "1")];
    world.deliver("POST", &path, &headers, r#"{"nome":"Ada"}"#);
    world.minutes(3);
    world.kv.take_counts();
    for _ in 0..3 {
        world.forget();
        world.clock.advance(2_000);
        let repeated = world.deliver("POST", &path, &headers, r#"{"nome":"Ada","altro":1}"#);
        assert_eq!(repeated.status, 200);
    }
    world.minutes(3);
    assert_eq!(world.kv.take_counts().1, 0);
    assert_eq!(published(&world, &key), ["nome"]);
}

/// What the consumer adds for a batch of events.
fn batch(source: &SourceId, revision: u32, tally: &Tally) -> Vec<Statement> {
    let mut received = Received::default();
    received.note(Timestamp::from_millis(1_764_000_000_000), 10);
    vec![tallies::append(source, revision, tally, &received), tallies::sum_up(source)]
}

/// Adds a batch of events as the consumer does.
pub fn add(world: &World, source: &SourceId, revision: u32, tally: &Tally) {
    uncino::memory::block_on(world.app().ports.db.batch(batch(source, revision, tally))).unwrap();
}

/// The one field of a world that has learned `a`, after batches of events of which each is added by its own statement.
fn after(batches: &[&[(&str, i64, bool)]], before_last: impl Fn(&World, &str)) -> Value {
    let world = World::new();
    let (id, path, _) = source(&world);
    world.hands_off.set(false);
    let (first, test) = (batches[0][0].0, batches[0][0].2);
    let headers = [("content-type", "application/json"), ("x-uncino-test", if test { "1" } else { "0" })];
    assert_eq!(world.deliver("POST", &path, &headers, first).status, 202);
    let source = SourceId::parse(&id).unwrap();
    for (index, batch) in batches.iter().enumerate() {
        if index + 1 == batches.len() {
            before_last(&world, &id);
        }
        let mut tally = Tally::default();
        for (json, seconds, test) in *batch {
            let seen = sightings(&serde_json::from_str(json).unwrap());
            tally.note(&seen, world.app().ports.clock.now().plus_ms(seconds * 1_000), *test);
        }
        add(&world, &source, 1, &tally);
    }
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    fields["data"][0].clone()
}

#[test]
fn samples_are_the_newest_distinct_three_whichever_batch_comes_last() {
    let field = after(&[&[(r#"{"a":9}"#, 9, false)], &[(r#"{"a":8}"#, 8, false)]], |_, _| ());
    assert_eq!(field["samples"], json!(["9", "8"]));
    let field = after(&[&[(r#"{"a":8}"#, 8, false)], &[(r#"{"a":9}"#, 9, false)]], |_, _| ());
    assert_eq!(field["samples"], json!(["9", "8"]));
}

#[test]
fn a_masked_field_learns_no_samples() {
    let mask = |world: &World, id: &str| {
        assert_eq!(world.api("PATCH", &format!("/sources/{id}/fields?path=a"), &json!({"masked": true})).0, 200);
    };
    let field = after(&[&[(r#"{"a":1}"#, 1, false)], &[(r#"{"a":2}"#, 2, false)]], mask);
    assert_eq!((&field["samples"], &field["present"]), (&json!([]), &json!(2)));
}

#[test]
fn a_field_is_test_only_until_a_real_event_has_it() {
    let tests: &[(&str, i64, bool)] = &[(r#"{"a":1}"#, 1, true)];
    assert_eq!(after(&[tests], |_, _| ())["test_only"], true);
    let real: &[(&str, i64, bool)] = &[(r#"{"a":1}"#, 2, true), (r#"{"a":1}"#, 3, false)];
    assert_eq!(after(&[tests, real], |_, _| ())["test_only"], false);
}

#[test]
fn one_odd_value_does_not_change_a_meaning() {
    let odd: &[(&str, i64, bool)] = &[(r#"{"telefono":"non so"}"#, 1, false)];
    let good: &[(&str, i64, bool)] =
        &[(r#"{"telefono":"333 1234567"}"#, 2, false), (r#"{"telefono":"02 1234567"}"#, 3, false)];
    assert_eq!(after(&[odd], |_, _| ())["meaning"], Value::Null);
    assert_eq!(after(&[odd, good], |_, _| ())["meaning"], "phone");
    assert_eq!(after(&[odd, good, &[(r#"{"telefono":"boh"}"#, 4, false)]], |_, _| ())["meaning"], "phone");
}

#[test]
fn the_operator_has_the_last_word_about_a_meaning() {
    let none = |world: &World, id: &str| {
        assert_eq!(world.api("PATCH", &format!("/sources/{id}/fields?path=a"), &json!({"meaning": null})).0, 200);
    };
    let more: &[(&str, i64, bool)] = &[(r#"{"a":"y@example.com"}"#, 2, false), (r#"{"a":"z@example.com"}"#, 3, false)];
    assert_eq!(after(&[&[(r#"{"a":"x@example.com"}"#, 1, false)], more], none)["meaning"], Value::Null);
}

/// Rows that were written since the database was opened, indexes apart.
fn written(world: &World) -> usize {
    world.db.query("SELECT total_changes()")[0].parse().unwrap()
}

/// Rows written by one event that comes alone, on average of many.
fn rows_of_an_event(world: &World, path: &str, body: impl Fn(usize) -> Value) -> f64 {
    const EVENTS: u32 = 48;
    deliver(world, path, &body(0));
    world.run_queues();
    let before = written(world);
    for n in 1..=EVENTS {
        deliver(world, path, &body(n as usize));
        world.run_queues();
    }
    f64::from(u32::try_from(written(world) - before).unwrap()) / f64::from(EVENTS)
}

#[test]
fn an_event_writes_one_row_for_all_of_its_fields() {
    let world = World::new();
    let (id, path, _) = source(&world);
    let automations = world.api("GET", "/automations", &Value::Null).1;
    let automation = automations["data"][0]["id"].as_str().unwrap();
    assert_eq!(world.api("DELETE", &format!("/automations/{automation}?keep_source=true"), &Value::Null).0, 204);
    let flat = |n: usize| json!({"nome": "Ada", "n": n, "email": format!("a{n}@b.it"), "a": null, "b": "", "c": [1]});
    let rows = rows_of_an_event(&world, &path, flat);
    assert!((2.0..2.1).contains(&rows), "the event, and what it taught: {rows}");
    let wide = |n: usize| Value::Object((0..60).map(|k| (format!("campo_{k}"), json!(format!("{n}-{k}")))).collect());
    let rows = rows_of_an_event(&world, &path, wide);
    assert!((2.0..2.1).contains(&rows), "also when it has many fields: {rows}");
    let batches: usize = world.db.query("SELECT batches FROM tallies")[0].parse().unwrap();
    assert!(batches < 16, "what is gathered was summed up: {batches}");
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    assert_eq!((&fields["data"][0]["present"], &fields["events"]), (&json!(49), &json!(98)));
    assert_eq!(fields["data"][6]["samples"], json!(["48-0", "47-0", "46-0"]));
}

#[test]
fn an_event_with_an_action_of_our_own_writes_four_rows_at_most() {
    let world = World::new();
    let steps = json!([{"action": "stop", "params": {"reason": "fine"}}]);
    let (_, made) = world.api("POST", "/automations", &json!({"name": "Ferma", "steps": steps}));
    let path = format!("/in/{}", made["source"]["token"].as_str().unwrap());
    let rows = rows_of_an_event(&world, &path, |n| json!({"nome": "Ada", "n": n}));
    assert!(rows <= 4.0, "{rows}");
}

/// What people see of the fields of a source that learned from the same batches, the look taken after some of them.
fn seen_after(batches: &[(&str, i64, bool)], looks_after: impl Fn(usize) -> bool) -> Value {
    let world = World::new();
    let (id, path, _) = source(&world);
    world.hands_off.set(false);
    world.deliver("POST", &path, &[("content-type", "application/json"), ("x-uncino-test", "1")], batches[0].0);
    let look = || world.api("GET", &format!("/sources/{id}/fields"), &Value::Null).1;
    let (source, now) = (SourceId::parse(&id).unwrap(), world.app().ports.clock.now());
    for (at, (json, seconds, test)) in batches.iter().enumerate() {
        let mut tally = Tally::default();
        tally.note(&sightings(&serde_json::from_str(json).unwrap()), now.plus_ms(seconds * 1_000), *test);
        add(&world, &source, 1, &tally);
        if looks_after(at) {
            look();
        }
    }
    look()
}

#[test]
fn the_ledger_says_the_same_however_often_somebody_looks() {
    let bodies = [
        r#"{"a":"1","b":"x@y.it","c":null,"m":"https://x.it/y"}"#,
        r#"{"a":"2","b":"no","c":"x@y.it"}"#,
        r#"{"a":"","b":"z@y.it"}"#,
        r#"{"a":"1","c":"","d":[1,2]}"#,
        r#"{"b":"x@y.it","a":"\"è,]"}"#,
    ];
    let first = r#"{"a":"0","b":"boh","c":null,"d":[],"m":null}"#;
    let batches: Vec<(&str, i64, bool)> = [(first, 0, true), (r#"{"m":"x@y.it"}"#, 1, true)]
        .into_iter()
        .chain((2..90).map(|n| (bodies[(n * n + n / 7) % 5], i64::try_from(n).unwrap(), n % 4 != 0)))
        .collect();
    let always = seen_after(&batches, |_| true);
    assert_eq!(always["events"], 90);
    assert_eq!(always["data"][0]["test_only"], false, "{always}");
    assert_eq!(always["data"][0]["samples"].as_array().unwrap().len(), 3, "{always}");
    let seconds = |key: &str| {
        let moment = always["data"][0][key].as_str().unwrap();
        Timestamp::parse_rfc3339(moment).unwrap().as_millis() / 1_000
    };
    assert_eq!(seconds("last_seen") - seconds("first_seen"), 89);
    // The first guess holds: the second batch has it, all later ones another.
    assert_eq!(always["data"][4]["meaning"], "email", "{always}");
    assert_eq!(always, seen_after(&batches, |_| false), "nobody looked before the end");
    assert_eq!(always, seen_after(&batches, |at| at % 7 == 3), "somebody looked now and then");
}

#[test]
fn what_is_summed_up_keeps_the_newest_samples_also_of_batches_that_come_late() {
    let bodies: Vec<String> = (0..40).map(|n| format!(r#"{{"a":{n}}}"#)).collect();
    // Of each two the newer comes first.
    let time = |n: usize| i64::try_from(n ^ 1).unwrap();
    let batches: Vec<_> = bodies.iter().enumerate().map(|(n, json)| (json.as_str(), time(n), false)).collect();
    let field = &seen_after(&batches, |_| false)["data"][0];
    assert_eq!(field["samples"], json!(["38", "39", "36"]));
    assert_eq!(field["present"], 40);
}

#[test]
fn whoever_looks_at_once_with_others_or_while_events_are_counted_sees_each_counted_once() {
    let world = World::new();
    let (id, path, _) = source(&world);
    for n in 0..5 {
        deliver(&world, &path, &json!({"a": n}));
    }
    world.run_queues();
    world.db.set_latency_ms(10);
    let headers = [("authorization", &*format!("Bearer {}", uncino::memory::ADMIN_TOKEN))];
    let at = format!("/api/v1/sources/{id}/fields");
    for n in 0..4 {
        deliver(&world, &path, &json!({"a": 10 + n}));
        let looks = (0..4).map(|_| Delivery::new("GET", &at, "").headers(&headers)).collect();
        assert!(world.deliver_all(looks).iter().all(|answer| answer.status == 200));
        world.run_queues();
    }
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    assert_eq!((&fields["data"][0]["present"], &fields["events"]), (&json!(9), &json!(9)));
    assert_eq!(world.db.query("SELECT entries, batches FROM tallies"), ["|0"]);
}

#[test]
fn values_of_a_masked_field_are_not_even_gathered() {
    let world = World::new();
    let (id, path, _) = source(&world);
    deliver(&world, &path, &json!({"a": "first", "b": "seen"}));
    world.run_queues();
    let at = format!("/sources/{id}/fields?path=a");
    assert_eq!(world.api("PATCH", &at, &json!({"masked": true})).0, 200);
    deliver(&world, &path, &json!({"a": "while-masked", "b": "seen too"}));
    world.run_queues();
    let held = || {
        world.db.query("SELECT entries FROM tallies").join("") + &world.db.query("SELECT samples FROM fields").join("")
    };
    assert!(held().contains("seen too") && !held().contains("while-masked"), "{}", held());
    assert_eq!(world.api("PATCH", &at, &json!({"masked": false})).1["samples"], json!([]));
    deliver(&world, &path, &json!({"a": "after"}));
    world.run_queues();
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    assert_eq!((&fields["data"][0]["samples"], &fields["data"][0]["present"]), (&json!(["after"]), &json!(3)));
}

#[test]
fn samples_that_wait_are_masked_with_the_ledgers() {
    let world = World::new();
    let (id, path, _) = source(&world);
    for email in ["mario@example.it", "luigi@example.it", "anna@example.it"] {
        deliver(&world, &path, &json!({"email": email}));
        world.run_queues();
    }
    let at = format!("/sources/{id}/fields?path=email");
    let (_, field) = world.api("PATCH", &at, &json!({"storage": "mask"}));
    assert_eq!(field["samples"], json!(["…@…", "lu…@…", "ma…@…"]));
    let held =
        world.db.query("SELECT entries FROM tallies").join("") + &world.db.query("SELECT samples FROM fields").join("");
    assert!(!held.contains("example.it"), "{held}");
}

#[test]
fn a_value_that_is_gathered_while_its_field_is_being_hidden_is_hidden() {
    for ms in (1..70).step_by(3) {
        let world = World::new();
        let (id, path, _) = source(&world);
        deliver(&world, &path, &json!({"a": null}));
        world.run_queues();
        world.db.set_latency_ms(10);
        let (app, other, source) = (world.app(), world.app(), SourceId::parse(&id).unwrap());
        let hide = json!({"storage": "hash"});
        let hidden = uncino::app::sources::change_field(&app, &source, "a", &hide);
        let gathered = async {
            other.ports.clock.sleep(ms).await;
            let mut tally = Tally::default();
            tally.note(&sightings(json!({"a": "clear"}).as_object().unwrap()), other.ports.clock.now(), false);
            other.ports.db.batch(batch(&source, 1, &tally)).await.unwrap();
        };
        let (field, ()) = uncino::memory::block_on(futures_util::future::join(hidden, gathered));
        assert!(field.is_ok());
        world.db.set_latency_ms(0);
        let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
        let field = &fields["data"][0];
        assert_eq!((&field["samples"], &field["present"]), (&json!([]), &json!(1)), "after {ms} ms");
        let held = world.db.query("SELECT entries FROM tallies").join("");
        assert!(!held.contains("clear"), "after {ms} ms: {held}");
    }
}

#[test]
fn a_sample_of_an_older_revision_is_not_taken_on() {
    for batches in [1, 20] {
        let world = World::new();
        let (id, path, _) = source(&world);
        deliver(&world, &path, &json!({"a": "first"}));
        world.run_queues();
        deliver(&world, &path, &json!({"a": "second"}));
        world.run_queues();
        // As a worker of an older version would change it, which knows nothing of what is gathered.
        world.db.query("UPDATE sources SET revision = revision + 1 RETURNING id");
        let source = SourceId::parse(&id).unwrap();
        for n in 0..batches {
            let mut tally = Tally::default();
            tally.note(
                &sightings(json!({"a": "third"}).as_object().unwrap()),
                world.app().ports.clock.now().plus_ms(n),
                false,
            );
            add(&world, &source, 2, &tally);
        }
        let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
        assert_eq!(fields["data"][0]["samples"], json!(["third", "first"]));
        assert_eq!(fields["data"][0]["present"], 2 + batches);
    }
}

#[test]
fn a_change_of_the_source_takes_no_sample_away_that_was_gathered_before_it() {
    let world = World::new();
    let (id, path, _) = source(&world);
    for value in ["first", "second"] {
        deliver(&world, &path, &json!({"a": value}));
        world.run_queues();
    }
    assert_eq!(world.api("PATCH", &format!("/sources/{id}"), &json!({"name": "Altro"})).0, 200);
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    assert_eq!(fields["data"][0]["samples"], json!(["second", "first"]));
}

#[test]
fn a_forgotten_field_forgets_what_was_gathered_of_it() {
    let world = World::new();
    let (id, path, _) = source(&world);
    deliver(&world, &path, &json!({"a": "old", "b": 1}));
    world.run_queues();
    assert_eq!(world.api("DELETE", &format!("/sources/{id}/fields?path=a"), &Value::Null).0, 204);
    deliver(&world, &path, &json!({"a": "new", "b": 1}));
    world.run_queues();
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    let data = fields["data"].as_array().unwrap();
    let field = data.iter().find(|field| field["path"] == "a").unwrap();
    assert_eq!((&field["samples"], &field["present"]), (&json!(["new"]), &json!(1)));
    assert_eq!(data.iter().find(|field| field["path"] == "b").unwrap()["present"], 2);
}

#[test]
fn paths_that_were_tests_and_came_in_earnest_since_take_their_place() {
    let world = World::new();
    let (id, path, _) = source(&world);
    let keys = |from: usize| -> Value {
        Value::Object((from..from + 100).map(|n| (format!("k{n}"), Value::from(n))).collect())
    };
    for from in (0..500).step_by(100) {
        let headers = [("content-type", "application/json"), ("x-uncino-test", "1")];
        assert_eq!(world.deliver("POST", &path, &headers, keys(from).to_string()).status, 202);
        deliver(&world, &path, &keys(from));
        world.run_queues();
    }
    deliver(&world, &path, &json!({"one too many": 1}));
    assert_eq!(paths(&world, &id).len(), 500);
}

#[test]
fn what_is_gathered_stays_short_whatever_is_sent() {
    let world = World::new();
    let (id, path, _) = source(&world);
    let key = |n: usize| format!("{n:0>5}{}", "è".repeat(120));
    let body = |from: usize, turn: usize| -> Value {
        let value = |n: usize| json!(format!("{turn}{}", "漢".repeat(70 + n % 9)));
        Value::Object((from..from + 100).map(|n| (key(n), value(n))).collect())
    };
    for from in (0..500).step_by(100) {
        deliver(&world, &path, &body(from, 0));
    }
    world.run_queues();
    let source = SourceId::parse(&id).unwrap();
    let length = || world.db.query("SELECT length(CAST(entries AS BLOB)) FROM tallies")[0].parse::<usize>().unwrap();
    let mut longest = 0;
    for turn in 1..40 {
        let mut tally = Tally::default();
        for from in (0..500).step_by(100).chain([100_000, 100_100]) {
            let at = world.app().ports.clock.now();
            tally.note(&sightings(body(from, turn).as_object().unwrap()), at, false);
        }
        add(&world, &source, 1, &tally);
        longest = longest.max(length());
    }
    assert!(longest < 1_000_000, "{longest} bytes");
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    let data = fields["data"].as_array().unwrap();
    assert_eq!(data.len(), 500);
    assert!(data.iter().all(|field| field["present"] == 40), "{}", data[0]);
}

#[test]
fn entries_of_paths_that_the_ledger_does_not_know_are_dropped() {
    let world = World::new();
    let (id, path, _) = source(&world);
    deliver(&world, &path, &json!({"a": 1}));
    world.run_queues();
    let source = SourceId::parse(&id).unwrap();
    for n in 0..64 {
        let mut tally = Tally::default();
        let body = json!({ format!("unknown_{n}"): 1 });
        tally.note(&sightings(body.as_object().unwrap()), world.app().ports.clock.now(), false);
        add(&world, &source, 1, &tally);
    }
    let entries = world.db.query("SELECT entries FROM tallies").remove(0);
    assert!(entries.matches("unknown_").count() < 16, "{entries}");
    assert_eq!(paths(&world, &id), ["a"]);
}

#[test]
fn a_database_that_does_not_write_still_shows_what_was_learned() {
    let world = World::new();
    let (id, path, _) = source(&world);
    deliver(&world, &path, &json!({"a": 1}));
    world.run_queues();
    world.faults.set(uncino::app::faults::Faults { d1_write: true, ..Default::default() });
    assert_eq!(paths(&world, &id), ["a"]);
    assert!(world.log.lines().iter().any(|(_, line)| line.contains("could not be added")), "{:?}", world.log.lines());
    world.faults.set(Default::default());
    let (_, fields) = world.api("GET", &format!("/sources/{id}/fields"), &Value::Null);
    assert_eq!(fields["data"][0]["present"], 1);
}

#[test]
fn nothing_is_gathered_of_a_deleted_source() {
    let world = World::new();
    let (id, path, _) = source(&world);
    deliver(&world, &path, &json!({"a": 1}));
    world.run_queues();
    deliver(&world, &path, &json!({"a": 2}));
    assert_eq!(world.api("DELETE", &format!("/sources/{id}"), &Value::Null).0, 204);
    world.minutes(1);
    world.run_queues();
    assert!(world.db.query("SELECT * FROM tallies").is_empty());
    let mut tally = Tally::default();
    tally.note(&sightings(json!({"a": 3}).as_object().unwrap()), world.app().ports.clock.now(), false);
    add(&world, &SourceId::parse(&id).unwrap(), 1, &tally);
    assert!(world.db.query("SELECT * FROM tallies").is_empty());
}

#[test]
fn a_document_is_looked_at_again_after_its_last_write_however_long_the_sweep_took_to_it() {
    let world = World::new();
    let (id, path, key) = source(&world);
    deliver(&world, &path, &json!({"nome": "Ada"}));
    world.kv.overwrite(&key, "{}");
    world.tick(180_000);
    // The look at the document is slow; what was learned meanwhile has a mark of its own, which must not be put back.
    world.kv.faults.slow(1, 50_000);
    world.sweep();
    let mark = |world: &World| world.db.query(&format!("SELECT unpublished FROM sources WHERE id = '{id}'")).remove(0);
    let looked_at = world.app().ports.clock.now().plus_ms(-1_000).as_millis();
    assert!(mark(&world).parse::<i64>().unwrap() >= looked_at, "{} {looked_at}", mark(&world));
    world.minutes(4);
    assert_eq!((mark(&world), published(&world, &key)), ("null".to_owned(), vec!["nome".to_owned()]));
}
