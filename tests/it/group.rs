//! Deliveries of one isolate that share a write: what they gain, and every way in which one of them could harm the others.
//!
//! A request that is gone is neither polled nor dropped again, as workerd does it. That nothing else of one request
//! reaches another is seen in `tests/worker/crowd.test.mjs`.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use uncino::app::After;
use uncino::app::ports::{Clock, QueueName};
use uncino::http::message::{Reply, Response};
use uncino::memory::{Delivery, When, World, block_on};

/// How long a call of the database takes here.
const CALL_MS: u32 = 20;

type Request = Pin<Box<dyn Future<Output = (Reply, Option<After>)>>>;

enum State {
    Asks(Request),
    Answered(Response),
    Gone,
}

/// Requests in flight in one isolate.
struct Crowd<'a> {
    world: &'a World,
    requests: Vec<State>,
    afters: Vec<After>,
    /// How often they asked the database to write.
    writes: usize,
}

impl<'a> Crowd<'a> {
    fn new(world: &'a World) -> Self {
        Self { world, requests: Vec::new(), afters: Vec::new(), writes: 0 }
    }

    /// A request that begins now: it comes as far as it can.
    fn send(&mut self, delivery: Delivery) -> usize {
        let app = self.world.app();
        let request = delivery.into_request();
        self.requests.push(State::Asks(Box::pin(async move { uncino::http::handle(&app, request).await })));
        self.poll(self.requests.len() - 1);
        self.requests.len() - 1
    }

    /// One step of a request; whether it asked the database to write.
    fn poll(&mut self, at: usize) -> bool {
        self.world.db.take_calls();
        if let State::Asks(request) = &mut self.requests[at]
            && let Poll::Ready((reply, after)) = request.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            self.requests[at] = State::Answered(self.world.assets.answer(reply));
            self.afters.extend(after);
        }
        let writes = self.world.db.take_calls().1;
        self.writes += writes;
        writes > 0
    }

    /// Its context is gone: nothing of it is run, and nothing dropped.
    fn leave(&mut self, at: usize) {
        let state = std::mem::replace(&mut self.requests[at], State::Gone);
        let State::Asks(request) = state else { panic!("request {at} is answered already") };
        std::mem::forget(request);
    }

    /// Lets everybody go on until all are answered, who are still there; how often they have asked the database to write
    /// by then.
    fn finish(&mut self) -> usize {
        for _ in 0..100_000 {
            let before = self.world.clock.now();
            let asking: Vec<usize> =
                (0..self.requests.len()).filter(|at| matches!(self.requests[*at], State::Asks(_))).collect();
            for at in &asking {
                self.poll(*at);
            }
            self.afters.retain_mut(|after| after.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            if asking.is_empty() && self.afters.is_empty() {
                return self.writes;
            }
            // Who is gone may hold the earliest wait of all.
            if self.world.clock.now() == before {
                self.world.clock.advance(1);
            }
        }
        panic!("some are never answered")
    }

    fn response(&self, at: usize) -> &Response {
        match &self.requests[at] {
            State::Answered(response) => response,
            State::Asks(_) | State::Gone => panic!("request {at} is not answered"),
        }
    }

    fn said(&self, at: usize) -> (u16, Value) {
        let response = self.response(at);
        (response.status, serde_json::from_str(&response.body).unwrap())
    }
}

/// A world with a source whose shape is known, and the path of its URL.
fn world() -> (World, String, String) {
    let world = World::new();
    let (status, made) = world.api("POST", "/automations", &json!({"name": "Folla", "steps": []}));
    assert_eq!(status, 201, "{made}");
    let url = made["source"]["url"].as_str().unwrap();
    let path = url[url.find("/in/").unwrap()..].to_owned();
    world.clock.advance(2);
    for body in [r#"{"n":1}"#, r#"{"n":"x"}"#] {
        assert_eq!(world.deliver("POST", &path, &[], body).status, 202);
    }
    assert_eq!(world.deliver("POST", &path, &[("content-type", "text/plain")], "plain").status, 202);
    world.run_queues();
    world.db.query("DELETE FROM events RETURNING id");
    world.db.query("DELETE FROM runs RETURNING event_id");
    world.clock.advance(1_000);
    world.db.set_latency_ms(CALL_MS);
    world.db.take_calls();
    world.kv.take_counts();
    world.queues.take_sends();
    (world, made["source"]["id"].as_str().unwrap().to_owned(), path)
}

fn numbered(path: &str, n: usize) -> Delivery {
    Delivery::new("POST", path, json!({ "n": n }).to_string())
}

fn count(world: &World) -> usize {
    world.db.query("SELECT count(*) FROM events")[0].parse().unwrap()
}

/// Whether each of these numbers is stored once.
fn assert_stored(world: &World, numbers: impl Iterator<Item = usize>) {
    let mut bodies = world.db.query("SELECT body FROM events");
    bodies.sort();
    let mut expected: Vec<String> = numbers.map(|n| json!({ "n": n }).to_string()).collect();
    expected.sort();
    assert_eq!(bodies, expected);
}

#[test]
fn a_lone_delivery_waits_for_nobody() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    for n in 0..3 {
        let begun = world.clock.now();
        crowd.send(numbered(&path, n));
        while matches!(crowd.requests[n], State::Asks(_)) {
            crowd.poll(n);
        }
        assert_eq!(crowd.said(n).0, 202);
        assert_eq!(world.clock.now().since(begun), i64::from(CALL_MS));
        crowd.finish();
        world.clock.advance(100);
    }
    assert_stored(&world, 0..3);
    assert_eq!((world.queues.take_sends(), world.kv.take_counts()), (3, (0, 0)));
}

#[test]
fn what_arrives_during_a_write_shares_the_next_one_and_its_orders_go_together() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    let begun = world.clock.now();
    for n in 0..64 {
        crowd.send(numbered(&path, n));
    }
    let writes = crowd.finish();
    assert!(world.clock.now().since(begun) < 100, "{}", world.clock.now().since(begun));
    // The first one was alone with its write.
    assert_eq!(writes, 2);
    assert_stored(&world, 0..64);
    let ids: Vec<String> = (0..64).map(|at| crowd.said(at).1["id"].as_str().unwrap().to_owned()).collect();
    for (n, id) in ids.iter().enumerate() {
        let body = world.db.query(&format!("SELECT body FROM events WHERE id = '{id}'"));
        assert_eq!(body, [json!({ "n": n }).to_string()], "each was told its own id");
        assert_eq!(crowd.said(n), (202, json!({"id": id, "status": "accepted", "fields": 1})));
    }
    assert_eq!((world.queues.held(QueueName::Runs).len(), world.queues.take_sends()), (64, 2));
    world.run_queues();
    assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'succeeded'"), ["64"]);
}

#[test]
fn a_leader_that_is_gone_is_followed_by_another() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    let begun = world.clock.now();
    for n in 0..10 {
        crowd.send(numbered(&path, n));
    }
    crowd.leave(0);
    let writes = crowd.finish();
    assert_eq!(writes, 2, "the others share one write");
    assert!(world.clock.now().since(begun) < 400);
    assert_stored(&world, 1..10);
    assert!((1..10).all(|at| crowd.said(at).0 == 202));
    // The next one finds nothing in its way.
    let begun = world.clock.now();
    crowd.send(numbered(&path, 10));
    crowd.finish();
    assert!(world.clock.now().since(begun) <= 2 * i64::from(CALL_MS));
}

/// Lets the first write end, and goes on until somebody leads the next one: who that is.
fn second_leader(crowd: &mut Crowd<'_>) -> usize {
    for _ in 0..1_000 {
        for at in 0..crowd.requests.len() {
            if crowd.poll(at) {
                return at;
            }
        }
    }
    panic!("nobody leads")
}

#[test]
fn who_waits_for_a_silent_leader_stores_its_event_itself() {
    for written in [false, true] {
        let (world, _, path) = world();
        let mut crowd = Crowd::new(&world);
        let begun = world.clock.now();
        crowd.send(numbered(&path, 0));
        for n in 1..6 {
            crowd.send(numbered(&path, n));
        }
        let leader = second_leader(&mut crowd);
        if written {
            // It writes, and is gone before it can tell.
            world.db.write_faults.slow(1, 10_000);
            for _ in 0..3 {
                world.clock.advance(i64::from(CALL_MS));
                crowd.poll(leader);
            }
            assert_eq!(count(&world), 6);
        }
        crowd.leave(leader);
        crowd.finish();
        assert!(world.clock.now().since(begun) < 600, "{} {written}", world.clock.now().since(begun));
        assert_stored(&world, (0..6).filter(|n| written || *n != leader));
        for at in (0..6).filter(|at| *at != leader) {
            assert_eq!(crowd.said(at).1["status"], "accepted");
        }
        world.db.set_latency_ms(0);
        world.run_queues();
        let lost = usize::from(written);
        assert_eq!(world.db.query("SELECT count(*) FROM runs"), [(count(&world) - lost).to_string()]);
    }
}

#[test]
fn a_leader_that_takes_long_and_lives_is_waited_for_while_a_second_one_leads() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for n in 1..6 {
        crowd.send(numbered(&path, n));
    }
    world.db.write_faults.slow(2, 900);
    second_leader(&mut crowd);
    for n in 6..10 {
        crowd.send(numbered(&path, n));
    }
    assert_eq!(crowd.finish(), 3, "nobody gave up a leader that gave signs of life");
    assert!((0..10).all(|at| crowd.said(at).1["status"] == "accepted"));
    assert_stored(&world, 0..10);
}

#[test]
fn a_leader_that_gives_up_leaves_its_rows_to_those_who_brought_them() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for n in 1..6 {
        crowd.send(numbered(&path, n));
    }
    let leader = second_leader(&mut crowd);
    // Dropped, as by a time-out of its own.
    crowd.requests[leader] = State::Gone;
    let begun = world.clock.now();
    crowd.finish();
    assert!(world.clock.now().since(begun) < 100, "nobody waits for a silence");
    assert_stored(&world, (0..6).filter(|n| *n != leader));
}

#[test]
fn one_bad_row_harms_no_other() {
    let (world, _, path) = world();
    world.db.query(
        "CREATE TRIGGER bad BEFORE INSERT ON events WHEN new.body LIKE '%:7}' BEGIN SELECT RAISE(ABORT, 'a bad row'); END",
    );
    let mut crowd = Crowd::new(&world);
    for n in 0..10 {
        crowd.send(numbered(&path, n));
    }
    crowd.finish();
    for at in 0..10 {
        let (status, said) = crowd.said(at);
        assert_eq!((status, said["deferred"] == true), (202, at == 7), "{at}: {said}");
    }
    assert_stored(&world, (0..10).filter(|n| *n != 7));
}

#[test]
fn an_overloaded_database_is_not_asked_again_by_each() {
    let (world, _, path) = world();
    world.db.query(
        "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'D1 DB is overloaded. Too many requests queued.'); END",
    );
    let mut crowd = Crowd::new(&world);
    for n in 0..10 {
        crowd.send(numbered(&path, n));
    }
    assert_eq!(crowd.finish(), 2);
    assert!((0..10).all(|at| crowd.said(at).1["deferred"] == true));
}

#[test]
fn every_text_is_stored_as_it_came() {
    let (world, _, path) = world();
    let texts = [
        "\u{1}\u{8}\t\n\r\u{1f}\u{7f}",
        "\"quoted\" \\ \\u0000 \\\\u0000",
        "\u{2028}\u{2029}\u{feff}x\u{fffe}\u{ffff}\u{10ffff}",
        "perché 😀 {{ nome }} ', NULL); --",
        "[[1,2],{\"a\":null}]x",
    ];
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for text in texts {
        let delivery = Delivery::new("POST", &format!("{path}?n=%00%22"), text);
        crowd.send(delivery.header("content-type", "text/plain").header("user-agent", text));
    }
    crowd.finish();
    for (at, text) in texts.iter().enumerate() {
        let (status, said) = crowd.said(at + 1);
        assert_eq!(status, 202, "{said}");
        let hex: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
        let id = said["id"].as_str().unwrap();
        let stored = world.db.query(&format!("SELECT hex(body), hex(user_agent), query FROM events WHERE id = '{id}'"));
        assert_eq!(stored, [format!("{hex}|{hex}|n=%00%22")], "{text:?}");
    }
}

/// If a text from JSON ended at its first NUL, as it did in older versions of SQLite, these three would be one.
#[test]
fn a_text_with_a_nul_is_not_cut() {
    let (world, source, path) = world();
    let (status, _) = world.api("PATCH", &format!("/sources/{source}"), &json!({"delivery_id": {"fields": ["n"]}}));
    assert_eq!(status, 200);
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for n in 1..4 {
        crowd.send(Delivery::new("POST", &path, json!({ "n": format!("a\0{n}") }).to_string()));
    }
    crowd.finish();
    assert!((0..4).all(|at| crowd.said(at).1["status"] == "accepted"));
    let ids = world.db.query("SELECT hex(delivery_id) FROM events ORDER BY delivery_id");
    assert_eq!(ids, ["30", "610031", "610032", "610033"]);
}

#[test]
fn a_row_is_stored_as_a_single_insert_stores_it() {
    let (world, _, path) = world();
    let deliveries = || {
        let one = |headers: &[(&str, &str)], body: &str| Delivery::new("POST", &path, body).headers(headers);
        vec![
            one(&[], r#"{"n":1}"#),
            one(&[("content-type", "application/json"), ("user-agent", "Zapier")], r#"{"n":1}"#),
            one(&[("x-uncino-test", "1"), ("webhook-id", "t")], r#"{"n":1}"#),
            one(&[("x-uncino-hop", "3"), ("webhook-id", "d")], r#"{"n":1}"#),
            one(&[("content-type", "application/x-www-form-urlencoded")], "n=caff%E8"),
        ]
    };
    // What the test teaches is known before: a row that brings something new is written by itself.
    for delivery in deliveries() {
        world.deliver_all(vec![delivery]);
    }
    let columns = "content_type, user_agent, query, encoding, body, typeof(body), delivery_id, body_hash, test, typeof(test), hop, typeof(hop)";
    let rows = || world.db.query(&format!("SELECT {columns} FROM events ORDER BY {columns}"));
    world.db.query("DELETE FROM events RETURNING id");
    deliveries().into_iter().for_each(|delivery| drop(world.deliver_all(vec![delivery])));
    let alone = rows();
    world.db.query("DELETE FROM events RETURNING id");
    world.clock.advance(5_000);
    world.db.take_calls();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for delivery in deliveries() {
        crowd.send(delivery);
    }
    assert_eq!(crowd.finish(), 2);
    world.db.query(r#"DELETE FROM events WHERE body = '{"n":0}' RETURNING id"#);
    assert_eq!((rows(), alone.len()), (alone, 5));
}

#[test]
fn equal_delivery_ids_in_one_write_are_one_event() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for n in 1..6 {
        crowd.send(numbered(&path, n).header("webhook-id", "same"));
    }
    crowd.finish();
    assert_eq!(count(&world), 2);
    let ids: Vec<Value> = (1..6).map(|at| crowd.said(at).1["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let statuses: Vec<u16> = (1..6).map(|at| crowd.said(at).0).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1, "{statuses:?}");
    world.run_queues();
    assert_eq!(world.db.query("SELECT count(*) FROM runs"), ["2"]);
}

#[test]
fn equal_bodies_that_a_source_refuses_do_not_share_a_write() {
    let (world, source, path) = world();
    let (status, _) = world.api("PATCH", &format!("/sources/{source}"), &json!({"dedupe_window_s": 60}));
    assert_eq!(status, 200);
    world.db.take_calls();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for n in [1, 2, 1, 2, 1, 3] {
        crowd.send(numbered(&path, n));
    }
    crowd.finish();
    assert_stored(&world, 0..4);
    let statuses: Vec<u16> = (0..7).map(|at| crowd.said(at).0).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 4, "{statuses:?}");
}

/// Another isolate changes the source while deliveries wait that were verified before.
#[test]
fn what_was_verified_under_other_rules_is_not_stored() {
    let verification =
        |secret: &str| json!({"verification": {"scheme": "shared_token", "header": "x-key", "secrets": [secret]}});
    for change in ["secret", "token", "deletion"] {
        let (world, source, path) = world();
        let (status, _) = world.api("PATCH", &format!("/sources/{source}"), &verification("the old secret"));
        assert_eq!(status, 200);
        let mut crowd = Crowd::new(&world);
        world.db.take_calls();
        for n in 0..5 {
            crowd.send(numbered(&path, n).header("x-key", "the old secret"));
        }
        let mut elsewhere = world.app();
        elsewhere.memory = Rc::default();
        let id = uncino::domain::ids::SourceId::parse(&source).unwrap();
        world.db.set_latency_ms(0);
        let expected = match change {
            "secret" => {
                block_on(uncino::app::sources::change(&elsewhere, &id, &verification("a new secret"))).unwrap();
                401
            }
            "token" => {
                world.db.query("UPDATE sources SET token = 'another' RETURNING id");
                404
            }
            _ => {
                world.db.query("UPDATE sources SET deleted_at = 1 RETURNING id");
                410
            }
        };
        world.db.set_latency_ms(CALL_MS);
        world.db.take_calls();
        crowd.finish();
        let statuses: Vec<u16> = (1..5).map(|at| crowd.response(at).status).collect();
        assert_eq!(statuses, [expected; 4], "{change}");
        let held = world.db.query(r#"SELECT count(*) FROM events WHERE body <> '{"n":0}'"#);
        assert_eq!(held, ["0"], "{change}");
    }
}

#[test]
fn a_statement_holds_no_more_than_the_database_takes() {
    let (world, _, path) = world();
    let long = |n: usize| json!({ "n": format!("{n} {}", "x".repeat(50_000)) }).to_string();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for n in 1..65 {
        crowd.send(Delivery::new("POST", &path, long(n)));
    }
    let writes = crowd.finish();
    assert!((5..=7).contains(&writes), "3.2 MB in {writes} writes");
    assert!((0..65).all(|at| crowd.said(at).1["status"] == "accepted"));
    assert_eq!(count(&world), 65);
}

#[test]
fn each_body_of_a_shared_write_is_stored_as_it_came() {
    let (world, _, path) = world();
    let bodies = ["perché no?", "€ \"12\" \\ 🪝", "a\n\tb\u{1}", "x", "città,]\"", " {\"n\":\"\\u00e8\"} "];
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    for body in bodies {
        crowd.send(Delivery::new("POST", &path, body).header("content-type", "text/plain"));
    }
    assert_eq!(crowd.finish(), 2);
    let stored = world.db.query(r#"SELECT body FROM events WHERE body <> '{"n":0}' ORDER BY id"#);
    let mut stored: Vec<&str> = stored.iter().map(String::as_str).collect();
    let mut sent = bodies;
    stored.sort_unstable();
    sent.sort_unstable();
    assert_eq!(stored, sent);
}

#[test]
fn what_is_long_or_too_much_is_written_alone() {
    // A control character is one byte, however it is escaped on its way. 4 MB may wait.
    for (text, length, deliveries, writes) in
        [("x", 70_000, 5, 6..=6), ("\u{1}", 20_000, 5, 2..=2), ("x", 60_000, 100, 38..=42)]
    {
        let (world, _, path) = world();
        let mut crowd = Crowd::new(&world);
        crowd.send(numbered(&path, 0));
        for n in 1..=deliveries {
            let body = format!("{n} {}", text.repeat(length));
            crowd.send(Delivery::new("POST", &path, body).header("content-type", "text/plain"));
        }
        let written = crowd.finish();
        assert!(writes.contains(&written), "{deliveries} of {length}: {written}");
        assert!((0..=deliveries).all(|at| crowd.said(at).1["status"] == "accepted"));
        assert_eq!(count(&world), deliveries + 1);
    }
}

#[test]
fn a_database_that_does_not_answer_defers_everybody_in_time() {
    for (calls, ms) in [(1, 10_000), (2, 10_000), (100, 10_000), (100, 1_400), (100, 700)] {
        let (world, _, path) = world();
        world.db.write_faults.slow(calls, ms);
        let mut crowd = Crowd::new(&world);
        let begun = world.clock.now();
        for n in 0..30 {
            crowd.send(numbered(&path, n));
        }
        crowd.finish();
        let took = world.clock.now().since(begun);
        assert!(took <= 2_500, "{calls} calls of {ms} ms: {took}");
        assert!((0..30).all(|at| crowd.said(at).0 == 202));
        world.minutes(5);
        assert_stored(&world, 0..30);
        assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'succeeded'"), ["30"]);
    }
}

#[test]
fn who_waits_for_one_that_came_later_is_answered_in_its_own_time() {
    let (world, _, path) = world();
    world.db.write_faults.slow(10, 10_000);
    let mut crowd = Crowd::new(&world);
    let begun = world.clock.now();
    crowd.send(numbered(&path, 0));
    crowd.send(numbered(&path, 1));
    // The next one comes before the second looks again, and takes it along.
    world.clock.advance(255);
    crowd.send(numbered(&path, 2));
    assert_eq!(crowd.writes, 2);
    for at in [0, 2, 1].into_iter().cycle() {
        crowd.poll(at);
        if matches!(crowd.requests[1], State::Answered(_)) {
            break;
        }
    }
    assert!(world.clock.now().since(begun) <= 1_510, "{}", world.clock.now().since(begun));
    assert_eq!(crowd.said(1).1["deferred"], true);
}

#[test]
fn an_answer_of_the_database_that_is_lost_stores_nothing_twice() {
    for when in [When::Before, When::After] {
        for nth in 1..4 {
            let (world, _, path) = world();
            world.db.write_faults.fail_nth(nth, when);
            let mut crowd = Crowd::new(&world);
            for n in 0..10 {
                crowd.send(numbered(&path, n).header("webhook-id", &format!("d{}", n % 5)));
            }
            crowd.finish();
            assert_eq!(count(&world), 5, "{when:?} {nth}");
            // A repeated one whose own try fails is deferred: nobody could say that it is repeated.
            let (deferred, accepted): (Vec<_>, Vec<_>) = (0..10)
                .map(|at| crowd.said(at))
                .filter(|(status, _)| *status == 202)
                .partition(|(_, said)| said["deferred"] == true);
            assert!(accepted.len() == 5 && deferred.len() <= 1, "{when:?} {nth}: {accepted:?} {deferred:?}");
            world.run_queues();
            assert_eq!(world.db.query("SELECT count(*) FROM runs"), ["5"], "{when:?} {nth}");
        }
    }
}

#[test]
fn the_event_of_somebody_who_is_gone_is_run_without_the_sweep() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    for n in 0..5 {
        crowd.send(numbered(&path, n));
    }
    crowd.leave(3);
    crowd.finish();
    assert_stored(&world, 0..5);
    world.db.set_latency_ms(0);
    world.run_queues();
    assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'succeeded'"), ["5"]);
}

#[test]
fn what_somebody_left_in_line_long_ago_is_not_stored_later() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    crowd.send(numbered(&path, 1));
    crowd.leave(0);
    crowd.leave(1);
    world.clock.advance(5_000);
    crowd.send(numbered(&path, 2));
    crowd.finish();
    assert_stored(&world, 2..3);
}

#[test]
fn who_was_about_to_send_orders_and_is_gone_is_followed_by_another() {
    let (world, _, path) = world();
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    while matches!(crowd.requests[0], State::Asks(_)) {
        crowd.poll(0);
    }
    // Its hand-off is never run.
    std::mem::forget(crowd.afters.pop().unwrap());
    crowd.send(numbered(&path, 1));
    crowd.finish();
    assert_eq!(world.queues.held(QueueName::Runs).len(), 0, "somebody is still believed to be about to send");
    world.clock.advance(1_000);
    crowd.send(numbered(&path, 2));
    crowd.finish();
    assert_eq!(world.queues.held(QueueName::Runs).len(), 3);
    // A hand-off that is dropped is given up at once.
    crowd.send(numbered(&path, 3));
    while matches!(crowd.requests[3], State::Asks(_)) {
        crowd.poll(3);
    }
    crowd.afters.clear();
    crowd.send(numbered(&path, 4));
    crowd.finish();
    assert_eq!(world.queues.held(QueueName::Runs).len(), 5);
}

#[test]
fn orders_that_are_not_sent_are_found_by_the_sweep() {
    let (world, _, path) = world();
    world.queues.faults.fail(10, When::Before);
    let mut crowd = Crowd::new(&world);
    for n in 0..10 {
        crowd.send(numbered(&path, n));
    }
    crowd.finish();
    world.queues.faults.heal();
    assert!(world.queues.held(QueueName::Runs).is_empty());
    world.minutes(3);
    assert_eq!(world.db.query("SELECT count(*) FROM runs WHERE status = 'succeeded'"), ["10"]);
}

#[test]
fn one_after_the_other_shares_orders_too() {
    let (world, _, path) = world();
    world.db.set_latency_ms(1);
    let mut crowd = Crowd::new(&world);
    for n in 0..200 {
        crowd.send(numbered(&path, n));
        // Beside a request, which has the earlier wait.
        crowd.afters.retain_mut(|after| after.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        while matches!(crowd.requests[n], State::Asks(_)) {
            crowd.poll(n);
        }
    }
    crowd.finish();
    assert_eq!(world.queues.held(QueueName::Runs).len(), 200);
    let sends = world.queues.take_sends();
    assert!(sends <= 20, "{sends} sends in 200 ms");
}

#[test]
fn when_what_is_remembered_grows_old_one_looks_it_up_and_the_others_go_on() {
    let (world, _, path) = world();
    world.deliver_all(vec![numbered(&path, 100)]);
    world.kv.take_counts();
    world.clock.advance(10_001);
    world.kv.faults.slow(100, 500);
    let mut crowd = Crowd::new(&world);
    let begun = world.clock.now();
    for n in 0..64 {
        crowd.send(numbered(&path, n));
    }
    while crowd.requests.iter().filter(|state| matches!(state, State::Asks(_))).count() > 1 {
        (0..64).for_each(|at| _ = crowd.poll(at));
    }
    assert!(world.clock.now().since(begun) < 100, "the others waited for the look-up");
    crowd.finish();
    assert_eq!(world.kv.take_counts(), (1, 0));
    assert_eq!(count(&world), 65);
}

#[test]
fn who_looks_a_source_up_and_is_gone_is_followed_by_another() {
    let (world, source, path) = world();
    world.deliver_all(vec![numbered(&path, 100)]);
    world.kv.take_counts();
    world.clock.advance(10_001);
    world.kv.faults.slow(1, 60_000);
    let mut crowd = Crowd::new(&world);
    crowd.send(numbered(&path, 0));
    crowd.leave(0);
    for n in 1..6 {
        crowd.send(numbered(&path, n));
        crowd.finish();
        world.clock.advance(900);
    }
    assert_eq!(world.kv.take_counts(), (2, 0), "after two seconds another one looks");
    // What is remembered never decides.
    world.clock.advance(10_001);
    world.db.query(&format!("UPDATE sources SET deleted_at = 1 WHERE id = '{source}' RETURNING id"));
    for n in 6..10 {
        crowd.send(numbered(&path, n));
    }
    crowd.finish();
    assert!((6..10).all(|at| crowd.response(at).status == 410));
    // What is older than half a minute is of no use to anybody.
    let (world, _, path) = self::world();
    world.clock.advance(60_000);
    let mut crowd = Crowd::new(&world);
    world.kv.faults.slow(100, 50);
    for n in 0..4 {
        crowd.send(numbered(&path, n));
    }
    crowd.finish();
    assert_eq!(world.kv.take_counts().0, 4);
}

#[test]
fn deliveries_without_a_body_share_a_write() {
    let (world, _, path) = world();
    let path = format!("{path}?n=1");
    world.deliver("POST", &path, &[], "");
    let mut crowd = Crowd::new(&world);
    for _ in 0..10 {
        crowd.send(Delivery::new("POST", &path, ""));
    }
    assert_eq!(crowd.finish(), 2);
    assert_eq!(world.db.query("SELECT count(*) FROM events WHERE body = '' AND query = 'n=1'"), ["11"]);
}
