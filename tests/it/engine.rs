//! The engine under kills, lost answers and races: whatever happens, an acknowledged event is run once, and what cannot
//! be repeated is not.
//!
//! The crash sweeps walk through every call that the worker makes in one flow, and hit each of them once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use futures_util::future::join;
use serde_json::{Value, json};
use uncino::app::ports::{Clock, Incoming, QueueName};
use uncino::memory::{KILLED, When, World, answer, block_on};
use uncino::store::{Database, DatabaseError, Rows, Statement};

const ONCE: &str = "https://once.example/";
const AGAIN: &str = "https://again.example/";

/// A world with an automation that saves a contact, makes a call that cannot be repeated and one that can, waits, and
/// writes an e-mail; and the path of its URL.
fn world() -> (World, String) {
    let world = World::with(&[("UNCINO_DEV", "1")]);
    world.outbound.on(ONCE, [answer(200, &json!({"ok": 1}))]);
    world.outbound.on(AGAIN, [answer(200, &json!({"ok": 2}))]);
    let steps = json!([
        {"id": "contact", "action": "save_contact", "params": {"email": "{{ email }}", "name": "{{ nome }}"}},
        {"id": "once", "action": "http_request", "params": {"url": format!("{ONCE}x"), "json": {"name": "{{ nome }}"}}},
        {"id": "again", "action": "http_request", "params": {"url": format!("{AGAIN}x"), "json": {"name": "{{ nome }}"}, "idempotent": true}},
        {"id": "pause", "action": "wait", "params": {"seconds": 2}},
        {"id": "mail", "action": "send_email", "params": {"to": "{{ email }}", "subject": "Ciao", "text": "Ciao {{ nome }}"}},
    ]);
    let path = automation(&world, &json!({"name": "Engine", "steps": steps})).1;
    // What a local start makes once is made before anything is counted.
    world.api("GET", "/connections", &Value::Null);
    (world, path)
}

/// Makes an automation; its id, and the path of its source's URL.
fn automation(world: &World, draft: &Value) -> (String, String) {
    let (status, made) = world.api("POST", "/automations", draft);
    assert_eq!(status, 201, "{made}");
    world.clock.advance(2);
    let url = made["source"]["url"].as_str().unwrap();
    (made["id"].as_str().unwrap().to_owned(), url[url.find("/in/").unwrap()..].to_owned())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// One event on its way: sent until it is acknowledged, as senders do, and worked on for a while.
fn send_and_work(world: &World, path: &str) {
    let headers = [("content-type", "application/json"), ("idempotency-key", "delivery-1")];
    for _ in 0..5 {
        let response = world.deliver("POST", path, &headers, r#"{"nome":"Anna","email":"anna@example.com"}"#);
        if matches!(response.status, 200 | 202) {
            break;
        }
        assert!(matches!(response.status, KILLED | 503), "answered {} {}", response.status, response.body);
        world.clock.advance(1_000);
    }
    world.run_queues();
    world.tick(3_000);
    world.sweep();
    world.run_queues();
}

/// What must hold of the one event when everything has come to rest; the run's status.
fn law(world: &World, what: &str) -> String {
    assert_eq!(world.db.query("SELECT count(*) FROM events"), ["1"], "{what}: events");
    let runs = world.db.query("SELECT status, steps FROM runs");
    assert_eq!(runs.len(), 1, "{what}: {runs:?}");
    let (status, steps) = runs[0].split_once('|').unwrap();
    assert!(["succeeded", "uncertain"].contains(&status), "{what}: {runs:?}");
    let sent = world.outbound.sent();
    let once = sent.iter().filter(|sent| sent.url.starts_with(ONCE)).count();
    let keys: Vec<_> =
        sent.iter().filter(|sent| sent.url.starts_with(AGAIN)).map(|sent| sent.header("idempotency-key")).collect();
    assert!(once <= 1, "{what}: what cannot be repeated was done {once} times");
    assert!(keys.iter().all(|key| key.is_some() && *key == keys[0]), "{what}: {keys:?}");
    assert_eq!(world.db.query("SELECT count(*) FROM contacts"), ["1"], "{what}: contacts");
    let steps: Value = serde_json::from_str(steps).unwrap();
    assert_eq!(steps[0]["output"]["created"], true, "{what}: the contact was new: {steps}");
    let outbox = world.db.query("SELECT count(*) FROM outbox");
    if status == "succeeded" {
        assert_eq!((once, keys.is_empty()), (1, false), "{what}: a call is missing");
        assert_eq!(outbox, ["1"], "{what}: e-mails");
        assert!(steps.as_array().unwrap().iter().all(|step| step["status"] == "succeeded"), "{what}: {steps}");
    } else {
        assert_eq!(steps[1]["status"], "uncertain", "{what}: {steps}");
        assert_eq!((keys.len(), outbox), (0, vec!["0".to_owned()]), "{what}: went on behind an uncertain step");
    }
    status.to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Port {
    Database,
    Outbound,
    Queue,
    Kv,
}

fn switch(world: &World, port: Port) -> &uncino::memory::fault::Switch {
    match port {
        Port::Database => &world.db.faults,
        Port::Outbound => &world.outbound.faults,
        Port::Queue => &world.queues.faults,
        Port::Kv => &world.kv.faults,
    }
}

const PORTS: [Port; 4] = [Port::Database, Port::Outbound, Port::Queue, Port::Kv];

#[test]
fn killed_at_any_instant_an_event_is_run_once() {
    let mut uncertain = 0;
    for port in PORTS {
        for when in [When::Before, When::After] {
            for (restart, doubled) in [(true, 0), (false, 0), (false, 20)] {
                let mut killed = 0;
                for n in 1.. {
                    let what = format!("killed {when:?} call {n} of {port:?}, restart {restart}, doubled {doubled}");
                    let (world, path) = world();
                    switch(&world, port).kill_nth(n, when);
                    world.queues.double(doubled);
                    send_and_work(&world, &path);
                    if !world.log.mentions("the worker was killed") {
                        break;
                    }
                    killed += 1;
                    if restart {
                        world.restart();
                    }
                    world.minutes(15);
                    if law(&world, &what) == "uncertain" {
                        uncertain += 1;
                        assert!(matches!(port, Port::Database | Port::Outbound), "{what}: uncertain for no reason");
                    }
                }
                assert!(killed >= 1 || port == Port::Kv, "nothing was killed in {port:?}");
            }
        }
    }
    // Between the mark and the outcome there are few calls; most kills leave no doubt.
    assert!((1..=24).contains(&uncertain), "{uncertain} kills left an uncertain step");
}

#[test]
fn killed_twice_an_event_is_run_once() {
    for first in 1..14 {
        for second in 1..8 {
            let (world, path) = world();
            world.db.faults.kill_nth(first, When::After);
            send_and_work(&world, &path);
            world.db.faults.kill_nth(second, When::After);
            world.minutes(1);
            world.tick(0);
            world.minutes(20);
            law(&world, &format!("killed after calls {first} and {second}"));
        }
    }
}

/// A worker that lives knows what happened: nothing that the database does for a while makes a step uncertain.
#[test]
fn a_database_that_fails_for_a_moment_leaves_no_doubt() {
    for when in [When::Before, When::After] {
        for calls in [1, 2, 4] {
            for n in 1.. {
                let (world, path) = world();
                world.db.faults.fail_nth(n, when);
                world.db.faults.fail(calls - 1, when);
                let before = world.db.take_calls();
                send_and_work(&world, &path);
                let _ = before;
                let made = world.db.take_calls().0;
                world.db.faults.heal();
                world.minutes(15);
                let status = law(&world, &format!("{calls} calls failed {when:?} from call {n}"));
                assert_eq!(status, "succeeded", "{calls} calls failed {when:?} from call {n}");
                if n > made {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_queue_that_fails_or_doubles_leaves_no_doubt() {
    for when in [When::Before, When::After] {
        for n in 1..6 {
            let (world, path) = world();
            world.queues.faults.fail_nth(n, when);
            send_and_work(&world, &path);
            world.minutes(15);
            assert_eq!(law(&world, &format!("queue call {n} failed {when:?}")), "succeeded");
        }
    }
    for lost in 1..6 {
        let (world, path) = world();
        world.loses_verdicts.set(lost);
        world.queues.double(10);
        send_and_work(&world, &path);
        world.minutes(15);
        assert_eq!(law(&world, &format!("{lost} verdicts lost")), "succeeded");
    }
}

#[test]
fn two_consumers_run_an_event_once() {
    for (first, second) in [(1, 1), (1, 7), (7, 1), (3, 20), (20, 3)] {
        let (world, path) = world();
        let headers = [("content-type", "application/json")];
        world.deliver("POST", &path, &headers, r#"{"nome":"Anna","email":"anna@example.com"}"#);
        let messages: Vec<Incoming> = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
        assert_eq!(messages.len(), 1);
        let slow = |ms: u32| {
            let mut app = world.app();
            app.ports.db = Rc::new(Slow { inner: app.ports.db.clone(), clock: app.ports.clock.clone(), ms });
            app
        };
        let (one, two) = (slow(first), slow(second));
        block_on(join(
            uncino::app::consume(&one, QueueName::Runs, messages.clone()),
            uncino::app::consume(&two, QueueName::Runs, messages),
        ));
        world.minutes(15);
        assert_eq!(law(&world, &format!("consumers of {first} and {second} ms")), "succeeded");
    }
}

struct Slow {
    inner: Rc<dyn Database>,
    clock: Rc<dyn Clock>,
    ms: u32,
}

#[async_trait(?Send)]
impl Database for Slow {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.clock.sleep(self.ms).await;
        let result = self.inner.batch(statements).await;
        self.clock.sleep(self.ms).await;
        result
    }
}

/// A database before whose n-th call something else happens.
struct Meanwhile {
    inner: Rc<dyn Database>,
    left: Cell<usize>,
    what: &'static dyn Fn(),
}

#[async_trait(?Send)]
impl Database for Meanwhile {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.left.set(self.left.get().wrapping_sub(1));
        if self.left.get() == 0 {
            (self.what)();
        }
        self.inner.batch(statements).await
    }
}

/// Consumes what `RUNS` holds while `what` happens before the n-th call to the database.
fn consume_while(world: &'static World, n: usize, what: impl Fn() + 'static) {
    let messages: Vec<Incoming> = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
    world.queues.clear();
    let mut app = world.app();
    let what: &'static dyn Fn() = Box::leak(Box::new(what));
    app.ports.db = Rc::new(Meanwhile { inner: app.ports.db.clone(), left: Cell::new(n), what });
    block_on(uncino::app::consume(&app, QueueName::Runs, messages));
}

const STOP: &str = r#"[{"id":"s","action":"stop","params":{"reason":"done"}}]"#;

fn steps(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn statuses(world: &World) -> Vec<String> {
    world.db.query("SELECT status FROM runs ORDER BY event_id, automation_id, number")
}

/// The application over a database before whose n-th call something else happens.
fn app_while(world: &'static World, n: usize, what: impl Fn() + 'static) -> uncino::app::App {
    let mut app = world.app();
    let what: &'static dyn Fn() = Box::leak(Box::new(what));
    app.ports.db = Rc::new(Meanwhile { inner: app.ports.db.clone(), left: Cell::new(n), what });
    app
}

/// A second click on `not_sent` that was read before the first one's call and is stored after it: nobody has said of
/// that call that it did not happen.
#[test]
fn what_was_said_of_one_call_is_not_said_of_the_next() {
    for n in 1..6 {
        let world: &'static World = Box::leak(Box::new(World::new()));
        world.outbound.on(ONCE, [answer(500, &json!({}))]);
        let step = json!({"id": "s", "action": "http_request", "params": {"url": ONCE, "body": "x"}});
        let (_, path) = automation(world, &json!({"name": "A", "steps": [step]}));
        world.deliver("POST", &path, &[], r#"{"a":1}"#);
        world.minutes(1);
        assert_eq!(statuses(world), ["uncertain"]);
        let id = text(&world.api("GET", "/runs", &Value::Null).1["data"][0]["id"]);
        let first = id.clone();
        let app = app_while(world, n, move || {
            let (status, _) = world.api("POST", &format!("/runs/{first}/resume"), &json!({"uncertain": "not_sent"}));
            assert_eq!(status, 200);
            world.run_queues();
        });
        let run = uncino::domain::ids::RunId::parse(&id).unwrap();
        let second = block_on(uncino::app::runs::resume(&app, &run, &json!({"uncertain": "not_sent"})));
        world.minutes(1);
        let (calls, attempts) =
            (world.outbound.sent().len(), world.db.query("SELECT steps ->> '$[0].attempts' FROM runs"));
        assert_eq!(attempts, [calls.to_string()], "before call {n}");
        assert_eq!(calls, if second.is_ok() && n == 1 { 3 } else { 2 }, "before call {n}: {:?}", second.err());
    }
}

/// Stores of one run may fall into one millisecond; a cancellation that was read before one of them does not undo it.
#[test]
fn a_cancellation_does_not_undo_a_call_that_has_begun_since() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    world.outbound.on(ONCE, [answer(200, &json!({}))]);
    let step = |id: &str| json!({"id": id, "action": "http_request", "params": {"url": ONCE, "body": "x"}});
    let (_, path) = automation(world, &json!({"name": "A", "steps": [step("a"), step("b")]}));
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    // The worker is killed in its second call, the clock stands still.
    let cancel = Rc::new(RefCell::new(None));
    let messages: Vec<Incoming> = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
    let mut one = world.app();
    let asked = Rc::clone(&cancel);
    one.ports.outbound = Rc::new(Interrupted {
        inner: one.ports.outbound.clone(),
        during: Box::new(move |call| {
            if call == 1 {
                let run = world
                    .db
                    .query("SELECT 'run_' || substr(event_id, 5) || substr(automation_id, 5) || number FROM runs");
                let run = uncino::domain::ids::RunId::parse(&run[0]).unwrap();
                let app = world.app();
                *asked.borrow_mut() = block_on(uncino::store::runs::get(&*app.ports.db, &run)).unwrap();
            }
            if call == 2 {
                let mut run = asked.borrow_mut().take().unwrap();
                let found = (run.status, run.open);
                uncino::domain::run::machine::cancel(&mut run, world.clock.now()).unwrap();
                let decided =
                    block_on(world.app().ports.db.batch(vec![uncino::store::runs::decide(&run, found.0, found.1)]));
                assert_eq!(decided, Ok(vec![Vec::new()]), "somebody has begun another call since");
            }
        }),
        calls: Cell::new(0),
    });
    block_on(uncino::app::consume(&one, QueueName::Runs, messages));
    assert_eq!(statuses(world), ["succeeded"]);
}

/// Other systems during whose calls something else happens.
struct Interrupted {
    inner: Rc<dyn uncino::app::ports::Outbound>,
    during: Box<dyn Fn(usize)>,
    calls: Cell<usize>,
}

#[async_trait(?Send)]
impl uncino::app::ports::Outbound for Interrupted {
    async fn send(&self, request: uncino::domain::action::HttpRequest) -> uncino::domain::action::Answer {
        self.calls.set(self.calls.get() + 1);
        (self.during)(self.calls.get());
        self.inner.send(request).await
    }
}

/// While one release is under way the automation is disabled, receives, and is enabled again: what was held meanwhile is
/// dropped or released as the second time says.
#[test]
fn a_release_that_is_under_way_does_not_forget_the_next() {
    for n in 1..5 {
        let world: &'static World = Box::leak(Box::new(World::new()));
        let (id, path) = automation(world, &json!({"name": "A", "enabled": false, "steps": steps(STOP)}));
        world.deliver("POST", &path, &[], r#"{"a":1}"#);
        world.run_queues();
        assert_eq!(statuses(world), ["held"]);
        let automation = uncino::domain::ids::AutomationId::parse(&id).unwrap();
        let app = app_while(world, n, move || {
            world.api("POST", &format!("/automations/{id}/disable"), &Value::Null);
            world.deliver("POST", &path, &[], r#"{"a":2}"#);
            world.run_queues();
            // The second operator's own chunk fails; the sweep shall go on with it.
            world.db.faults.fail_nth(2, When::Before);
            world.api("POST", &format!("/automations/{id}/enable"), &json!({"held": "drop"}));
            world.db.faults.heal();
        });
        let _ = block_on(uncino::app::automations::enable(&app, &automation, &json!({"held": "release"})));
        world.minutes(3);
        assert!(!statuses(world).contains(&"held".to_owned()), "before call {n}: {:?}", statuses(world));
    }
}

/// One operator edits, another disables in the same moment: an edit that does not speak of it enables nothing.
#[test]
fn an_edit_does_not_undo_a_disabling() {
    for n in 1..4 {
        let world: &'static World = Box::leak(Box::new(World::new()));
        let (id, _) = automation(world, &json!({"name": "A", "steps": steps(STOP)}));
        let automation = uncino::domain::ids::AutomationId::parse(&id).unwrap();
        let app = app_while(world, n, move || {
            let (status, _) = world.api("POST", &format!("/automations/{id}/disable"), &Value::Null);
            assert_eq!(status, 200);
        });
        let edited =
            block_on(uncino::app::automations::replace(&app, &automation, &json!({"name": "B", "steps": steps(STOP)})));
        let enabled = edited.map(|full| full.automation.enabled).ok();
        assert_eq!(world.db.query("SELECT name, enabled FROM automations"), ["B|0"], "before call {n}");
        assert_eq!(enabled, Some(false), "before call {n}");
    }
}

/// A list is sent again under the same id, longer and with a new field: what is stored of it is learned.
#[test]
fn a_repeated_item_takes_no_field_away_from_a_new_one() {
    for warm in [false, true] {
        let world = World::new();
        let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
        let headers = [("webhook-id", "list")];
        assert_eq!(world.deliver("POST", &path, &headers, r#"[{"a":1}]"#).status, 202);
        if warm {
            assert_eq!(world.deliver("POST", &path, &headers, r#"[{"a":1,"b":2},{"a":2}]"#).status, 202);
            assert_eq!(world.deliver("POST", &path, &[], r#"{"a":3,"b":4}"#).status, 202);
        } else {
            assert_eq!(world.deliver("POST", &path, &headers, r#"[{"a":1,"b":2},{"a":2,"b":3}]"#).status, 202);
        }
        assert_eq!(world.db.query("SELECT path FROM fields ORDER BY path"), ["a", "b"], "warm {warm}");
    }
}

#[test]
fn a_run_is_not_held_for_ever_when_its_automation_is_enabled_meanwhile() {
    for n in 1..3 {
        let world: &'static World = Box::leak(Box::new(World::new()));
        let (id, path) = automation(world, &json!({"name": "A", "enabled": false, "steps": steps(STOP)}));
        world.deliver("POST", &path, &[], r#"{"a":1}"#);
        consume_while(world, n, move || {
            let (status, _) = world.api("POST", &format!("/automations/{id}/enable"), &json!({"held": "release"}));
            assert_eq!(status, 200);
        });
        world.minutes(5);
        assert_eq!(statuses(world), ["succeeded"], "enabled before call {n}");
    }
}

#[test]
fn cancelled_while_it_runs_a_run_stays_cancelled_and_says_what_is_open() {
    for n in 1..8 {
        let (made, path) = world();
        let world: &'static World = Box::leak(Box::new(made));
        world.deliver("POST", &path, &[], r#"{"nome":"Anna","email":"anna@example.com"}"#);
        consume_while(world, n, move || {
            let (_, runs) = world.api("GET", "/runs", &Value::Null);
            if let Some(id) = runs["data"][0]["id"].as_str() {
                world.api("POST", &format!("/runs/{id}/cancel"), &json!({}));
            }
        });
        world.minutes(10);
        let once = world.outbound.sent().iter().filter(|sent| sent.url.starts_with(ONCE)).count();
        let runs = world.db.query("SELECT status, steps ->> '$[1].status', lease IS NULL FROM runs");
        assert_eq!(runs.len(), 1);
        let expected: &[&str] = match (runs[0].starts_with("cancelled"), once) {
            (true, 0) => &["cancelled|cancelled|1"],
            (true, 1) => &["cancelled|uncertain|1", "cancelled|succeeded|1"],
            (false, 1) => &["succeeded|succeeded|1"],
            _ => &[],
        };
        assert!(expected.contains(&runs[0].as_str()), "cancelled before call {n}: {runs:?}, called {once} times");
    }
}

#[test]
fn an_automation_that_moves_to_another_source_leaves_its_old_events_alone() {
    let world = World::new();
    let (moving, _) = automation(&world, &json!({"name": "Moving", "steps": steps(STOP)}));
    let (other, path) = automation(&world, &json!({"name": "Staying", "steps": steps(STOP)}));
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    world.minutes(3);
    let (_, staying) = world.api("GET", &format!("/automations/{other}"), &Value::Null);
    let draft = json!({"name": "Moving", "source_id": staying["source"]["id"], "steps": steps(STOP)});
    assert_eq!(world.api("PUT", &format!("/automations/{moving}"), &draft).0, 200);
    world.minutes(70);
    assert_eq!(world.db.query("SELECT automation_id FROM runs"), std::slice::from_ref(&other));
    world.deliver("POST", &path, &[], r#"{"a":2}"#);
    world.minutes(2);
    assert_eq!(world.db.query("SELECT count(*) FROM runs"), ["3"]);
}

#[test]
fn a_body_that_is_not_kept_is_kept_until_it_was_run() {
    let world = World::new();
    let draft =
        json!({"name": "A", "steps": [{"id": "s", "action": "save_contact", "params": {"email": "{{ email }}"}}]});
    let (_, path) = automation(&world, &draft);
    let source = world.db.query("SELECT id FROM sources")[0].clone();
    assert_eq!(world.api("PATCH", &format!("/sources/{source}"), &json!({"keep_body": false})).0, 200);
    world.deliver("POST", &path, &[], r#"{"email":"anna@example.com"}"#);
    // Its orders are lost for a quarter of an hour.
    for _ in 0..15 {
        world.queues.clear();
        world.clock.advance(60_000);
        world.sweep();
    }
    world.minutes(20);
    assert_eq!(statuses(&world), ["succeeded"], "{:?}", world.db.query("SELECT steps FROM runs"));
    assert_eq!(world.db.query("SELECT encoding, body FROM events"), ["forgotten|"]);
    // What is forgotten is not run with nothing in its place.
    let run = world.api("GET", "/runs", &Value::Null).1["data"][0]["event_id"].clone();
    assert_eq!(world.api("POST", &format!("/events/{}/replay", text(&run)), &json!({})).0, 409);
    let range = json!({"source_id": source, "from": "2025-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"});
    assert_eq!(world.api("POST", "/events/replay", &range).0, 202);
    world.minutes(2);
    assert_eq!(statuses(&world), ["succeeded"]);
}

#[test]
fn a_run_that_is_given_up_during_a_call_is_uncertain() {
    let (world, path) = world();
    world.outbound.faults.kill_nth(1, When::After);
    world.deliver("POST", &path, &[], r#"{"nome":"Anna","email":"anna@example.com"}"#);
    world.run_queues();
    assert_eq!(world.db.query("SELECT steps ->> '$[1].status' FROM runs"), ["running"]);
    world.restart();
    world.db.query("DELETE FROM events RETURNING id");
    world.minutes(10);
    assert_eq!(world.db.query("SELECT status, steps ->> '$[1].status' FROM runs"), ["uncertain|uncertain"]);
    let id = text(&world.api("GET", "/runs", &Value::Null).1["data"][0]["id"]);
    assert_eq!(world.api("POST", &format!("/runs/{id}/resume"), &json!({})).0, 422);
}

#[test]
fn retention_never_makes_an_event_look_as_if_it_had_not_run() {
    let world = World::with(&[("RETENTION_DAYS", "1")]);
    let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
    let (_, other) = automation(&world, &json!({"name": "B", "steps": steps(STOP)}));
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    world.deliver("POST", &other, &[], r#"{"a":1}"#);
    world.minutes(1);
    // More than one sweep removes, of two sources in turn, as they would have come.
    let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 700)";
    world.db.query(&format!(
        "{many} INSERT INTO events (source_id, id, encoding, body)
         SELECT s.id, 'evt_01KAV0' || printf('%010d', n * 2 + (s.id = (SELECT max(id) FROM sources))), 'text', '{{}}'
         FROM n JOIN sources s WHERE 1 ON CONFLICT DO NOTHING RETURNING id"
    ));
    world.db.query(
        "INSERT INTO runs (event_id, automation_id, number, source_id, revision, status, cause, created_at, finished_at, steps)
         SELECT e.id, a.id, 1, e.source_id, 1, 'succeeded', 'event', 1, 1, '[]'
         FROM events e JOIN automations a ON a.source_id = e.source_id WHERE 1 ON CONFLICT DO NOTHING RETURNING number",
    );
    assert_eq!(world.db.query("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM runs)"), ["1402|1402"]);
    world.clock.advance(86_400_000 * 2);
    for _ in 0..5 {
        world.sweep();
        let lonely = "SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id)";
        assert_eq!(world.db.query(lonely), ["0"]);
        world.clock.advance(60_000);
    }
    assert_eq!(world.db.query("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM runs)"), ["0|0"]);
}

#[test]
fn a_wait_outlives_the_event_it_waits_for() {
    let world = World::with(&[("RETENTION_DAYS", "2"), ("UNCINO_DEV", "1")]);
    let draft = json!({"name": "A", "steps": [
        {"id": "w", "action": "wait", "params": {"seconds": 432_000}},
        {"id": "m", "action": "send_email", "params": {"to": "{{ email }}", "subject": "s", "text": "Ciao {{ nome }}"}},
    ]});
    let (_, path) = automation(&world, &draft);
    world.deliver("POST", &path, &[], r#"{"nome":"Anna","email":"anna@example.com"}"#);
    world.minutes(2);
    world.restart();
    for _ in 0..4 {
        world.clock.advance(86_400_000);
        world.minutes(2);
    }
    assert_eq!(world.db.query("SELECT (SELECT count(*) FROM events), (SELECT status FROM runs)"), ["0|waiting"]);
    world.clock.advance(86_400_000);
    world.minutes(3);
    assert_eq!(world.db.query("SELECT content ->> 'text' FROM outbox"), ["Ciao Anna"]);
}

#[test]
fn a_mail_service_that_hangs_leaves_an_uncertain_step() {
    let world = World::with(&[("EMAIL_FROM", "shop@example.com")]);
    let mail = json!({"to": "{{ email }}", "subject": "s", "text": "Ciao {{ nome }}"});
    let draft = json!({"name": "A", "steps": [{"id": "m", "action": "send_email", "params": mail}]});
    let (_, path) = automation(&world, &draft);
    world.mail.faults.slow(1, 120_000);
    world.deliver("POST", &path, &[], r#"{"nome":"Anna","email":"anna@example.com"}"#);
    world.minutes(5);
    assert_eq!(statuses(&world), ["uncertain"]);
    assert!(world.mail.sent().len() <= 1, "it is not sent again by itself");
}

#[test]
fn a_large_event_does_not_outgrow_the_row_of_its_run() {
    let world = World::new();
    world.outbound.on(AGAIN, [answer(200, &json!({"ok": 2}))]);
    let step = |id: &str| json!({"id": id, "action": "http_request", "params": {"url": AGAIN, "json": {"all": "{{ testo }}"}}});
    let draft = json!({"name": "A", "steps": [step("a"), step("b"), step("c"), step("d")]});
    let (_, path) = automation(&world, &draft);
    let body = json!({"testo": "à".repeat(400_000)}).to_string();
    assert_eq!(world.deliver("POST", &path, &[], body).status, 202);
    world.minutes(2);
    assert_eq!(statuses(&world), ["succeeded"], "{:?}", world.log.lines());
    assert!(world.outbound.sent().iter().all(|sent| sent.body.len() > 800_000), "what is sent is not shortened");
}

#[test]
fn a_range_that_was_just_replayed_is_not_replayed_again_by_a_second_click() {
    let world = World::new();
    let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    world.minutes(1);
    let source = world.db.query("SELECT id FROM sources")[0].clone();
    let range = json!({"source_id": source, "from": "2025-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"});
    let first = world.api("POST", "/events/replay", &range).1;
    world.clock.advance(400);
    let second = world.api("POST", "/events/replay", &range).1;
    assert_eq!(first["id"], second["id"]);
    world.minutes(1);
    assert_eq!(world.db.query("SELECT count(*) FROM runs"), ["2"]);
    world.clock.advance(60_000);
    assert_ne!(world.api("POST", "/events/replay", &range).1["id"], first["id"]);
}

/// A database that remembers what it was asked.
struct Recorder {
    inner: Rc<dyn Database>,
    asked: Rc<RefCell<Vec<&'static str>>>,
}

#[async_trait(?Send)]
impl Database for Recorder {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.asked.borrow_mut().extend(statements.iter().map(|statement| statement.sql));
        self.inner.batch(statements).await
    }
}

/// Every statement of a sweep, of a consumer and of the pages that an operator opens finds its rows by a key.
#[test]
fn nothing_reads_the_events_or_the_runs_from_end_to_end() {
    use uncino::app::{events, limits, refusals, replays, runs, stats};
    use uncino::domain::run::Status;
    let (world, path) = world();
    world.deliver("POST", &path, &[], r#"{"nome":"Anna","email":"anna@example.com"}"#);
    let asked: Rc<RefCell<Vec<&'static str>>> = Rc::default();
    let mut app = world.app();
    app.ports.db = Rc::new(Recorder { inner: app.ports.db.clone(), asked: asked.clone() });
    let messages: Vec<Incoming> = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
    let event = uncino::domain::ids::EventId::parse(&world.db.query("SELECT id FROM events")[0]).unwrap();
    let source = uncino::domain::ids::SourceId::parse(&world.db.query("SELECT id FROM sources")[0]).unwrap();
    let page = uncino::store::Page { before: None, limit: 50 };
    // So that the sweep has something to release and the list something to write.
    world.deliver("POST", &path, &[("content-type", "application/json")], "{");
    block_on(async {
        uncino::app::consume(&app, QueueName::Runs, messages).await;
        uncino::app::sweep(&app).await;
        world.clock.advance(120_000);
        uncino::app::sweep(&app).await;
        assert!(events::get(&app, &event).await.is_ok());
        assert_eq!(events::list(&app, &uncino::store::events::Filter::default(), &page).await.unwrap().0.len(), 1);
        for status in [None, Some(Status::Uncertain), Some(Status::Failed), Some(Status::Waiting), Some(Status::Held)] {
            let filter = uncino::store::runs::Filter { status, ..Default::default() };
            let found = runs::list(&app, &filter, None, 50).await.unwrap().len();
            assert_eq!(found, usize::from(status.is_none_or(|status| status == Status::Waiting)), "{status:?}");
        }
        assert!(stats::get(&app, None, None).await.is_ok());
        assert!(limits::warnings(&app).await.is_ok());
        assert!(refusals::list(&app, &source, &page).await.is_ok());
        let range = json!({"source_id": world.db.query("SELECT id FROM sources")[0], "from": "2025-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"});
        assert!(replays::create(&app, &range).await.is_ok());
        let person = json!({"email": "anna@example.com"});
        assert!(uncino::app::privacy::export(&app, &person).await.is_ok());
        assert!(uncino::app::privacy::erase(&app, &person).await.is_ok_and(|erasure| erasure.finished_at.is_some()));
    });
    let mut asked = asked.take();
    asked.sort_unstable();
    asked.dedup();
    assert!(asked.len() > 25, "only {} statements were seen", asked.len());
    let connection = crate::sql::database();
    let mut faults = Vec::new();
    for sql in asked {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Value::Null; explain.parameter_count()];
        let rows = explain.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = rows.map(Result::unwrap).collect();
        let scans = |line: &String| {
            [
                "SCAN e",
                "SCAN x",
                "SCAN r",
                "SCAN runs",
                "SCAN events",
                "SCAN fields",
                "SCAN f",
                "SCAN outbox",
                "SCAN c",
                "SCAN refusals",
                "SCAN refusal_counts",
                "SCAN sends",
            ]
            .iter()
            .any(|words| line == words)
        };
        if plan.iter().any(scans) {
            faults.push(format!("{sql}\n  {}", plan.join("\n  ")));
        }
    }
    assert!(faults.is_empty(), "{} statements read a table from end to end\n\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn an_answer_comes_within_two_and_a_half_seconds_and_a_2xx_is_kept() {
    for database in [None, Some(20_000), Some(1_000)] {
        for (kv, queue) in [(None, None), (Some(20_000), None), (None, Some(20_000)), (Some(700), Some(700))] {
            for n in 1..5 {
                let world = World::new();
                let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
                world.forget();
                if let Some(ms) = database {
                    world.db.faults.slow(n, ms);
                }
                if let Some(ms) = kv {
                    world.kv.faults.slow(1, ms);
                }
                if let Some(ms) = queue {
                    world.queues.faults.slow(1, ms);
                }
                world.hands_off.set(false);
                let begun = world.clock.now();
                let response = world.deliver("POST", &path, &[], r#"{"a":1}"#);
                let took = world.clock.now().since(begun);
                let what =
                    format!("{n} calls of {database:?}, kv {kv:?}, queue {queue:?}: {} in {took} ms", response.status);
                assert!(took <= 2_500, "{what}");
                assert!(matches!(response.status, 202 | 503), "{what}");
                world.db.faults.heal();
                world.queues.faults.heal();
                world.kv.faults.heal();
                world.minutes(10);
                let kept = world.db.query("SELECT count(*) FROM events")[0].clone();
                assert!(kept == "1" || response.status == 503, "{what}: {kept} events");
                assert_eq!(statuses(&world), vec!["succeeded".to_owned(); kept.parse().unwrap()], "{what}");
            }
        }
    }
}

/// D1 stores an event and says so too late: it is deferred all the same, and its message comes twice.
#[test]
fn an_event_that_was_stored_and_deferred_is_one_event() {
    let world = World::new();
    let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
    world.deliver("POST", &path, &[], r#"{"a":0}"#);
    world.minutes(1);
    world.db.write_faults.slow(1, 10_000);
    world.queues.double(5);
    world.loses_verdicts.set(3);
    let response = world.deliver("POST", &path, &[("idempotency-key", "x")], r#"{"a":1}"#);
    assert!(response.body.contains("deferred"), "{}", response.body);
    let again = world.deliver("POST", &path, &[("idempotency-key", "x")], r#"{"a":1}"#);
    assert_eq!(again.status, 200);
    world.minutes(15);
    assert_eq!(statuses(&world), ["succeeded", "succeeded"]);
    assert_eq!(world.db.query("SELECT count(*) FROM events"), ["2"]);
}

/// Another isolate changes a source; this one remembers the old, and so does KV. A no that D1 gave is believed for a
/// second (`lookup::FRESH_MS`).
#[test]
fn what_an_operator_changes_acts_at_once() {
    for (warm, pause) in [(false, 1_000), (true, 1_000), (true, 1_500), (true, 5_000)] {
        let world = World::new();
        let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
        let source = uncino::domain::ids::SourceId::parse(&world.db.query("SELECT id FROM sources")[0]).unwrap();
        if warm {
            assert_eq!(world.deliver("POST", &path, &[], r#"{"a":1}"#).status, 202);
        }
        world.kv.set_stale(true);
        world.clock.advance(pause);
        let mut elsewhere = world.app();
        elsewhere.memory = Rc::default();
        let rule =
            |secret: &str| json!({"verification": {"scheme": "shared_token", "header": "x-key", "secrets": [secret]}});
        let send = |key: &str| world.deliver("POST", &path, &[("x-key", key)], r#"{"a":1}"#).status;
        for secret in ["first secret", "second secret", "third secret"] {
            block_on(uncino::app::sources::change(&elsewhere, &source, &rule(secret))).unwrap();
            world.clock.advance(pause);
            assert_eq!(send("no secret"), 401, "{secret}");
            assert_eq!(send(secret), 202, "{secret}, {warm} {pause}");
            world.clock.advance(pause);
        }
        block_on(uncino::app::sources::rotate(&elsewhere, &source, 0)).unwrap();
        assert_eq!(send("third secret"), 404);
    }
}

#[test]
fn a_sender_that_makes_up_keys_costs_no_more_than_its_events() {
    let world = World::new();
    let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
    for n in 0..6 {
        let keys: serde_json::Map<String, Value> = (0..100).map(|key| (format!("k{n}_{key}"), json!(1))).collect();
        world.deliver("POST", &path, &[], Value::Object(keys).to_string());
        world.minutes(1);
    }
    assert_eq!(world.db.query("SELECT count(*) FROM fields"), ["500"]);
    world.minutes(3);
    world.kv.take_counts();
    let before = world.db.query("SELECT schema_revision FROM sources");
    for n in 0..20 {
        world.forget();
        assert_eq!(world.deliver("POST", &path, &[], format!(r#"{{"made_up_{n}":1,"k0_0":1}}"#)).status, 202);
        world.minutes(1);
    }
    assert_eq!(world.db.query("SELECT schema_revision FROM sources"), before);
    assert_eq!(world.kv.take_counts().1, 0, "nothing was learned, so nothing is published");
    // A new kind of a known path is still learned.
    world.deliver("POST", &path, &[], r#"{"k0_0":"text"}"#);
    assert_eq!(world.db.query("SELECT kinds FROM fields WHERE path = 'k0_0'"), [r#"["number","text"]"#]);
}

#[test]
fn a_deleted_event_leaves_no_copy_of_itself() {
    let world = World::with(&[("RETENTION_DAYS", "2")]);
    let (_, path) = automation(
        &world,
        &json!({"name": "A", "steps": [{"id": "w", "action": "wait", "params": {"seconds": 432_000}}]}),
    );
    world.deliver("POST", &path, &[], r#"{"nome":"Anna"}"#);
    world.minutes(1);
    assert_eq!(world.db.query("SELECT event_copy IS NULL FROM runs"), ["0"]);
    let event = world.db.query("SELECT id FROM events")[0].clone();
    assert_eq!(world.api("DELETE", &format!("/events/{event}"), &Value::Null).0, 204);
    assert_eq!(world.db.query("SELECT status, event_copy IS NULL FROM runs"), ["cancelled|1"]);
}

#[test]
fn many_large_events_are_worked_on_a_few_at_a_time() {
    let world = World::new();
    let draft =
        json!({"name": "A", "steps": [{"id": "s", "action": "save_contact", "params": {"email": "{{ email }}"}}]});
    let (_, path) = automation(&world, &draft);
    for n in 0..7 {
        let body = json!({"email": format!("a{n}@example.com"), "rest": "x".repeat(900_000)}).to_string();
        assert_eq!(world.deliver("POST", &path, &[], body).status, 202);
    }
    world.deliver("POST", &path, &[], r#"{"email":"small@example.com"}"#);
    let messages: Vec<Incoming> = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
    world.queues.clear();
    let largest = Rc::new(Cell::new(0));
    let mut app = world.app();
    app.ports.db = Rc::new(Measured { inner: app.ports.db.clone(), largest: largest.clone() });
    let verdicts = block_on(uncino::app::consume(&app, QueueName::Runs, messages));
    assert!(verdicts.iter().all(|verdict| *verdict == uncino::app::ports::Verdict::Ack), "{verdicts:?}");
    assert_eq!(statuses(&world), vec!["succeeded"; 8]);
    assert_eq!(world.db.query("SELECT events FROM tallies"), ["8"]);
    assert!((1..2_500_000).contains(&largest.get()), "{} bytes were read at once", largest.get());
}

/// A database that notes the largest answer that it gave.
struct Measured {
    inner: Rc<dyn Database>,
    largest: Rc<Cell<usize>>,
}

#[async_trait(?Send)]
impl Database for Measured {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let results = self.inner.batch(statements).await?;
        let size = results.iter().flatten().map(String::len).sum();
        self.largest.set(self.largest.get().max(size));
        Ok(results)
    }
}

/// A call that takes longer than the lease: somebody else takes the run, says that nobody knows, and calls nobody.
#[test]
fn a_worker_that_outlives_its_lease_changes_nothing_more() {
    for idempotent in [false, true] {
        let world = World::new();
        world.outbound.on(ONCE, [answer(200, &json!({"ok": 1}))]);
        let step = json!({"id": "s", "action": "http_request", "params": {"url": ONCE, "body": "x", "idempotent": idempotent}});
        let (_, path) = automation(&world, &json!({"name": "A", "steps": [step]}));
        world.deliver("POST", &path, &[], r#"{"a":1}"#);
        world.outbound.faults.slow(1, 500_000);
        let messages: Vec<Incoming> = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
        world.queues.clear();
        let (one, two) = (world.app(), world.app());
        let others = async {
            for _ in 0..12 {
                two.ports.clock.sleep(60_000).await;
                uncino::app::sweep(&two).await;
                let due: Vec<Incoming> = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
                world.queues.clear();
                uncino::app::consume(&two, QueueName::Runs, due).await;
            }
        };
        block_on(join(uncino::app::consume(&one, QueueName::Runs, messages), others));
        let sent = world.outbound.sent();
        if idempotent {
            assert_eq!(statuses(&world), ["succeeded"]);
            assert!(sent.iter().all(|again| again.header("idempotency-key") == sent[0].header("idempotency-key")));
        } else {
            assert_eq!((statuses(&world), sent.len()), (vec!["uncertain".to_owned()], 1));
        }
    }
}

#[test]
fn what_was_acknowledged_before_an_outage_is_run_after_it() {
    for minutes in [6, 30, 180] {
        let world = World::new();
        let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
        for n in 0..5 {
            world.deliver("POST", &path, &[], format!(r#"{{"a":{n}}}"#));
        }
        world.db.faults.fail(100_000, When::Before);
        world.minutes(minutes);
        world.db.faults.heal();
        world.minutes(10);
        assert_eq!(statuses(&world), vec!["succeeded"; 5], "after {minutes} minutes without a database");
    }
}

#[test]
fn an_empty_header_does_not_hide_the_delivery_id_behind_it() {
    let world = World::new();
    let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
    let headers = [("webhook-id", ""), ("idempotency-key", "x")];
    assert_eq!(world.deliver("POST", &path, &headers, r#"{"a":1}"#).status, 202);
    assert_eq!(world.deliver("POST", &path, &headers, r#"{"a":1}"#).status, 200);
}

#[test]
fn odd_keys_and_values_are_learned_counted_and_run() {
    let world = World::new();
    let (_, path) = automation(&world, &json!({"name": "A", "steps": steps(STOP)}));
    let odd = r#"{"a\u0000b":"x\u0000y","\"q\"":1,"it's":2,"a.b":{"c":"\ud83d\ude00"},"":3,"n":1e400,"big":123456789012345678901234567890,"l":[{"x\u0000":1}]}"#;
    for n in 0..40 {
        let response = world.deliver("POST", &path, &[("idempotency-key", &format!("{n}"))], odd);
        assert_eq!(response.status, 202, "{}", response.body);
        world.run_queues();
    }
    world.minutes(2);
    assert_eq!(statuses(&world), vec!["succeeded"; 40], "{:?}", world.log.lines());
    let source = world.db.query("SELECT id FROM sources").remove(0);
    assert_eq!(world.api("GET", &format!("/sources/{source}/fields"), &Value::Null).0, 200);
    assert_eq!(
        world.db.query("SELECT DISTINCT present FROM fields"),
        ["40"],
        "{:?}",
        world.db.query("SELECT path, present, empty, samples FROM fields")
    );
}

/// Who switches an automation off wants nothing more of it to leave, also of what has begun.
#[test]
fn a_run_that_waits_is_held_while_its_automation_is_disabled() {
    let (world, path) = {
        let world = World::new();
        world.outbound.on(AGAIN, [answer(429, &json!({})), answer(200, &json!({})), answer(200, &json!({}))]);
        let call = json!({"id": "call", "action": "http_request", "params": {"url": AGAIN, "idempotent": true}});
        let wait = json!({"id": "wait", "action": "wait", "params": {"seconds": 90}});
        let (_, path) = automation(&world, &json!({"name": "A", "steps": [wait, call]}));
        (world, path)
    };
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    world.run_queues();
    assert_eq!(statuses(&world), ["waiting"]);
    let id = &world.db.query("SELECT id FROM automations")[0];
    let set =
        |what: &str, body: &Value| assert_eq!(world.api("POST", &format!("/automations/{id}/{what}"), body).0, 200);
    set("disable", &Value::Null);
    world.minutes(5);
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["held".to_owned()], 0));
    set("enable", &json!({"held": "release"}));
    world.run_queues();
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["waiting".to_owned()], 1));
    // Between two attempts too.
    set("disable", &Value::Null);
    world.minutes(30);
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["held".to_owned()], 1));
    set("enable", &json!({"held": "release"}));
    world.minutes(1);
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["succeeded".to_owned()], 2));
}

#[test]
fn a_run_of_a_deleted_automation_is_not_resumed() {
    let world = World::new();
    world.outbound.on(ONCE, [answer(400, &json!({}))]);
    let call = json!([{"id": "call", "action": "http_request", "params": {"url": ONCE}}]);
    let (id, path) = automation(&world, &json!({"name": "A", "steps": call}));
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    world.run_queues();
    assert_eq!(statuses(&world), ["failed"]);
    assert_eq!(world.api("DELETE", &format!("/automations/{id}?keep_source=true"), &Value::Null).0, 204);
    let run = world.api("GET", "/runs", &Value::Null).1["data"][0]["id"].as_str().unwrap().to_owned();
    let (status, said) = world.api("POST", &format!("/runs/{run}/resume"), &json!({}));
    assert_eq!((status, &said["code"]), (409, &json!("not_resumable")));
}

#[test]
fn a_run_that_was_cut_off_is_held_while_its_automation_is_disabled() {
    let world = World::new();
    world.outbound.on(AGAIN, [answer(200, &json!({}))]);
    world.outbound.on(ONCE, [answer(200, &json!({}))]);
    let again = json!({"id": "again", "action": "http_request", "params": {"url": AGAIN, "idempotent": true}});
    let once = json!({"id": "once", "action": "http_request", "params": {"url": ONCE}});
    let (id, path) = automation(&world, &json!({"name": "A", "steps": [again, once]}));
    world.outbound.faults.kill_nth(1, When::Before);
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    world.run_queues();
    world.restart();
    assert_eq!(world.api("POST", &format!("/automations/{id}/disable"), &Value::Null).0, 200);
    world.minutes(10);
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["held".to_owned()], 0));
    assert_eq!(world.api("POST", &format!("/automations/{id}/enable"), &json!({"held": "release"})).0, 200);
    world.minutes(1);
    assert_eq!((statuses(&world), world.outbound.sent().len()), (vec!["succeeded".to_owned()], 2));
}

/// A person can say what became of a call at any time; only what is left to do waits.
#[test]
fn an_uncertain_step_of_a_disabled_automation_is_settled() {
    let world = World::new();
    world.outbound.on(ONCE, [uncino::domain::action::Answer::Timeout]);
    let call = json!([{"id": "call", "action": "http_request", "params": {"url": ONCE}}]);
    let (id, path) = automation(&world, &json!({"name": "A", "steps": call}));
    world.deliver("POST", &path, &[], r#"{"a":1}"#);
    world.run_queues();
    assert_eq!(statuses(&world), ["uncertain"]);
    assert_eq!(world.api("POST", &format!("/automations/{id}/disable"), &Value::Null).0, 200);
    let run = world.api("GET", "/runs", &Value::Null).1["data"][0]["id"].as_str().unwrap().to_owned();
    let resume = |body: &Value| world.api("POST", &format!("/runs/{run}/resume"), body).0;
    assert_eq!((resume(&json!({})), resume(&json!({"uncertain": "sent"}))), (409, 200));
    world.minutes(1);
    assert_eq!(statuses(&world), ["succeeded"]);
}
