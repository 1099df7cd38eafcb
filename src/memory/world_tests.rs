//! What a world does around the application: kills, restarts, time.
//!
//! What the application does in it is not tested here but in `tests/it`.

use super::*;
use crate::app::ports::{Outgoing, QueueName};
use crate::memory::{When, block_on};
use crate::sql;
use crate::store::Statement;

fn mark(name: &str) -> Statement {
    sql!("INSERT INTO marks (name, value) VALUES (?1, 'x') ON CONFLICT DO NOTHING", name)
}

fn send(world: &World, delay_s: u32) {
    block_on(world.app().ports.queues.send(QueueName::Runs, vec![Outgoing { body: "{}".to_owned(), delay_s }]))
        .unwrap();
}

#[test]
fn a_killed_worker_leaves_what_it_wrote_and_nothing_more() {
    let world = World::new();
    for (when, left) in [(When::Before, ["0"]), (When::After, ["1"])] {
        world.db.faults.kill_nth(1, when);
        let app = world.app();
        assert!(world.drive(app.ports.db.batch(vec![mark("a")])).is_none());
        assert_eq!(world.db.query("SELECT count(*) FROM marks"), left);
    }
    let app = world.app();
    assert!(world.drive(app.ports.db.batch(vec![mark("b")])).is_some());
}

#[test]
fn a_restart_keeps_database_and_store_and_loses_queues() {
    let world = World::new();
    let app = world.app();
    block_on(app.ports.db.batch(vec![mark("a")])).unwrap();
    block_on(app.ports.kv.put("a", "1".to_owned())).unwrap();
    send(&world, 0);
    assert!(world.next_due().is_some());
    world.restart();
    assert!(world.next_due().is_none());
    assert_eq!(world.kv.stored("a").as_deref(), Some("1"));
    assert_eq!(world.db.query("SELECT name FROM marks"), ["a"]);
    assert!(!Rc::ptr_eq(&app.memory, &world.app().memory));
}

#[test]
fn a_database_in_a_file_outlives_its_world() {
    let path = std::env::temp_dir().join(format!("uncino-world-{}.sqlite", std::process::id()));
    let _ = std::fs::remove_file(&path);
    block_on(World::at(&path).app().ports.db.batch(vec![mark("a")])).unwrap();
    assert_eq!(World::at(&path).db.query("SELECT name FROM marks"), ["a"]);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn time_passes_from_message_to_message() {
    let world = World::new();
    let begun = world.clock.now();
    send(&world, 90);
    world.tick(60_000);
    assert_eq!(world.next_due(), Some(begun.plus_ms(90_000)));
    world.tick(60_000);
    assert_eq!((world.next_due(), world.clock.now().since(begun)), (None, 120_000));
}

#[test]
fn the_faults_of_development_work_here_too() {
    let world = World::new();
    world.faults.set(Faults { d1_write: true, d1_slow: true, kv: true, intake: true, queue: false });
    let ports = world.app().ports;
    let begun = world.clock.now();
    assert!(block_on(ports.db.batch(vec![sql!("SELECT name AS row FROM marks")])).is_ok());
    assert_eq!(world.clock.now(), begun);
    assert!(block_on(ports.db.batch(vec![mark("a")])).is_err());
    assert_eq!(world.clock.now().since(begun), 3_000);
    assert!(block_on(ports.kv.get("a")).is_err());
    let message = || vec![Outgoing { body: String::new(), delay_s: 0 }];
    assert!(block_on(ports.queues.send(QueueName::Intake, message())).is_err());
    assert!(block_on(ports.queues.send(QueueName::Runs, message())).is_ok());
}

#[test]
fn a_world_says_nothing_against_its_own_settings() {
    assert_eq!(World::new().app().config.problems, Vec::<String>::new());
    let world = World::new();
    world.configure(&[("RETENTION_DAYS", "7")]);
    assert_eq!(world.app().config.settings.retention_days, 7);
}
