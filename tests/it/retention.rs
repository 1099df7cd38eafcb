//! What is old goes, and nothing that is still needed.

use serde_json::{Value, json};
use uncino::memory::World;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

fn automation(world: &World, steps: &Value) -> (String, String, String) {
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Prova", "steps": steps}));
    assert_eq!(status, 201, "{made}");
    let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    (text("/id"), text("/source/id"), format!("/in/{}", text("/source/token")))
}

fn deliver(world: &World, path: &str, body: &Value) -> String {
    world.clock.advance(2);
    let answer = world.deliver("POST", path, &[("content-type", "application/json")], body.to_string());
    assert_eq!(answer.status, 202, "{}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    world.run_queues();
    answer["id"].as_str().unwrap().to_owned()
}

/// Lets days pass, with some sweeps at their end: enough for every walk to come round.
fn days(world: &World, count: i64) {
    world.tick(count * DAY_MS);
    world.minutes(5);
}

fn count(world: &World, table: &str) -> String {
    world.db.query(&format!("SELECT count(*) FROM {table}")).remove(0)
}

fn save() -> Value {
    json!([{"action": "save_contact", "params": {"email": "{{ email }}", "name": "{{ nome }}"}}])
}

#[test]
fn runs_can_go_before_their_events_without_being_run_anew() {
    let world = World::with(&[("RETENTION_DAYS", "30"), ("RETENTION_DAYS_RUNS", "7")]);
    let (_, _, path) = automation(&world, &save());
    let event = deliver(&world, &path, &json!({"email": "ada@example.com", "nome": "Ada"}));
    days(&world, 5);
    let run = |world: &World| world.api("GET", &format!("/runs?event_id={event}"), &Value::Null).1["data"][0].clone();
    assert_eq!(run(&world)["steps"][0]["input"]["email"], "ada@example.com");
    days(&world, 4);
    let emptied = run(&world);
    assert_eq!((&emptied["status"], &emptied["steps"][0]["status"]), (&json!("succeeded"), &json!("succeeded")));
    assert_eq!((&emptied["steps"][0]["input"], &emptied["steps"][0]["output"]), (&Value::Null, &Value::Null));
    assert!(!world.db.query("SELECT * FROM runs").join(" ").contains("ada@"));
    // Emptied once: a second round writes nothing more.
    let rows = world.db.query("SELECT * FROM runs");
    days(&world, 1);
    assert_eq!(world.db.query("SELECT * FROM runs"), rows);
    // The event is still there, has its run, and is not run again at any of the ages at which lost ones are.
    days(&world, 15);
    assert_eq!(world.api("GET", &format!("/events/{event}"), &Value::Null).1["state"], "succeeded");
    assert_eq!(count(&world, "runs"), "1");
    days(&world, 10);
    assert_eq!((count(&world, "events"), count(&world, "runs")), ("0".to_owned(), "0".to_owned()));
    assert_eq!(count(&world, "contacts"), "1");
}

#[test]
fn runs_can_stay_longer_than_their_events() {
    let world = World::with(&[("RETENTION_DAYS", "3"), ("RETENTION_DAYS_RUNS", "20")]);
    let (_, _, path) = automation(&world, &save());
    deliver(&world, &path, &json!({"email": "ada@example.com"}));
    days(&world, 10);
    assert_eq!((count(&world, "events"), count(&world, "runs")), ("0".to_owned(), "1".to_owned()));
    assert!(world.db.query("SELECT steps FROM runs").join(" ").contains("ada@"));
    days(&world, 15);
    assert_eq!(count(&world, "runs"), "0");
}

#[test]
fn an_emptied_run_that_failed_is_not_resumed_half_blind() {
    let world = World::with(&[("RETENTION_DAYS_RUNS", "2")]);
    let (_, _, path) = automation(&world, &json!([{"action": "save_contact", "params": {"email": "{{ email }}"}}]));
    let event = deliver(&world, &path, &json!({"email": "no address"}));
    days(&world, 4);
    let (_, list) = world.api("GET", &format!("/runs?event_id={event}"), &Value::Null);
    let run = &list["data"][0];
    assert_eq!((&run["status"], &run["steps"][0]["error"]), (&json!("failed"), &Value::Null), "{run}");
    assert!(!run["error"]["message"].as_str().unwrap().contains("address"), "{run}");
    let (status, said) = world.api("POST", &format!("/runs/{}/resume", run["id"].as_str().unwrap()), &Value::Null);
    assert_eq!((status, &said["code"]), (409, &json!("not_resumable")), "{said}");
}

#[test]
fn contacts_go_only_when_that_is_set_and_only_those_that_nothing_changed() {
    for (days_of_contacts, left) in [("", "2"), ("10", "1")] {
        let world = World::with(&[("RETENTION_DAYS_CONTACTS", days_of_contacts)]);
        let (_, _, path) = automation(&world, &save());
        deliver(&world, &path, &json!({"email": "old@example.com", "nome": "Old"}));
        deliver(&world, &path, &json!({"email": "kept@example.com", "nome": "Kept"}));
        days(&world, 8);
        deliver(&world, &path, &json!({"email": "kept@example.com", "nome": "Kept"}));
        days(&world, 4);
        assert_eq!(count(&world, "contacts"), left, "{days_of_contacts}");
        assert_eq!(world.db.query("SELECT email FROM contacts WHERE email = 'kept@example.com'").len(), 1);
    }
}

#[test]
fn a_revision_goes_when_it_is_old_and_no_run_is_pinned_to_it() {
    let world = World::with(&[("RETENTION_DAYS", "2")]);
    let waits = json!([{"action": "wait", "params": {"seconds": 30 * 86_400}}, {"action": "stop", "params": {}}]);
    let (id, _, path) = automation(&world, &waits);
    let replace = |steps: &Value| {
        world.clock.advance(1_000);
        assert_eq!(world.api("PUT", &format!("/automations/{id}"), &json!({"name": "Prova", "steps": steps})).0, 200);
    };
    let event = deliver(&world, &path, &json!({"n": 1}));
    replace(&json!([]));
    replace(&waits);
    replace(&json!([{"action": "stop", "params": {}}]));
    let revisions = || world.db.query("SELECT revision FROM revisions ORDER BY revision");
    days(&world, 1);
    assert_eq!(revisions(), ["1", "2", "3", "4"], "superseded a day ago is not old");
    days(&world, 5);
    assert_eq!(revisions(), ["1", "4"], "the waiting run is pinned to the first");
    days(&world, 30);
    assert_eq!(world.db.query(&format!("SELECT status FROM runs WHERE event_id = '{event}'")), ["succeeded"]);
    days(&world, 5);
    assert_eq!(revisions(), ["4"]);
    assert_eq!(world.api("DELETE", &format!("/automations/{id}?keep_source=true"), &Value::Null).0, 204);
    days(&world, 5);
    assert!(revisions().is_empty());
}

#[test]
fn a_walk_goes_on_where_the_last_sweep_stopped() {
    let world = World::with(&[("RETENTION_DAYS_RUNS", "2")]);
    let (id, source, _) = automation(&world, &json!([]));
    // More runs than one sweep looks at, all long over.
    let at = uncino::app::ports::Clock::now(&*world.clock).as_millis();
    world.db.query(&format!(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4500)
         INSERT INTO runs (event_id, automation_id, number, source_id, revision, status, cause, created_at, finished_at, steps)
         SELECT 'evt_01' || printf('%024d', n), '{id}', 1, '{source}', 1, 'succeeded', 'event', {at}, {at},
           '[{{\"id\":\"s1\",\"action\":\"stop\",\"status\":\"succeeded\",\"input\":{{\"a\":\"canary\"}}}}]' FROM n RETURNING number"
    ));
    world.db.query(&format!(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4500)
         INSERT INTO events (source_id, id, encoding, body)
         SELECT '{source}', 'evt_01' || printf('%024d', n), 'text', '' FROM n RETURNING id"
    ));
    let full = || world.db.query("SELECT count(*) FROM runs WHERE steps LIKE '%canary%'").remove(0);
    assert_eq!(full(), "4500");
    world.clock.advance(3 * DAY_MS);
    world.sweep();
    assert_eq!(full(), "2500");
    world.sweep();
    assert_eq!(full(), "500");
    world.sweep();
    assert_eq!(full(), "0");
}

#[test]
fn replays_and_the_fields_of_deleted_sources_go() {
    let world = World::with(&[("RETENTION_DAYS", "2")]);
    let (id, source, path) = automation(&world, &save());
    deliver(&world, &path, &json!({"email": "ada@example.com"}));
    let range = json!({"source_id": source, "from": "2020-01-01T00:00:00Z", "to": "2040-01-01T00:00:00Z"});
    let (status, replay) = world.api("POST", "/events/replay", &range);
    assert_eq!(status, 202);
    world.minutes(3);
    assert_eq!(
        world.api("GET", &format!("/replays/{}", replay["id"].as_str().unwrap()), &Value::Null).1["status"],
        "done"
    );
    assert_eq!(world.api("DELETE", &format!("/automations/{id}"), &Value::Null).0, 204);
    assert_eq!(count(&world, "fields"), "1");
    world.minutes(1);
    assert_eq!((count(&world, "fields"), count(&world, "replays")), ("0".to_owned(), "1".to_owned()));
    days(&world, 4);
    assert_eq!(count(&world, "replays"), "0");
}

#[test]
fn a_body_that_is_not_kept_goes_also_when_its_run_was_open_for_longer_than_two_days() {
    let world = World::with(&[("RETENTION_DAYS", "90")]);
    let steps = json!([
        {"action": "wait", "params": {"seconds": 10 * 86_400}},
        {"action": "save_contact", "params": {"email": "{{ email }}"}},
    ]);
    let (_, source, path) = automation(&world, &steps);
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &json!({"keep_body": false})).0, 200);
    let event = deliver(&world, &path, &json!({"email": "ada@example.com"}));
    let encoding = || world.db.query(&format!("SELECT encoding, body FROM events WHERE id = '{event}'")).remove(0);
    days(&world, 5);
    assert!(encoding().contains("ada@"), "the waiting run needs it");
    days(&world, 6);
    assert_eq!(world.db.query("SELECT email FROM contacts"), ["ada@example.com"], "the run had it");
    assert_eq!(encoding(), "forgotten|");
}

#[test]
fn a_copy_of_a_body_that_is_not_kept_goes_with_its_run() {
    // Retention is shorter than the wait, so the run takes a copy along.
    let world = World::with(&[("RETENTION_DAYS", "2")]);
    let steps = json!([
        {"action": "wait", "params": {"seconds": 10 * 86_400}},
        {"action": "save_contact", "params": {"email": "{{ email }}"}},
    ]);
    let (_, source, path) = automation(&world, &steps);
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &json!({"keep_body": false})).0, 200);
    let (first, second) = (
        deliver(&world, &path, &json!({"email": "ada@example.com"})),
        deliver(&world, &path, &json!({"email": "bea@example.com"})),
    );
    world.tick(10 * MINUTE_MS);
    world.minutes(2);
    assert_eq!(world.db.query("SELECT encoding FROM events"), ["forgotten", "forgotten"], "the copies are enough");
    assert_eq!(world.db.query("SELECT event_copy FROM runs WHERE event_copy IS NOT NULL").len(), 2);
    // One is cancelled by a person, the other goes its way.
    let run = world.api("GET", &format!("/runs?event_id={second}"), &Value::Null).1["data"][0]["id"].clone();
    assert_eq!(world.api("POST", &format!("/runs/{}/cancel", run.as_str().unwrap()), &Value::Null).0, 200);
    days(&world, 1);
    let copies = |event: &str| {
        world
            .db
            .query(&format!("SELECT event_copy FROM runs WHERE event_id = '{event}' AND event_copy IS NOT NULL"))
            .len()
    };
    assert_eq!((copies(&first), copies(&second)), (1, 0));
    world.tick(9 * DAY_MS);
    world.minutes(1);
    assert_eq!((world.db.query("SELECT email FROM contacts"), copies(&first)), (vec!["ada@example.com".to_owned()], 0));
}

#[test]
fn a_full_database_is_purged_in_bounded_pieces() {
    let world = World::new();
    let (_, source, _) = automation(&world, &save());
    let automation = world.db.query("SELECT id FROM automations").remove(0);
    let ids = "'evt_01' || printf('%024d', n)";
    let many = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2500)";
    world.db.query(&format!(
        "{many} INSERT INTO events (source_id, id, encoding, body) SELECT '{source}', {ids}, 'text', '{{}}' FROM n RETURNING 1"
    ));
    world.db.query(&format!(
        "{many} INSERT INTO runs (event_id, automation_id, number, source_id, revision, status, cause, created_at, finished_at, steps)
         SELECT {ids}, '{automation}', 1, '{source}', 1, 'succeeded', 'event', 1, 1, '[]' FROM n RETURNING 1"
    ));
    world.db.query("CREATE TABLE gone (nth INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT)");
    for table in ["events", "runs"] {
        world.db.query(&format!(
            "CREATE TRIGGER notes_{table} AFTER DELETE ON {table} BEGIN INSERT INTO gone (what) VALUES ('{table}'); END"
        ));
    }
    world.sweep();
    let gone = world.db.query("SELECT what FROM gone ORDER BY nth");
    assert_eq!(gone.len(), 5_000, "one sweep goes on until all is gone");
    // Pieces of one table and of the other take turns.
    let longest = gone.chunk_by(|one, other| one == other).map(<[String]>::len).max();
    assert_eq!(longest, Some(1_000));
}
