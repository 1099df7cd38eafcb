//! Learning under what isolates and KV do to it: two that learn at once, a stale document, the limit of paths.

use serde_json::{Value, json};
use uncino::domain::field::{Tally, flatten};
use uncino::domain::ids::SourceId;
use uncino::memory::World;
use uncino::store::limits::Received;
use uncino::store::tallies;

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

/// Adds a batch of events as the consumer does.
pub fn add(world: &World, source: &SourceId, revision: u32, tally: &Tally) {
    let mut received = Received::default();
    received.note(world.app().ports.clock.now(), 10);
    let statements = vec![tallies::append(source, revision, tally, &received), tallies::sum_up(source)];
    uncino::memory::block_on(world.app().ports.db.batch(statements)).unwrap();
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
            let flat = flatten(&serde_json::from_str(json).unwrap());
            tally.note(&flat, world.app().ports.clock.now().plus_ms(seconds * 1_000), *test);
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
