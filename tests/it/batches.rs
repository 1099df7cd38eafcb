//! Batches of orders: what one costs, that its runs harm each other in nothing, and that what an isolate remembers for
//! them is never older than what an operator has just said.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uncino::app::After;
use uncino::app::ports::{Background, Clock, Incoming, Outbound, QueueName, Verdict};
use uncino::domain::action::{Answer, HttpRequest};
use uncino::memory::{World, answer, block_on};
use uncino::store::{Arg, Database, DatabaseError, Reason, Rows, Statement};

const URL: &str = "https://api.example/";

fn call(more: &Value) -> Value {
    let mut params = json!({"url": format!("{URL}x"), "json": {"n": "{{ n }}"}});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!([{"id": "call", "action": "http_request", "params": params}])
}

fn contact() -> Value {
    json!([{"id": "save", "action": "save_contact", "params": {"email": "{{ email }}"}}])
}

/// Makes an automation; its id, and the path of its source's URL.
fn automation(world: &World, steps: &Value) -> (String, String) {
    let (status, made) = world.api("POST", "/automations", &json!({"name": "A", "steps": steps}));
    assert_eq!(status, 201, "{made}");
    world.clock.advance(2);
    let url = made["source"]["url"].as_str().unwrap();
    (made["id"].as_str().unwrap().to_owned(), url[url.find("/in/").unwrap()..].to_owned())
}

/// Sends events, and takes their orders out of the queue as one batch.
fn orders(world: &World, path: &str, count: usize) -> Vec<Incoming> {
    for n in 0..count {
        world.clock.advance(1);
        let body = json!({"n": n, "email": format!("a{n}@example.com")}).to_string();
        assert_eq!(world.deliver("POST", path, &[], body).status, 202);
    }
    take(world)
}

fn take(world: &World) -> Vec<Incoming> {
    let taken = world.queues.held(QueueName::Runs).iter().map(Incoming::from).collect();
    world.queues.clear();
    taken
}

fn consume(world: &World, orders: Vec<Incoming>) {
    let verdicts = block_on(uncino::app::consume(&world.app(), QueueName::Runs, orders));
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Ack), "{verdicts:?}");
}

#[test]
fn a_batch_costs_a_few_calls_however_many_runs_it_has() {
    for (steps, expected) in [(contact(), (3, 2)), (call(&json!({})), (4, 3))] {
        let world = World::new();
        world.outbound.on(URL, [answer(200, &json!({"ok": 1}))]);
        let path = automation(&world, &steps).1;
        consume(&world, orders(&world, &path, 1));
        let ten = orders(&world, &path, 10);
        world.db.take_calls();
        consume(&world, ten);
        assert_eq!(world.db.take_calls(), expected, "{steps}");
        assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'succeeded'"), ["11"]);
        assert_eq!(world.db.query("SELECT events FROM tallies"), ["11"]);
    }
}

#[test]
fn a_body_of_several_lines_is_run_as_it_came() {
    let world = World::new();
    let path = automation(&world, &contact()).1;
    for body in [
        "{\n  \"email\": \"a@example.com\",\n\n  \"n\": 1\n}\n",
        "\n{\"email\":\"b@example.com\"}",
        "email=c%40example.com\n",
    ] {
        assert_eq!(world.deliver("POST", &path, &[], body).status, 202);
    }
    consume(&world, take(&world));
    let emails = world.db.query("SELECT email FROM contacts ORDER BY email");
    assert_eq!(emails, ["a@example.com", "b@example.com", "c@example.com"]);
}

#[test]
fn the_newest_values_of_a_batch_are_its_samples() {
    let world = World::new();
    let path = automation(&world, &json!([])).1;
    consume(&world, orders(&world, &path, 12));
    let source = world.db.query("SELECT id FROM sources").remove(0);
    let (_, fields) = world.api("GET", &format!("/sources/{source}/fields"), &Value::Null);
    assert_eq!((&fields["data"][0]["samples"], &fields["data"][0]["present"]), (&json!(["11", "10", "9"]), &json!(12)));
}

#[test]
fn runs_that_wait_send_their_orders_together() {
    let world = World::new();
    let path = automation(&world, &json!([{"id": "w", "action": "wait", "params": {"seconds": 5}}])).1;
    let ten = orders(&world, &path, 10);
    world.queues.faults.fail(1, uncino::memory::When::Before);
    consume(&world, ten);
    assert_eq!(take(&world).len(), 0, "one call was to be made, and it failed");
    assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'waiting'"), ["10"]);
}

/// A database that refuses what names one event.
struct Refuses {
    inner: Rc<dyn Database>,
    event: String,
}

#[async_trait(?Send)]
impl Database for Refuses {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let names = |statement: &Statement| {
            let is_named = |arg: &Arg| matches!(arg, Arg::Text(text) if text.contains(&self.event));
            statement.sql.starts_with("INSERT INTO runs") && statement.args.iter().any(is_named)
        };
        if statements.iter().any(names) {
            return Err(DatabaseError { reason: Reason::Failed, text: "string or blob too big".to_owned() });
        }
        self.inner.batch(statements).await
    }
}

#[test]
fn a_run_that_the_database_refuses_harms_no_other() {
    let world = World::new();
    let path = automation(&world, &contact()).1;
    let ten = orders(&world, &path, 10);
    let event = world.db.query("SELECT id FROM events ORDER BY id LIMIT 1 OFFSET 3").remove(0);
    let mut app = world.app();
    app.ports.db = Rc::new(Refuses { inner: app.ports.db.clone(), event: event.clone() });
    let verdicts = block_on(uncino::app::consume(&app, QueueName::Runs, ten));
    let again: Vec<usize> = (0..10).filter(|at| verdicts[*at] != Verdict::Ack).collect();
    assert_eq!(again, [3], "{verdicts:?}");
    assert_eq!(world.db.query("SELECT count(*), count(*) FILTER (WHERE status = 'succeeded') FROM runs"), ["9|9"]);
    let slowest = world.db.query("SELECT max(finished_at - created_at) FROM runs").remove(0);
    assert!(slowest.parse::<i64>().unwrap() < 50, "a run waited {slowest} ms for the one that was refused");
}

#[test]
fn a_new_revision_acts_at_once_in_an_isolate_that_knows_the_old_one() {
    let world = World::new();
    let stop = |reason: &str| json!([{"id": "s", "action": "stop", "params": {"reason": reason}}]);
    let (id, path) = automation(&world, &stop("one"));
    let reasons = || world.db.query("SELECT revision, steps ->> '$[0].output.reason' FROM runs ORDER BY event_id");
    consume(&world, orders(&world, &path, 1));
    let before = orders(&world, &path, 1);
    let draft = json!({"name": "A", "steps": stop("two")});
    assert_eq!(world.api("PUT", &format!("/automations/{id}"), &draft).0, 200);
    consume(&world, before);
    consume(&world, orders(&world, &path, 1));
    assert_eq!(reasons(), ["1|one", "2|two", "2|two"]);
    assert_eq!(world.api("POST", &format!("/automations/{id}/disable"), &Value::Null).0, 200);
    consume(&world, orders(&world, &path, 1));
    assert_eq!(world.db.query("SELECT status FROM runs ORDER BY event_id DESC LIMIT 1"), ["held"]);
    // A database that was set back may have the same number for something else.
    world.db.query("UPDATE revisions SET plan = replace(plan, 'two', 'three') WHERE revision = 2 RETURNING plan");
    world.clock.advance(5);
    assert_eq!(world.api("POST", &format!("/automations/{id}/enable"), &json!({"held": "drop"})).0, 200);
    consume(&world, orders(&world, &path, 1));
    assert_eq!(reasons().last().unwrap(), "2|three");
}

#[test]
fn a_plan_that_is_known_is_not_read_again() {
    let world = World::new();
    let path = automation(&world, &contact()).1;
    consume(&world, orders(&world, &path, 1));
    // As if what is stored could not be read any more: nobody looks.
    world.db.query("UPDATE revisions SET plan = '{' RETURNING plan");
    consume(&world, orders(&world, &path, 1));
    world.forget();
    consume(&world, orders(&world, &path, 1));
    assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'succeeded'"), ["2"]);
    assert!(world.log.mentions("an automation cannot be read"));
}

#[test]
fn a_connection_that_is_changed_acts_at_once() {
    let world = World::new();
    world.outbound.on(URL, [answer(200, &json!({"ok": 1}))]);
    let made =
        |value: &str| json!({"kind": "http", "name": "H", "default": true, "settings": {"headers": {"x-who": value}}});
    let path = automation(&world, &call(&json!({}))).1;
    consume(&world, orders(&world, &path, 1));
    let (status, connection) = world.api("POST", "/connections", &made("one"));
    assert_eq!(status, 201, "{connection}");
    let at = format!("/connections/{}", connection["id"].as_str().unwrap());
    consume(&world, orders(&world, &path, 1));
    assert_eq!(world.api("PATCH", &at, &json!({"settings": {"headers": {"x-who": "two"}}})).0, 200);
    consume(&world, orders(&world, &path, 1));
    assert_eq!(world.api("DELETE", &at, &Value::Null).0, 204);
    consume(&world, orders(&world, &path, 1));
    let sent = world.outbound.sent();
    let who: Vec<Option<&str>> = sent.iter().map(|sent| sent.header("x-who")).collect();
    assert_eq!(who, [None, Some("one"), Some("two"), None]);
}

/// A run that has waited for its turn does not call with what has been an operator's word for a while.
#[test]
fn a_connection_that_is_changed_during_a_batch_acts_a_second_later() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    world.outbound.on(URL, [answer(200, &json!({"ok": 1}))]);
    let (status, connection) =
        world.api("POST", "/connections", &json!({"kind": "http", "name": "H", "settings": {"headers": {"x": "1"}}}));
    assert_eq!(status, 201, "{connection}");
    let id = connection["id"].as_str().unwrap().to_owned();
    let mut steps = call(&json!({"connection": id}));
    let mut second = steps[0].clone();
    second["id"] = json!("again");
    steps.as_array_mut().unwrap().push(second);
    let path = automation(world, &steps).1;
    consume(world, orders(world, &path, 1));
    world.outbound.faults.slow(1, 1_500);
    let slow = Rc::new(Meanwhile { inner: world.app().ports.outbound, world, id });
    let mut app = world.app();
    app.ports.outbound = slow;
    let one = orders(world, &path, 1);
    block_on(uncino::app::consume(&app, QueueName::Runs, one));
    let seen: Vec<String> =
        world.outbound.sent().iter().map(|sent| sent.header("x").unwrap_or_default().to_owned()).collect();
    assert_eq!(seen, ["1", "1", "1", "2"]);
}

/// The connection is changed while the first call is under way.
struct Meanwhile {
    inner: Rc<dyn Outbound>,
    world: &'static World,
    id: String,
}

#[async_trait(?Send)]
impl Outbound for Meanwhile {
    async fn send(&self, request: HttpRequest) -> Answer {
        let answer = self.inner.send(request).await;
        let change = json!({"settings": {"headers": {"x": "2"}}});
        assert_eq!(self.world.api("PATCH", &format!("/connections/{}", self.id), &change).0, 200);
        answer
    }
}

/// Calls that take ten seconds, and how many were under way at once.
struct Slow {
    inner: Rc<dyn Outbound>,
    clock: Rc<dyn Clock>,
    now: Cell<usize>,
    most: Cell<usize>,
}

#[async_trait(?Send)]
impl Outbound for Slow {
    async fn send(&self, request: HttpRequest) -> Answer {
        self.now.set(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
        self.clock.sleep(10_000).await;
        self.now.set(self.now.get() - 1);
        self.inner.send(request).await
    }
}

/// What goes on beside the queue, kept for the test.
#[derive(Default)]
struct Beside(RefCell<Vec<After>>);

impl Background for Beside {
    fn grace_ms(&self) -> Option<u32> {
        Some(28_000)
    }

    fn go_on(&self, work: After) {
        self.0.borrow_mut().push(work);
    }
}

#[test]
fn slow_calls_are_few_at_once_hold_up_nobody_and_the_rest_is_handed_over() {
    let world = World::new();
    world.outbound.on(URL, [answer(200, &json!({"ok": 1}))]);
    let slow_path = automation(&world, &call(&json!({}))).1;
    let own_path = automation(&world, &contact()).1;
    let mut all = orders(&world, &slow_path, 8);
    all.extend(orders(&world, &own_path, 3));
    let (mut app, beside) = (world.app(), Rc::new(Beside::default()));
    let slow = Rc::new(Slow {
        inner: app.ports.outbound.clone(),
        clock: app.ports.clock.clone(),
        now: Cell::new(0),
        most: Cell::new(0),
    });
    (app.ports.outbound, app.ports.background) = (slow.clone(), beside.clone());
    world.db.set_latency_ms(5);
    let began = world.clock.now();
    let verdicts = block_on(uncino::app::consume(&app, QueueName::Runs, all));
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Ack), "{verdicts:?}");
    world.db.set_latency_ms(0);
    assert!(world.clock.now().since(began) < 1_500, "the queue was held up for {}", world.clock.now().since(began));
    let statuses = || world.db.query("SELECT status, count(*) FROM runs GROUP BY status ORDER BY status");
    assert_eq!(statuses(), ["running|5", "succeeded|3", "waiting|3"]);
    let own = "SELECT max(finished_at - created_at) FROM runs WHERE status = 'succeeded'";
    assert!(world.db.query(own)[0].parse::<i64>().unwrap() < 100);
    // Somebody else can take the others at once.
    let handed_over = take(&world);
    assert_eq!(handed_over.len(), 3);
    consume(&world, handed_over);
    assert_eq!(statuses(), ["running|5", "succeeded|6"]);
    block_on(join_all(beside.0.take()));
    assert_eq!((statuses(), slow.most.get()), (vec!["succeeded|11".to_owned()], 5));
}
