//! What waits in `INTAKE` while the database is away: stored when it is back, each event once, in the order of arrival.

use serde_json::{Value, json};
use uncino::app::faults::Faults;
use uncino::app::ports::{Outgoing, QueueName, Queues};
use uncino::memory::{World, block_on};

/// A world that notes in which order events are stored, and the path of a source.
fn world() -> (World, String) {
    let world = World::new();
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": []}));
    assert_eq!(status, 201, "{made}");
    world.db.query("CREATE TABLE arrivals (nth INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT)");
    world.db.query("CREATE TRIGGER notes AFTER INSERT ON events BEGIN INSERT INTO arrivals (id) VALUES (new.id); END");
    let path = format!("/in/{}", made["source"]["token"].as_str().unwrap());
    (world, path)
}

fn away(world: &World, is_away: bool) {
    world.faults.set(Faults { d1_write: is_away, ..Faults::default() });
}

fn send(world: &World, path: &str, n: usize) -> String {
    world.clock.advance(700);
    let answer = world.deliver("POST", path, &[("content-type", "application/json")], json!({ "n": n }).to_string());
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &said["deferred"]), (202, &json!(true)), "{said}");
    said["id"].as_str().unwrap().to_owned()
}

/// The database takes everything but one event.
fn refuses(world: &World, event: &str) {
    world.db.query(&format!(
        "CREATE TRIGGER refuses BEFORE INSERT ON events WHEN new.id = '{event}'
         BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    ));
}

fn stored(world: &World) -> Vec<String> {
    world.db.query("SELECT id FROM arrivals ORDER BY nth")
}

#[test]
fn what_waited_is_stored_in_the_order_of_its_arrival_each_once() {
    let (world, path) = world();
    away(&world, true);
    // Some of it is tried in vain, some has never been; all comes back at once.
    let mut sent = Vec::new();
    for part in 0..4 {
        sent.extend((0..20).map(|n| send(&world, &path, 20 * part + n)));
        world.tick(50_000);
    }
    world.queues.double(3);
    sent.extend((80..85).map(|n| send(&world, &path, n)));
    assert_eq!(stored(&world), Vec::<String>::new());
    away(&world, false);
    // And the worker dies with its first batch done and not answered for.
    world.loses_verdicts.set(1);
    world.tick(120_000);
    assert_eq!(stored(&world), sent);
    assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'succeeded'"), [sent.len().to_string()]);
    assert!(world.queues.held(QueueName::Intake).is_empty());
}

#[test]
fn a_batch_that_comes_in_any_order_is_stored_in_that_of_arrival() {
    let (world, path) = world();
    away(&world, true);
    let sent: Vec<String> = (0..20).map(|n| send(&world, &path, n)).collect();
    let mut messages = world.queues.held(QueueName::Intake);
    messages.sort_by(|one, other| other.body.cmp(&one.body));
    world.queues.lose(QueueName::Intake);
    let again = messages.into_iter().map(|message| Outgoing { body: message.body, delay_s: 0 }).collect();
    block_on(world.queues.send(QueueName::Intake, again)).unwrap();
    away(&world, false);
    world.tick(15_000);
    assert_eq!(stored(&world), sent);
}

#[test]
fn nothing_overtakes_what_the_database_did_not_take_yet() {
    let (world, path) = world();
    away(&world, true);
    let sent: Vec<String> = (0..10).map(|n| send(&world, &path, n)).collect();
    away(&world, false);
    refuses(&world, &sent[3]);
    world.tick(15_000);
    assert_eq!(stored(&world), sent[..3]);
    world.db.query("DROP TRIGGER refuses");
    world.tick(16_000);
    assert_eq!(stored(&world), sent);
}

#[test]
fn a_message_that_never_goes_in_holds_up_nobody_for_ever() {
    let (world, path) = world();
    away(&world, true);
    let sent: Vec<String> = (0..5).map(|n| send(&world, &path, n)).collect();
    away(&world, false);
    refuses(&world, &sent[0]);
    world.tick(2 * 60_000);
    assert_eq!(stored(&world), Vec::<String>::new(), "for a while it may be the database");
    world.tick(2 * 60_000);
    assert_eq!(stored(&world), sent[1..]);
    // It is not given up either, however long that takes.
    world.tick(60 * 60_000);
    world.db.query("DROP TRIGGER refuses");
    world.tick(2 * 60_000);
    assert_eq!(stored(&world).last(), Some(&sent[0]));
}
