//! Changing `SECRET_KEY` without losing a secret: what the previous key sealed is sealed again, and then that key may go.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uncino::memory::World;

fn key(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

/// A world with a source that demands a token, and a connection with a secret.
fn furnished() -> (World, String, String) {
    let world = World::with(&[("SECRET_KEY", &key(1))]);
    let (_, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": []}));
    let source = made["source"]["id"].as_str().unwrap().to_owned();
    let path = format!("/in/{}", made["source"]["token"].as_str().unwrap());
    let rule = json!({"verification": {"scheme": "shared_token", "header": "x-token", "secrets": ["hunter2-hunter2"]}});
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &rule).0, 200);
    let connection = json!({"kind": "http", "name": "CRM", "secrets": {"headers": {"X-Key": "swordfish"}}});
    let (status, made) = world.api("POST", "/connections", &connection);
    assert_eq!(status, 201, "{made}");
    (world, path, made["id"].as_str().unwrap().to_owned())
}

fn sealing(world: &World) -> Value {
    let (status, said) = world.api("GET", "/secrets", &Value::Null);
    assert_eq!(status, 200);
    said
}

fn deliver(world: &World, path: &str) -> u16 {
    world.clock.advance(2);
    let headers = [("content-type", "application/json"), ("x-token", "hunter2-hunter2")];
    world.deliver("POST", path, &headers, r#"{"a":1}"#).status
}

#[test]
fn after_a_rotation_the_sweep_seals_everything_again_and_says_when_the_old_key_may_go() {
    let (world, path, connection) = furnished();
    let before = sealing(&world);
    assert_eq!(
        (&before["old"], &before["previous_may_go"], &before["has_previous"]),
        (&json!(0), &json!(false), &json!(false))
    );
    world.configure(&[("SECRET_KEY", &key(2)), ("SECRET_KEY_PREVIOUS", &key(1))]);
    let between = sealing(&world);
    assert_eq!(
        (&between["old"], &between["previous_may_go"], &between["unreadable"]),
        (&json!(2), &json!(false), &json!([]))
    );
    assert_ne!(between["key_id"], before["key_id"]);
    // Everything works meanwhile.
    assert_eq!(deliver(&world, &path), 202);
    world.minutes(3);
    let after = sealing(&world);
    assert_eq!((&after["old"], &after["previous_may_go"]), (&json!(0), &json!(true)));
    let said = || world.log.lines().iter().filter(|(_, line)| line.contains("may be removed")).count();
    assert_eq!(said(), 1, "{:?}", world.log.lines());
    // It is said once, not every minute, and by no second isolate.
    world.forget();
    world.minutes(3);
    assert_eq!(said(), 1);
    // The old key goes, and with it every cache but KV: nothing is lost.
    world.configure(&[("SECRET_KEY", &key(2))]);
    assert_eq!(deliver(&world, &path), 202);
    let (status, shown) = world.api("GET", &format!("/connections/{connection}"), &Value::Null);
    assert_eq!((status, &shown["secrets"]), (200, &json!(["headers"])), "{shown}");
    assert_eq!(world.api("POST", &format!("/connections/{connection}/test"), &Value::Null).1["ok"], true);
}

#[test]
fn a_document_at_the_edge_that_was_not_rewritten_is_put_right() {
    let (world, path, _) = furnished();
    assert_eq!(deliver(&world, &path), 202);
    world.minutes(3);
    world.configure(&[("SECRET_KEY", &key(2)), ("SECRET_KEY_PREVIOUS", &key(1))]);
    // KV takes nothing while the secrets are sealed again.
    world.faults.set(uncino::app::faults::Faults { kv: true, ..Default::default() });
    world.minutes(1);
    world.faults.set(Default::default());
    world.minutes(4);
    let document = world.kv.stored(&format!("source:{}", path.trim_start_matches("/in/"))).unwrap();
    let id = sealing(&world)["key_id"].as_str().unwrap().to_owned();
    assert!(document.contains(&format!("v1.{id}.")), "{document}");
}

#[test]
fn what_opens_with_no_key_is_named_and_keeps_nothing_else_from_being_sealed() {
    let (world, _, connection) = furnished();
    // As if it had been sealed with a key that nobody has any more.
    world.db.query("UPDATE connections SET secrets = 'v1.deadbeef.AAAA' RETURNING id");
    world.configure(&[("SECRET_KEY", &key(2)), ("SECRET_KEY_PREVIOUS", &key(1))]);
    world.minutes(3);
    let said = sealing(&world);
    assert_eq!(
        (&said["old"], &said["unreadable"], &said["previous_may_go"]),
        (&json!(1), &json!([connection]), &json!(false))
    );
    assert!(!world.log.mentions("may be removed"));
    assert!(world.log.mentions("open with neither"), "{:?}", world.log.lines());
    assert!(!world.log.mentions("deadbeef"));
    // Entering it again mends it.
    let change = json!({"secrets": {"headers": {"X-Key": "swordfish"}}});
    assert_eq!(world.api("PATCH", &format!("/connections/{connection}"), &change).0, 200);
    world.minutes(1);
    assert_eq!(sealing(&world)["previous_may_go"], true);
}

#[test]
fn more_secrets_than_one_sweep_seals_come_in_several() {
    let (world, _, _) = furnished();
    for number in 0..120 {
        let connection =
            json!({"kind": "http", "name": format!("{number}"), "secrets": {"headers": {"X-Key": "swordfish"}}});
        assert_eq!(world.api("POST", "/connections", &connection).0, 201);
    }
    world.configure(&[("SECRET_KEY", &key(2)), ("SECRET_KEY_PREVIOUS", &key(1))]);
    world.sweep();
    assert_eq!(sealing(&world)["old"], 72);
    world.minutes(3);
    assert_eq!((&sealing(&world)["old"], &sealing(&world)["previous_may_go"]), (&json!(0), &json!(true)));
}

#[test]
fn the_same_key_set_twice_is_no_rotation() {
    let (world, path, _) = furnished();
    world.configure(&[("SECRET_KEY", &key(1)), ("SECRET_KEY_PREVIOUS", &key(1))]);
    world.minutes(2);
    assert_eq!((&sealing(&world)["has_previous"], &sealing(&world)["previous_may_go"]), (&json!(false), &json!(false)));
    assert!(!world.log.mentions("may be removed"));
    assert_eq!(deliver(&world, &path), 202);
}

#[test]
fn an_erasure_under_way_goes_on_under_the_new_key() {
    let (world, _, _) = furnished();
    world.db.faults.fail_nth(3, uncino::memory::When::Before);
    assert_eq!(world.api("POST", "/privacy/erase", &json!({"phone": "333 1234567"})).0, 503);
    world.db.faults.heal();
    world.configure(&[("SECRET_KEY", &key(2)), ("SECRET_KEY_PREVIOUS", &key(1))]);
    assert_eq!(sealing(&world)["old"], 3);
    let sealer = world.app().config.sealer.clone().unwrap();
    uncino::memory::block_on(uncino::app::reseal::reseal(&world.app())).unwrap();
    assert_eq!(world.db.query("SELECT substr(sealed, 1, 12) FROM erasures"), [sealer.current_prefix()]);
    world.configure(&[("SECRET_KEY", &key(2))]);
    world.minutes(1);
    assert_eq!(world.api("GET", "/privacy/erasures", &Value::Null).1["data"][0]["complete"], true);
}

#[test]
fn without_any_key_the_answer_says_so() {
    let (world, _, _) = furnished();
    world.configure(&[("SECRET_KEY", "")]);
    let said = sealing(&world);
    assert_eq!((&said["key_id"], &said["old"], &said["previous_may_go"]), (&Value::Null, &json!(2), &json!(false)));
}
