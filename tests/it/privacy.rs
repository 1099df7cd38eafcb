//! What is known about a person, erased and handed over: found in every table, every format and every notation, and
//! nobody else's data with it.

use serde_json::{Value, json};
use uncino::app::faults::Faults;
use uncino::memory::{ADMIN_TOKEN, World};

use crate::storage_policies::durable;

const MINUTE_MS: i64 = 60_000;

struct Shop {
    world: World,
    source: String,
    path: String,
}

impl Shop {
    fn new(steps: &Value) -> Self {
        Self::within(World::with(&[("UNCINO_DEV", "1")]), steps)
    }

    fn within(world: World, steps: &Value) -> Self {
        let (status, made) = world.api("POST", "/automations", &json!({"name": "Negozio", "steps": steps}));
        assert_eq!(status, 201, "{made}");
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        Self { source: text("/source/id"), path: format!("/in/{}", text("/source/token")), world }
    }

    fn send(&self, content_type: &str, query: &str, body: impl AsRef<[u8]>) -> String {
        self.world.clock.advance(2);
        let headers = [("content-type", content_type)];
        let answer = self.world.deliver("POST", &format!("{}{query}", self.path), &headers, body);
        assert!(answer.status == 202, "{} {}", answer.status, answer.body);
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        answer["id"].as_str().or(answer["ids"][0].as_str()).unwrap().to_owned()
    }

    fn erase(&self, body: &Value) -> Value {
        self.world.clock.advance(2);
        let (status, receipt) = self.world.api("POST", "/privacy/erase", body);
        assert_eq!(status, 200, "{receipt}");
        receipt
    }

    fn count(&self, sql: &str) -> String {
        self.world.db.query(sql).remove(0)
    }
}

fn everything() -> Value {
    json!([
        {"action": "save_contact", "params": {"phone": "{{ telefono }}", "email": "{{ email }}", "name": "{{ nome }}"}},
        {"action": "send_whatsapp", "params": {"to": "{{ telefono }}", "text": "Ciao {{ nome }}, {{ telefono }}"}},
    ])
}

/// Ways in which one person's number came in.
fn notations() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let latin: Vec<u8> = b"citt\xe0=Forl\xec&telefono=%2B39+333+1234567".to_vec();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(r#"{"telefono":"333 1234567"}"#.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    vec![
        ("application/json", "", br#"{"telefono":"+39 333 1234567","nome":"Ada"}"#.to_vec()),
        ("application/json", "", br#"{"telefono":3331234567}"#.to_vec()),
        ("application/json", "", br#"{"telefono":"0039-333-1234567"}"#.to_vec()),
        ("application/json", "", br#"{"telefono":"\u002b39\u00a0333 1234567"}"#.to_vec()),
        ("application/json", "", br#"{"note":"chiamare il 333/1234567 dopo le 18"}"#.to_vec()),
        ("application/json", "", br#"{"dentro":"{\"tel\":\"\\u0033331234567\"}"}"#.to_vec()),
        ("application/json", "?telefono=%2B39%20333%201234567", br#"{"nome":"Ada"}"#.to_vec()),
        ("application/x-www-form-urlencoded", "", b"telefono=%2B39+333+1234567&nome=Ada".to_vec()),
        ("application/x-www-form-urlencoded", "", b"telefono=%33%33%331234567".to_vec()),
        ("application/x-www-form-urlencoded", "", latin),
        ("application/json", "", utf16),
        ("application/xml", "", b"<r><telefono>&#43;39 333 1234567</telefono></r>".to_vec()),
        (
            "multipart/form-data; boundary=x",
            "",
            b"--x\r\nContent-Disposition: form-data; name=\"telefono\"\r\n\r\n(+39) 333 1234567\r\n--x--\r\n".to_vec(),
        ),
        ("text/plain", "", b"il mio numero: 333 123 4567".to_vec()),
        ("application/json", "", br#"[{"telefono":"3331234567"}]"#.to_vec()),
    ]
}

/// Nothing durable holds the number's digits, in whatever order of escapes.
fn holds_no_number(shop: &Shop) {
    let search = uncino::domain::contact::subject::Subject::Phone("+393331234567".to_owned()).search("IT");
    for line in durable(&shop.world).lines() {
        assert!(!search.finds(line), "{line}");
        // Bodies in base64 say nothing as they stand.
        for word in line.split('|').filter(|word| word.len() > 20) {
            use base64::Engine;
            if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(word) {
                assert!(!search.finds(&String::from_utf8_lossy(&bytes).replace('\0', "")), "{word}");
            }
        }
    }
}

#[test]
fn a_number_is_erased_from_everywhere_in_every_notation_and_nobody_else_with_it() {
    let shop = Shop::new(&everything());
    let others = [
        shop.send("application/json", "", r#"{"telefono":"+39 333 7654321","nome":"Bea","ordine":"93331234567"}"#),
        shop.send("application/json", "", r#"{"telefono":"+49 333 1234567","nome":"Carl"}"#),
    ];
    let hers: Vec<String> =
        notations().into_iter().map(|(content_type, query, body)| shop.send(content_type, query, body)).collect();
    shop.world.run_queues();
    shop.world.minutes(3);
    assert!(shop.count("SELECT count(*) FROM outbox WHERE recipient LIKE '%3331234567%'") != "0");
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!((&receipt["complete"], &receipt["kind"]), (&json!(true), &json!("phone")), "{receipt}");
    let mut found: Vec<&str> =
        receipt["found"]["events"]["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    found.sort_unstable();
    let mut expected: Vec<&str> = hers.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(receipt["found"]["contacts"]["count"], 1);
    assert!(receipt["found"]["outbox"]["count"].as_u64().unwrap() > 3 && receipt["found"]["fields"]["count"] != 0);
    holds_no_number(&shop);
    assert!(!receipt.to_string().contains("333"), "{receipt}");
    // Everybody else's data is as it was.
    for other in others {
        let (_, event) = shop.world.api("GET", &format!("/events/{other}"), &Value::Null);
        assert_eq!(event["encoding"], "text", "{event}");
        let (_, runs) = shop.world.api("GET", &format!("/runs?event_id={other}"), &Value::Null);
        assert_ne!(runs["data"][0]["steps"][0]["input"], Value::Null, "{runs}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM contacts"), "2");
    // The same again finds nothing, is another receipt, and knows the same person.
    let again = shop.erase(&json!({"phone": "+39 333 123 45 67"}));
    assert_eq!((&again["found"]["events"]["count"], &again["subject"]), (&json!(0), &receipt["subject"]));
    let (_, list) = shop.world.api("GET", "/privacy/erasures", &Value::Null);
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let (_, kept) =
        shop.world.api("GET", &format!("/privacy/erasures/{}", receipt["id"].as_str().unwrap()), &Value::Null);
    assert_eq!(kept, receipt);
}

#[test]
fn an_address_is_erased_without_regard_to_case() {
    let shop = Shop::new(&everything());
    for body in [
        r#"{"email":"Ada.Byron@Example.com"}"#,
        r#"{"email":"ada.byron\u0040example.com","nome":"Ada"}"#,
        r#"{"nota":"scrivere a <ada.byron@example.com>"}"#,
    ] {
        shop.send("application/json", "", body);
    }
    shop.send("application/x-www-form-urlencoded", "", "email=ada.byron%40example.com");
    shop.send("application/json", "", r#"{"email":"xada.byron@example.com"}"#);
    shop.world.run_queues();
    let receipt = shop.erase(&json!({"email": "ada.byron@example.com"}));
    assert_eq!(receipt["found"]["events"]["count"], 4);
    let left = durable(&shop.world).to_lowercase().replace("xada.byron@", "");
    assert!(
        !left.contains("ada.byron@") && !left.contains("ada.byron%40") && !left.contains("ada.byron\\u0040"),
        "{left}"
    );
    assert_eq!(shop.world.db.query("SELECT email FROM contacts"), ["xada.byron@example.com"]);
}

#[test]
fn delivery_reports_and_refused_bodies_go_with_the_person() {
    let shop = Shop::new(&everything());
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567"}"#);
    let other = shop.send("application/json", "", r#"{"telefono":"333 7654321"}"#);
    shop.world.run_queues();
    for event in [&event, &other] {
        shop.world.db.query(&format!(
            "INSERT INTO reports SELECT event_id, automation_id, number, 'wa', 1, 'failed', 1, '333 1234567', NULL, NULL
             FROM runs WHERE event_id = '{event}'"
        ));
    }
    let refused =
        shop.world.deliver("POST", &shop.path, &[("content-type", "application/json")], r#"{"telefono":"333 1234567"#);
    assert_eq!(refused.status, 400, "{}", refused.body);
    let listed = format!("/sources/{}/refusals", shop.source);
    let body = || shop.world.api("GET", &listed, &Value::Null).1["data"][0]["body"].clone();
    assert!(body().as_str().unwrap().contains("333 1234567"));
    shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!(shop.world.db.query("SELECT event_id FROM reports"), [other]);
    assert_eq!(body(), Value::Null);
}

#[test]
fn reports_about_a_run_that_alone_mentions_the_person_go_too() {
    let shop = Shop::new(&everything());
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567"}"#);
    shop.world.run_queues();
    // As if the event's body had been gone for long.
    shop.world.db.query("UPDATE events SET body = '', encoding = 'forgotten'");
    shop.world.db.query(&format!(
        "INSERT INTO reports SELECT event_id, automation_id, number, 'wa', 1, 'failed', 1, NULL, NULL, NULL
         FROM runs WHERE event_id = '{event}'"
    ));
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!((&receipt["found"]["events"]["count"], &receipt["found"]["runs"]["count"]), (&json!(0), &json!(1)));
    assert_eq!(shop.count("SELECT count(*) FROM reports"), "0");
}

#[test]
fn open_runs_about_the_person_are_cancelled_and_send_nothing_any_more() {
    let steps = json!([
        {"action": "wait", "params": {"seconds": 3600}},
        {"action": "send_whatsapp", "params": {"to": "{{ telefono }}", "text": "Ciao"}},
    ]);
    let shop = Shop::new(&steps);
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567"}"#);
    let other = shop.send("application/json", "", r#"{"telefono":"333 7654321"}"#);
    shop.world.run_queues();
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!((&receipt["found"]["cancelled"]["count"], &receipt["found"]["runs"]["count"]), (&json!(1), &json!(1)));
    shop.world.tick(2 * 3_600_000);
    shop.world.minutes(3);
    let status = |event: &str| {
        shop.world.api("GET", &format!("/runs?event_id={event}"), &Value::Null).1["data"][0]["status"].clone()
    };
    assert_eq!((status(&event), status(&other)), (json!("cancelled"), json!("succeeded")));
    assert_eq!(shop.count("SELECT count(*) FROM outbox"), "1");
    let run = receipt["found"]["cancelled"]["ids"][0].as_str().unwrap();
    assert_eq!(shop.world.api("POST", &format!("/runs/{run}/resume"), &Value::Null).0, 409);
    assert_eq!(shop.world.api("POST", &format!("/events/{event}/replay"), &json!({})).1["code"], "body_not_kept");
}

#[test]
fn whoever_asks_for_a_body_that_is_gone_hears_every_reason_that_there_can_be() {
    let steps = json!([{"action": "wait", "params": {"seconds": 3600}}, {"action": "stop", "params": {}}]);
    let shop = Shop::new(&steps);
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567"}"#);
    shop.world.run_queues();
    // As an erasure leaves it, of which its run did not hear.
    shop.world.db.query("UPDATE events SET body = '', encoding = 'forgotten'");
    shop.world.tick(2 * 3_600_000);
    shop.world.minutes(3);
    let why = "is not kept any more, because its source keeps none or it was erased";
    let (_, said) = shop.world.api("POST", &format!("/events/{event}/replay"), &json!({}));
    assert_eq!(said["code"], "body_not_kept");
    assert!(said["detail"].as_str().unwrap().contains(why), "{said}");
    let runs = shop.world.api("GET", &format!("/runs?event_id={event}"), &Value::Null).1;
    let error = &runs["data"][0]["error"];
    assert_eq!(error["code"], "body_not_kept");
    assert!(error["message"].as_str().unwrap().contains(why), "{error}");
}

#[test]
fn an_event_that_was_erased_before_it_was_run_is_not_run() {
    let shop = Shop::new(&everything());
    shop.world.hands_off.set(false);
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    shop.erase(&json!({"phone": "333 1234567"}));
    shop.world.minutes(40);
    assert_eq!(
        (shop.count("SELECT count(*) FROM runs"), shop.count("SELECT count(*) FROM contacts")),
        ("0".into(), "0".into())
    );
    assert_eq!(shop.world.api("GET", &format!("/events/{event}"), &Value::Null).1["state"], "stored");
    assert!(!shop.world.log.mentions("had no runs"), "{:?}", shop.world.log.lines());
    // Nor by an order that was on its way.
    shop.world.hands_off.set(true);
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    shop.erase(&json!({"phone": "333 1234567"}));
    shop.world.run_queues();
    assert_eq!(shop.world.db.query(&format!("SELECT 1 FROM runs WHERE event_id = '{event}'")).len(), 0);
}

#[test]
fn a_repeated_delivery_of_an_erased_event_is_still_known_unless_its_id_names_the_person() {
    let shop = Shop::new(&json!([]));
    let send = |id: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", id)];
        shop.world.clock.advance(2);
        shop.world.deliver("POST", &shop.path, &headers, r#"{"telefono":"333 1234567"}"#).status
    };
    assert_eq!((send("ordine-1"), send("3331234567")), (202, 202));
    shop.erase(&json!({"phone": "333 1234567"}));
    holds_no_number(&shop);
    assert_eq!(send("ordine-1"), 200);
}

#[test]
fn a_large_database_is_gone_through_in_pieces_by_request_and_by_sweep() {
    let shop = Shop::new(&json!([]));
    shop.world.db.query(&format!(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 40000)
         INSERT INTO events (source_id, id, encoding, body)
         SELECT '{}', 'evt_01' || printf('%024d', n), 'text',
           CASE WHEN n % 1000 = 0 THEN '{{\"telefono\":\"333 1234567\"}}' ELSE '{{\"n\":' || n || '}}' END FROM n RETURNING id",
        shop.source
    ));
    shop.world.db.take_calls();
    let first = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!((&first["complete"], &first["finished_at"]), (&json!(false), &Value::Null));
    assert_eq!(first["found"]["events"]["count"], 15, "30 pieces of 500 rows");
    assert!(shop.world.db.take_calls().0 < 200);
    // While it is under way, the number is kept sealed only.
    assert!(!shop.world.db.query("SELECT * FROM erasures").join(" ").contains("3331234567"));
    let second = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!((&second["id"], &second["found"]["events"]["count"]), (&first["id"], &json!(30)));
    shop.world.minutes(2);
    let (_, done) =
        shop.world.api("GET", &format!("/privacy/erasures/{}", first["id"].as_str().unwrap()), &Value::Null);
    assert_eq!((&done["complete"], &done["found"]["events"]["count"]), (&json!(true), &json!(40)), "{done}");
    assert_eq!(shop.world.db.query("SELECT sealed FROM erasures WHERE sealed IS NOT NULL").len(), 0);
    holds_no_number(&shop);
}

#[test]
fn long_bodies_are_read_one_by_one_and_found_all_the_same() {
    let shop = Shop::new(&json!([]));
    for _ in 0..4 {
        let long = "x".repeat(600_000);
        shop.send("application/json", "", format!(r#"{{"a":"{long}","telefono":"333 1234567"}}"#));
    }
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!((&receipt["complete"], &receipt["found"]["events"]["count"]), (&json!(true), &json!(4)));
}

#[test]
fn an_erasure_that_breaks_off_goes_on_with_the_next_sweep() {
    let shop = Shop::new(&everything());
    shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    shop.world.run_queues();
    // The first call stores the erasure; then the database is gone.
    shop.world.db.faults.fail_nth(3, uncino::memory::When::Before);
    let (status, _) = shop.world.api("POST", "/privacy/erase", &json!({"phone": "333 1234567"}));
    assert_eq!(status, 503);
    shop.world.db.faults.heal();
    shop.world.minutes(2);
    let (_, list) = shop.world.api("GET", "/privacy/erasures", &Value::Null);
    assert_eq!(
        (&list["data"][0]["complete"], &list["data"][0]["found"]["events"]["count"]),
        (&json!(true), &json!(1)),
        "{list}"
    );
    holds_no_number(&shop);
}

#[test]
fn what_waits_in_the_intake_queue_of_an_erased_person_is_dropped_when_it_comes_out() {
    let shop = Shop::new(&json!([]));
    shop.world.faults.set(Faults { d1_write: true, ..Faults::default() });
    shop.send("application/json", "", r#"{"cliente":{"tel":"333 1234567"},"nome":"Ada"}"#);
    shop.send("application/json", "", r#"{"cliente":{"tel":"333 7654321"},"nome":"Bea"}"#);
    shop.world.faults.set(Faults::default());
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!(receipt["found"]["events"]["count"], 0);
    // What the person sends afterwards is theirs to send.
    let after = shop.send("application/json", "", r#"{"cliente":{"tel":"333 1234567"}}"#);
    shop.world.tick(10 * MINUTE_MS);
    shop.world.minutes(2);
    assert_eq!(shop.count("SELECT count(*) FROM events"), "2");
    assert_eq!(shop.world.db.query(&format!("SELECT 1 FROM events WHERE id = '{after}'")).len(), 1);
    let (_, kept) =
        shop.world.api("GET", &format!("/privacy/erasures/{}", receipt["id"].as_str().unwrap()), &Value::Null);
    assert_eq!(
        (&kept["found"]["late"]["count"], kept["found"]["late"]["ids"].as_array().unwrap().len()),
        (&json!(1), 1)
    );
}

#[test]
fn what_waits_in_the_intake_queue_is_found_in_whatever_notation_it_is_written() {
    let shop = Shop::new(&json!([]));
    shop.world.faults.set(Faults { d1_write: true, ..Faults::default() });
    for (content_type, query, body) in notations() {
        shop.send(content_type, query, body);
    }
    shop.send("application/json", "", r#"{"telefono":"+39 333 7654321","ordine":"93331234567"}"#);
    shop.world.faults.set(Faults::default());
    shop.erase(&json!({"phone": "333 1234567"}));
    shop.world.tick(10 * MINUTE_MS);
    assert_eq!(shop.count("SELECT count(*) FROM events"), "1");
    assert_eq!(shop.count("SELECT found ->> '$.late.count' FROM erasures"), notations().len().to_string());
    holds_no_number(&shop);
}

#[test]
fn what_comes_out_of_the_queue_after_the_key_was_changed_is_known_by_the_key_before() {
    let shop = Shop::new(&json!([]));
    shop.world.faults.set(Faults { d1_write: true, ..Faults::default() });
    shop.send("application/json", "", r#"{"telefono":"333 1234567"}"#);
    shop.world.faults.set(Faults::default());
    shop.erase(&json!({"phone": "333 1234567"}));
    let (new, old) = ("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    shop.world.configure(&[("SECRET_KEY", new), ("SECRET_KEY_PREVIOUS", old)]);
    shop.world.tick(10 * MINUTE_MS);
    assert_eq!(shop.count("SELECT count(*) FROM events"), "0");
}

/// A run of hers is under way, and its worker lives on while she is erased: what it writes then lies behind the erasure.
/// As the database would be left by it, because here nothing overlaps.
fn written_behind(shop: &Shop, event: &str, steps: &str) {
    shop.world.db.query(&format!(
        "UPDATE runs SET status = 'succeeded', open = NULL, lease = NULL, finished_at = {}, steps = '{steps}'
         WHERE event_id = '{event}' RETURNING 1",
        shop.world.app().ports.clock.now().as_millis()
    ));
}

#[test]
fn what_was_written_behind_an_erasure_is_found_by_its_second_look() {
    let shop = Shop::new(&everything());
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    let other = shop.send("application/json", "", r#"{"telefono":"333 7654321","nome":"Bea"}"#);
    shop.world.run_queues();
    let rows = |table: &str| shop.world.db.query(&format!("SELECT * FROM {table}")).join("\n");
    let keep = |table: &str, key: &str| {
        shop.world.db.query(&format!("CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table} WHERE {key}"))
    };
    keep("contacts", "phone = '+393331234567'");
    keep("outbox", "recipient = '+393331234567'");
    keep("events", &format!("id = '{event}'"));
    let fields = shop.world.db.query("SELECT samples FROM fields WHERE path = 'telefono'").remove(0);
    let steps = shop.world.db.query(&format!("SELECT steps FROM runs WHERE event_id = '{event}'")).remove(0);
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!((&receipt["complete"], &receipt["looked_again_at"]), (&json!(true), &Value::Null));
    let kept = || shop.world.db.query("SELECT sealed FROM erasures").remove(0);
    assert_eq!(kept(), "null", "of the person only the hash is left");
    holds_no_number(&shop);
    // Everything that somebody had in hand is written again, a moment later.
    shop.world.clock.advance(1_000);
    let now = shop.world.app().ports.clock.now().as_millis();
    shop.world.db.query(&format!("UPDATE kept_contacts SET updated_at = {now}"));
    shop.world.db.query(&format!("UPDATE kept_outbox SET created_at = {now}"));
    shop.world.db.query("INSERT INTO contacts SELECT * FROM kept_contacts");
    shop.world.db.query("INSERT INTO outbox SELECT * FROM kept_outbox");
    shop.world.db.query(&format!("DELETE FROM events WHERE id = '{event}'"));
    shop.world.db.query("INSERT INTO events SELECT * FROM kept_events");
    shop.world.db.query(&format!("UPDATE fields SET samples = '{fields}' WHERE path = 'telefono'"));
    for table in ["contacts", "outbox", "events"] {
        shop.world.db.query(&format!("DROP TABLE kept_{table}"));
    }
    written_behind(&shop, &event, &steps);
    // What she sends afterwards is hers to send, and so is what comes of it.
    let after = shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada di nuovo"}"#);
    shop.world.run_queues();
    shop.world.minutes(5);
    assert!(rows("runs").contains("333 1234567"), "the second look comes when nothing is under way any more");
    shop.world.minutes(20);
    let (_, kept) =
        shop.world.api("GET", &format!("/privacy/erasures/{}", receipt["id"].as_str().unwrap()), &Value::Null);
    assert_ne!(kept["looked_again_at"], Value::Null, "{kept}");
    let late: Vec<&str> =
        kept["found"]["late"]["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(late.contains(&event.as_str()) && !late.contains(&after.as_str()), "{late:?}");
    for prefix in ["cnt_", "src_", "run_"] {
        assert!(late.iter().any(|id| id.starts_with(prefix)), "{prefix} {late:?}");
    }
    let of = |event: &str| shop.world.db.query(&format!("SELECT body FROM events WHERE id = '{event}'")).remove(0);
    assert_eq!((of(&event), of(&after).contains("333 1234567")), (String::new(), true));
    assert!(shop.world.db.query(&format!("SELECT steps FROM runs WHERE event_id = '{other}'"))[0].contains("7654321"));
    assert!(!shop.world.db.query(&format!("SELECT steps FROM runs WHERE event_id = '{event}'"))[0].contains("1234567"));
    assert_eq!(shop.world.db.query(&format!("SELECT 1 FROM outbox WHERE event_id = '{event}'")).len(), 0);
    assert_eq!(shop.world.db.query(&format!("SELECT 1 FROM outbox WHERE event_id = '{after}'")).len(), 1);
    assert!(!shop.world.db.query("SELECT samples FROM fields").join(" ").contains("333 1234567"));
    // It looks a second time, and no third.
    shop.world.db.take_calls();
    assert_eq!(shop.world.db.query("SELECT again_at FROM erasures WHERE again_at IS NOT NULL").len(), 0);
}

#[test]
fn without_a_key_the_second_look_waits_for_one() {
    let shop = Shop::new(&everything());
    shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    shop.world.run_queues();
    shop.erase(&json!({"phone": "333 1234567"}));
    shop.world.configure(&[("SECRET_KEY", "")]);
    shop.world.minutes(25);
    assert_eq!(shop.count("SELECT again_done FROM erasures"), "null", "nothing could be compared");
    shop.world.configure(&[("SECRET_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]);
    shop.world.minutes(2);
    assert_ne!(shop.count("SELECT again_done FROM erasures"), "null");
}

#[test]
fn a_contact_of_her_next_event_is_not_taken_by_the_second_look() {
    let shop = Shop::new(&everything());
    shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    shop.world.run_queues();
    shop.erase(&json!({"phone": "333 1234567"}));
    shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada di nuovo"}"#);
    shop.world.run_queues();
    shop.world.minutes(25);
    assert_eq!(shop.count("SELECT found ->> '$.late.count' FROM erasures"), "1", "only the sample");
    assert_eq!(shop.count("SELECT name FROM contacts"), "Ada di nuovo");
}

#[test]
fn a_run_whose_event_was_erased_in_the_same_moment_does_not_begin() {
    let shop = Shop::new(&everything());
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    // The consumer has read the event; before it stores the run, the person is erased.
    shop.world.db.meanwhile(2, &format!("UPDATE events SET body = '', encoding = 'forgotten' WHERE id = '{event}'"));
    shop.world.run_queues();
    assert_eq!(shop.world.db.query("SELECT steps FROM runs").len(), 0);
}

#[test]
fn an_event_that_is_stored_in_the_moment_of_an_erasure_is_forgotten_all_the_same() {
    let shop = Shop::new(&everything());
    shop.world.faults.set(Faults { d1_write: true, ..Faults::default() });
    let event = shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    shop.world.faults.set(Faults::default());
    shop.world.clock.advance(2);
    // The consumer of the queue has looked for erasures and found none: now there is one.
    let erasure = || {
        let other = Shop::new(&json!([]));
        other.world.clock.advance_to(shop.world.app().ports.clock.now().plus_ms(1));
        other.erase(&json!({"phone": "333 1234567"}));
        other.world.db.query("SELECT json_array(id, kind, subject, created_at) FROM erasures").remove(0)
    };
    let values = erasure();
    let made = format!(
        "INSERT INTO erasures (id, kind, subject, created_at, again_at, found)
         SELECT '{values}' ->> 0, '{values}' ->> 1, '{values}' ->> 2, '{values}' ->> 3, ('{values}' ->> 3) + 1200000,
           '{{\"late\":{{\"count\":0,\"ids\":[]}}}}'"
    );
    shop.world.clock.advance(10 * MINUTE_MS);
    shop.world.db.meanwhile(2, &made);
    shop.world.run_queues();
    assert_eq!(shop.world.db.query("SELECT id || encoding FROM events"), [format!("{event}forgotten")]);
    assert_eq!(shop.count("SELECT count(*) FROM contacts"), "0");
    // A sample that was stored with it is left to the second look.
    shop.world.minutes(25);
    holds_no_number(&shop);
}

#[test]
fn a_message_about_her_that_does_not_name_her_goes_with_her_event() {
    let team = json!({"to": "team@example.com", "subject": "Nuovo contatto", "text": "Da richiamare: {{ nome }}"});
    let shop = Shop::new(&json!([{"action": "send_email", "params": team}]));
    shop.send("application/json", "", r#"{"telefono":"333 1234567","nome":"Ada"}"#);
    let other = shop.send("application/json", "", r#"{"telefono":"333 7654321","nome":"Bea"}"#);
    shop.world.run_queues();
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!(receipt["found"]["outbox"]["count"], 1);
    assert_eq!(shop.world.db.query("SELECT event_id FROM outbox"), [other]);
}

#[test]
fn a_refused_body_that_an_isolate_had_in_memory_is_not_written_down_after_an_erasure() {
    let shop = Shop::new(&json!([]));
    let headers = [("content-type", "application/json")];
    shop.world.hands_off.set(false);
    shop.world.clock.advance(2);
    let refused = |body: &str| shop.world.deliver("POST", &shop.path, &headers, body).status;
    // The first is looked up, the second is gathered.
    assert_eq!((refused(r#"{"telefono":"333 1234567"#), refused(r#"{"telefono":"333 1234567"#)), (400, 400));
    shop.world.hands_off.set(true);
    shop.erase(&json!({"phone": "333 1234567"}));
    shop.world.clock.advance(2);
    assert_eq!(refused(r#"{"telefono":"333 7654321"#), 400);
    let listed = shop.world.api("GET", &format!("/sources/{}/refusals", shop.source), &Value::Null).1;
    let bodies: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|one| &one["body"]).collect();
    assert!(bodies.len() > 1 && bodies[0].as_str().unwrap().contains("7654321"), "{listed}");
    assert!(bodies[1..].iter().all(|body| body.is_null()), "{listed}");
}

#[test]
fn an_export_gives_everything_that_an_erasure_would_take() {
    let shop = Shop::new(&everything());
    let hers: Vec<String> =
        notations().into_iter().map(|(content_type, query, body)| shop.send(content_type, query, body)).collect();
    shop.send("application/json", "", r#"{"telefono":"+39 333 7654321","nome":"Bea"}"#);
    shop.world.run_queues();
    let (status, data) = shop.world.api("POST", "/privacy/export", &json!({"phone": "3331234567"}));
    assert_eq!((status, &data["next"]), (200, &Value::Null), "{data}");
    let ids: Vec<&str> = data["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
    let mut expected: Vec<&str> = hers.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert_eq!(data["events"][0]["fields"]["telefono"], "+39 333 1234567");
    assert_eq!(data["contacts"][0]["phone"], "+393331234567");
    assert!(data["outbox"].as_array().unwrap().iter().all(|message| message["to"] == "+393331234567"));
    assert!(!data["runs"].as_array().unwrap().is_empty() && !data["fields"].as_array().unwrap().is_empty());
    assert!(!data.to_string().contains("7654321"), "{data}");
    let receipt = shop.erase(&json!({"phone": "3331234567"}));
    for kind in ["events", "outbox", "contacts"] {
        assert_eq!(receipt["found"][kind]["count"], data[kind].as_array().unwrap().len(), "{kind}");
    }
    let (_, nothing) = shop.world.api("POST", "/privacy/export", &json!({"phone": "3331234567"}));
    assert_eq!(nothing, json!({"events": [], "runs": [], "outbox": [], "contacts": [], "fields": [], "next": null}));
}

#[test]
fn samples_that_are_gathered_and_not_in_the_ledger_yet_are_found() {
    let shop = Shop::new(&json!([]));
    shop.send("application/json", "", r#"{"telefono":"+39 333 7654321"}"#);
    shop.send("application/json", "", r#"{"telefono":"333 1234567"}"#);
    shop.world.run_queues();
    assert!(shop.count("SELECT entries FROM tallies").contains("333 1234567"));
    assert!(!shop.count("SELECT samples FROM fields").contains("333 1234567"));
    let (_, data) = shop.world.api("POST", "/privacy/export", &json!({"phone": "333 1234567"}));
    assert_eq!(data["fields"][0]["samples"], json!(["333 1234567"]), "{data}");
    shop.send("application/json", "", r#"{"telefono":"3331234567"}"#);
    shop.world.run_queues();
    let receipt = shop.erase(&json!({"phone": "333 1234567"}));
    assert_eq!(receipt["found"]["fields"]["count"], 1, "{receipt}");
    holds_no_number(&shop);
}

#[test]
fn a_large_export_comes_in_parts_that_together_are_all() {
    let shop = Shop::new(&json!([]));
    for _ in 0..9 {
        let long = "x".repeat(500_000);
        shop.send("application/json", "", format!(r#"{{"telefono":"333 1234567","a":"{long}"}}"#));
    }
    let (mut cursor, mut seen, mut parts) = (Value::Null, Vec::new(), 0);
    loop {
        let mut body = json!({"phone": "3331234567"});
        if cursor.is_string() {
            body["cursor"] = cursor;
        }
        let (status, part) = shop.world.api("POST", "/privacy/export", &body);
        assert_eq!(status, 200, "{part}");
        assert!(part.to_string().len() < 6_000_000);
        seen.extend(part["events"].as_array().unwrap().iter().map(|event| event["id"].clone()));
        parts += 1;
        cursor = part["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let distinct: std::collections::BTreeSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!((seen.len(), distinct.len()), (9, 9));
    assert!(parts > 1, "one part of nine times 500 KB");
    let bad = json!({"phone": "3331234567", "cursor": "x"});
    assert_eq!(shop.world.api("POST", "/privacy/export", &bad).1["code"], "invalid_cursor");
}

#[test]
fn who_is_meant_must_be_said_in_one_way() {
    let shop = Shop::new(&json!([]));
    for path in ["/privacy/erase", "/privacy/export"] {
        for (body, at) in [
            (json!({}), ""),
            (json!({"phone": "333 1234567", "email": "a@b.it"}), ""),
            (json!({"phone": "boh"}), "phone"),
            (json!({"email": "boh"}), "email"),
            (json!({"phone": "333 1234567", "all": true}), "all"),
        ] {
            let (status, said) = shop.world.api("POST", path, &body);
            assert_eq!((status, &said["errors"][0]["path"]), (422, &json!(at)), "{path} {body} {said}");
        }
        let unknown = shop.world.deliver("POST", &format!("/api/v1{path}"), &[], r#"{"phone":"333 1234567"}"#);
        assert_eq!(unknown.status, 401);
    }
    let keyless = Shop::within(World::with(&[("SECRET_KEY", ""), ("ADMIN_TOKEN", ADMIN_TOKEN)]), &json!([]));
    let (status, said) = keyless.world.api("POST", "/privacy/erase", &json!({"phone": "333 1234567"}));
    assert_eq!((status, &said["code"]), (503, &json!("no_secret_key")));
}
