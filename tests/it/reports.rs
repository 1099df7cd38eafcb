//! Delivery reports where time matters: before the step is done, out of order, twice, while the database or the worker
//! fails, and in floods. What a report says stands in `tests/cases/flows`.

use serde_json::{Value, json};
use uncino::domain::action::Answer;
use uncino::http::message::Response;
use uncino::memory::{KILLED, When, World, answer};

use super::flows::hub_signature;

const SECRET: &str = "app-secret-of-the-test";
const META: &str = "https://meta.example";
const NUMBER: &str = "393331234567";

struct Scene {
    world: World,
    hook: String,
    path: String,
    connection: String,
}

/// A world with a WhatsApp connection and an automation that writes and stops.
fn scene(answers: Vec<Answer>) -> Scene {
    scene_with(answers, "stop")
}

fn scene_with(answers: Vec<Answer>, on_error: &str) -> Scene {
    let world = World::with(&[("WHATSAPP_API_URL", META)]);
    world.outbound.on(META, answers);
    let connection = json!({"kind": "whatsapp", "name": "Negozio", "default": true,
        "settings": {"phone_number_id": "1234567890"}, "secrets": {"access_token": "EAAB", "app_secret": SECRET}});
    let (status, made) = world.api("POST", "/connections", &connection);
    assert_eq!(status, 201, "{made}");
    let steps = json!([
        {"id": "wa", "action": "send_whatsapp", "params": {"to": "{{ telefono }}", "text": "Ciao"}, "on_error": on_error},
        {"id": "fine", "action": "stop", "params": {"reason": "fatto"}},
    ]);
    let (status, automation) = world.api("POST", "/automations", &json!({"name": "Avviso", "steps": steps}));
    assert_eq!(status, 201, "{automation}");
    world.clock.advance(2);
    let below = |url: &Value| url.as_str().unwrap().strip_prefix("http://localhost:8787").unwrap().to_owned();
    Scene {
        hook: below(&made["webhook_url"]),
        path: below(&automation["source"]["url"]),
        connection: made["id"].as_str().unwrap().to_owned(),
        world,
    }
}

impl Scene {
    fn event(&self) {
        let answered = self.world.deliver("POST", &self.path, &[], r#"{"telefono":"333 1234567"}"#);
        assert_eq!(answered.status, 202, "{}", answered.body);
        self.world.clock.advance(2);
    }

    /// The run and its steps as the API shows them.
    fn run(&self) -> Value {
        self.world.api("GET", "/runs", &Value::Null).1["data"][0].clone()
    }

    fn key(&self) -> String {
        format!("{}/wa", self.run()["id"].as_str().unwrap())
    }

    fn report(&self, status: &str, key: &str) -> Response {
        self.send(&[report(status, key)])
    }

    fn send(&self, statuses: &[Value]) -> Response {
        let body = json!({"object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": {"statuses": statuses}}]}]})
        .to_string();
        let signature = hub_signature(SECRET, body.as_bytes());
        self.world.deliver("POST", &self.hook, &[("x-hub-signature-256", &signature)], body)
    }
}

fn report(status: &str, key: &str) -> Value {
    let mut report = json!({"id": "wamid.R", "status": status, "timestamp": "1763999000", "recipient_id": NUMBER,
        "biz_opaque_callback_data": key});
    if status == "failed" {
        report["errors"] = json!([{"code": 131026, "title": "Message undeliverable"}]);
    }
    report
}

fn accepted() -> Answer {
    answer(200, &json!({"messages": [{"id": "wamid.1"}]}))
}

fn delivery(run: &Value) -> &Value {
    &run["steps"][0]["output"]["delivery"]["status"]
}

#[test]
fn in_whatever_order_reports_come_the_furthest_counts() {
    for first in ["sent", "delivered", "read", "failed"] {
        for second in ["sent", "delivered", "read", "failed"] {
            let scene = scene(vec![accepted()]);
            scene.event();
            scene.world.run_queues();
            let key = scene.key();
            let both = [first, second];
            for status in both {
                assert_eq!(scene.report(status, &key).status, 200);
            }
            let furthest = ["read", "delivered", "failed", "sent"].into_iter().find(|word| both.contains(word));
            let run = scene.run();
            assert_eq!(delivery(&run), furthest.unwrap(), "{both:?}");
            assert_eq!(run["with_errors"], furthest == Some("failed"), "{both:?}");
            assert_eq!(run["status"], "succeeded");
            assert_eq!(delivery(&scene_of_one_post(&both)), furthest.unwrap(), "in one webhook: {both:?}");
        }
    }
}

fn scene_of_one_post(all: &[&str]) -> Value {
    let scene = scene(vec![accepted()]);
    scene.event();
    scene.world.run_queues();
    let key = scene.key();
    let statuses: Vec<Value> = all.iter().map(|status| report(status, &key)).collect();
    assert_eq!(scene.send(&statuses).status, 200);
    scene.run()
}

#[test]
fn a_report_that_comes_before_the_time_out_settles_the_step_afterwards() {
    let scene = scene(vec![Answer::Timeout]);
    // The worker dies during the call: the step stands as running, and its message is on its way.
    scene.world.outbound.faults.kill_nth(1, When::After);
    scene.event();
    scene.world.run_queues();
    scene.world.restart();
    assert_eq!(scene.run()["steps"][0]["status"], "running");
    assert_eq!(scene.report("sent", &scene.key()).status, 200);
    assert_eq!(scene.run()["steps"][0]["status"], "running", "a call under way is not touched");
    scene.world.minutes(9);
    let run = scene.run();
    assert_eq!((&run["status"], &run["steps"][0]["status"]), (&json!("succeeded"), &json!("succeeded")), "{run}");
    assert_eq!(run["steps"][0]["output"]["message_id"], "wamid.R");
    assert_eq!(scene.world.outbound.sent().len(), 1, "nothing was sent again");
    assert_eq!(scene.world.db.query("SELECT count(*) FROM reports WHERE settle_at IS NOT NULL"), ["0"]);
}

#[test]
fn what_the_answer_cut_short_the_sweep_settles() {
    let scene = scene(vec![Answer::Timeout]);
    scene.event();
    scene.world.run_queues();
    assert_eq!(scene.run()["status"], "uncertain");
    scene.world.hands_off.set(false);
    assert_eq!(scene.report("delivered", &scene.key()).status, 200);
    assert_eq!(scene.run()["status"], "uncertain");
    scene.world.hands_off.set(true);
    scene.world.restart();
    scene.world.minutes(2);
    assert_eq!(scene.run()["status"], "succeeded");
}

#[test]
fn a_kill_at_any_call_loses_no_acknowledged_report_and_settles_once() {
    for when in [When::Before, When::After] {
        for number in 1..=12 {
            let scene = scene(vec![Answer::Timeout]);
            scene.event();
            scene.world.run_queues();
            let key = scene.key();
            scene.world.db.faults.kill_nth(number, when);
            let mut answered = scene.report("delivered", &key);
            scene.world.db.faults.heal();
            // Meta sends again what was not acknowledged.
            if answered.status == KILLED {
                answered = scene.report("delivered", &key);
            }
            assert_eq!(answered.status, 200, "{number} {when:?}");
            scene.world.restart();
            scene.world.minutes(3);
            let run = scene.run();
            assert_eq!(run["status"], "succeeded", "{number} {when:?}: {run}");
            assert_eq!(scene.world.outbound.sent().len(), 1, "{number} {when:?}");
        }
    }
}

#[test]
fn what_the_database_does_not_take_is_not_acknowledged() {
    let scene = scene(vec![Answer::Timeout]);
    scene.event();
    scene.world.run_queues();
    let key = scene.key();
    assert_eq!(scene.report("delivered", "no key of ours").status, 200);
    for number in 1..=2 {
        scene.world.forget();
        scene.world.db.faults.fail_nth(number, When::Before);
        let refused = scene.report("delivered", &key);
        scene.world.db.faults.heal();
        assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true), "{number}");
    }
    scene.world.db.faults.slow(1, 60_000);
    assert_eq!(scene.report("delivered", &key).status, 503, "an answer later than Meta waits is none");
    // What came late was stored all the same, so the repetition is no news; the sweep settles it.
    assert_eq!(scene.report("delivered", &key).status, 200);
    scene.world.minutes(1);
    assert_eq!(scene.run()["status"], "succeeded");
}

#[test]
fn a_failure_that_is_allowed_lets_the_run_go_on() {
    let scene = scene_with(vec![Answer::Timeout], "continue");
    scene.event();
    scene.world.run_queues();
    assert_eq!(scene.report("failed", &scene.key()).status, 200);
    scene.world.run_queues();
    let run = scene.run();
    assert_eq!((&run["status"], &run["with_errors"]), (&json!("succeeded"), &json!(true)), "{run}");
    assert_eq!(run["steps"][0]["error"]["code"], "whatsapp_131026");
}

#[test]
fn a_message_that_got_away_after_all_is_not_sent_again() {
    // Meta asks to wait, and then reports that it has sent.
    let busy = answer(400, &json!({"error": {"code": 131000, "message": "Something went wrong"}}));
    let scene = scene(vec![busy, accepted()]);
    scene.event();
    scene.world.run_queues();
    assert_eq!(scene.run()["status"], "waiting");
    assert_eq!(scene.report("sent", &scene.key()).status, 200);
    scene.world.minutes(10);
    let run = scene.run();
    assert_eq!((&run["status"], &run["steps"][0]["output"]["settled"]), (&json!("succeeded"), &json!("report")));
    assert_eq!(scene.world.outbound.sent().len(), 1);
}

#[test]
fn a_report_about_an_earlier_attempt_says_nothing_about_this_one() {
    let scene = scene(vec![Answer::Timeout, Answer::Timeout]);
    scene.event();
    scene.world.run_queues();
    let key = scene.key();
    let run = key.trim_end_matches("/wa").to_owned();
    assert_eq!(scene.world.api("POST", &format!("/runs/{run}/resume"), &json!({"uncertain": "not_sent"})).0, 200);
    scene.world.run_queues();
    assert_eq!((&scene.run()["status"], &scene.run()["steps"][0]["attempts"]), (&json!("uncertain"), &json!(2)));
    let sent = scene.world.outbound.sent();
    let keys: Vec<_> = sent.iter().map(|sent| sent.json()["biz_opaque_callback_data"].clone()).collect();
    assert_eq!(keys, [json!(key), json!(format!("{key}/2"))]);
    assert_eq!(scene.report("failed", &key).status, 200);
    scene.world.minutes(2);
    assert_eq!(scene.run()["status"], "uncertain");
    assert_eq!(scene.report("delivered", &format!("{key}/2")).status, 200);
    scene.world.run_queues();
    assert_eq!(scene.run()["status"], "succeeded");
}

#[test]
fn a_cancelled_run_stays_cancelled_and_learns_how_its_call_ended() {
    let scene = scene(vec![Answer::Timeout]);
    scene.world.outbound.faults.kill_nth(1, When::After);
    scene.event();
    scene.world.run_queues();
    scene.world.restart();
    let run = scene.run()["id"].as_str().unwrap().to_owned();
    assert_eq!(scene.world.api("POST", &format!("/runs/{run}/cancel"), &Value::Null).0, 200);
    assert_eq!(scene.run()["steps"][0]["status"], "uncertain");
    assert_eq!(scene.report("read", &scene.key()).status, 200);
    scene.world.minutes(2);
    let run = scene.run();
    assert_eq!((&run["status"], &run["steps"][0]["status"]), (&json!("cancelled"), &json!("succeeded")), "{run}");
}

#[test]
fn the_recipient_of_a_report_is_not_kept() {
    let scene = scene(vec![accepted()]);
    scene.event();
    scene.world.run_queues();
    let mut failed = report("failed", &scene.key());
    failed["errors"][0]["error_data"] = json!({"details": format!("no delivery to {NUMBER}")});
    assert_eq!(scene.send(&[failed]).status, 200);
    let kept = scene.world.db.query("SELECT * FROM reports");
    assert!(kept.len() == 1 && !kept[0].contains(NUMBER), "{kept:?}");
    assert!(!kept[0].contains("wamid"), "the id of a message holds the number too: {kept:?}");
    assert!(!scene.world.log.mentions(NUMBER));
}

#[test]
fn an_ordinary_report_is_one_call_and_a_flood_of_wrong_ones_hardly_any() {
    let scene = scene(vec![accepted()]);
    scene.event();
    scene.world.run_queues();
    let key = scene.key();
    scene.report("sent", &key);
    scene.world.db.take_calls();
    scene.report("delivered", &key);
    assert_eq!(scene.world.db.take_calls(), (1, 1));
    scene.report("read", "somebody else's");
    assert_eq!(scene.world.db.take_calls(), (0, 0), "what concerns nobody asks nobody");
    for _ in 0..500 {
        let refused = scene.world.deliver("POST", &scene.hook, &[("x-hub-signature-256", "sha256=00")], "{}");
        assert_eq!(refused.status, 401);
    }
    assert!(scene.world.db.take_calls().0 <= 1);
    for number in 0..500 {
        let path = format!("/in/whatsapp/con_01ARZ3NDEKTSV4RRFFQ6{number:06}");
        let refused = scene.world.deliver("POST", &path, &[], "{}");
        assert!(matches!(refused.status, 404 | 429), "{}", refused.status);
    }
    assert!(scene.world.db.take_calls().0 <= 200);
    scene.world.clock.advance(10_001);
    assert_eq!(scene.report("read", &key).status, 200);
}

#[test]
fn a_changed_app_secret_counts_at_once() {
    let scene = scene(vec![accepted()]);
    scene.event();
    scene.world.run_queues();
    let key = scene.key();
    assert_eq!(scene.report("sent", &key).status, 200);
    // Another isolate changes it; this one still remembers the old secret.
    let remembering = scene.world.app();
    scene.world.forget();
    scene.world.clock.advance(2);
    let change = json!({"secrets": {"app_secret": "another-secret"}});
    assert_eq!(scene.world.api("PATCH", &format!("/connections/{}", scene.connection), &change).0, 200);
    let body = json!({"entry": [{"changes": [{"value": {"statuses": [report("read", &key)]}}]}]}).to_string();
    let id = uncino::domain::ids::ConnectionId::parse(&scene.connection).unwrap();
    let take = |secret: &str| {
        let signature = hub_signature(secret, body.as_bytes());
        uncino::memory::block_on(uncino::app::reports::take_in(&remembering, &id, &signature, body.as_bytes())).is_ok()
    };
    assert!(!take(SECRET), "a report under the old secret was believed");
    assert_eq!(delivery(&scene.run()), "sent");
    assert!(take("another-secret"));
    assert_eq!(delivery(&scene.run()), "read");
}

#[test]
fn reports_go_with_their_runs() {
    let scene = scene(vec![accepted()]);
    scene.event();
    scene.world.run_queues();
    assert_eq!(scene.report("read", &scene.key()).status, 200);
    scene.world.sweep();
    assert_eq!(scene.world.db.query("SELECT count(*) FROM reports"), ["1"]);
    scene.world.clock.advance(31 * 86_400_000);
    scene.world.sweep();
    assert_eq!(scene.world.db.query("SELECT count(*) FROM runs"), ["0"]);
    assert_eq!(scene.world.db.query("SELECT count(*) FROM reports"), ["0"]);
}
