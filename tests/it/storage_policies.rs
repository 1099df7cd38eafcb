//! Fields that are masked, hashed or not stored: nothing durable may ever hold what must not be stored, whatever format
//! it came in, by whichever way.

use serde_json::{Value, json};
use uncino::app::faults::Faults;
use uncino::app::ports::QueueName;
use uncino::memory::World;

const SECRET: &str = "IT60X0542811101000000123456";

/// Everything durable as one text: every table, every document, every message.
pub fn durable(world: &World) -> String {
    let tables = world.db.query("SELECT name FROM sqlite_master WHERE type = 'table'");
    let mut all: Vec<String> =
        tables.iter().flat_map(|table| world.db.query(&format!("SELECT * FROM {table}"))).collect();
    all.extend(world.kv.keys().iter().filter_map(|key| world.kv.stored(key)));
    for queue in [QueueName::Runs, QueueName::Intake, QueueName::Dead] {
        all.extend(world.queues.held(queue).into_iter().map(|message| message.body));
    }
    all.join("\n")
}

struct Shop {
    world: World,
    id: String,
    path: String,
}

impl Shop {
    fn new(steps: &Value) -> Self {
        Self::within(World::new(), steps)
    }

    fn within(world: World, steps: &Value) -> Self {
        let (status, made) = world.api("POST", "/automations", &json!({"name": "Negozio", "steps": steps}));
        assert_eq!(status, 201, "{made}");
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        Self { id: text("/source/id"), path: format!("/in/{}", text("/source/token")), world }
    }

    fn store(&self, path: &str, storage: &str) -> Value {
        let at = format!("/sources/{}/fields?path={path}", self.id);
        let (status, field) = self.world.api("PATCH", &at, &json!({"storage": storage}));
        assert_eq!(status, 200, "{field}");
        assert_eq!(field["storage"], storage);
        field
    }

    fn deliver(&self, headers: &[(&str, &str)], query: &str, body: impl AsRef<[u8]>) -> Value {
        self.world.clock.advance(2);
        let response = self.world.deliver("POST", &format!("{}{query}", self.path), headers, body);
        assert!(response.status <= 202, "{} {}", response.status, response.body);
        serde_json::from_str(&response.body).unwrap()
    }

    fn event(&self, receipt: &Value) -> Value {
        let (status, event) =
            self.world.api("GET", &format!("/events/{}", receipt["id"].as_str().unwrap()), &Value::Null);
        assert_eq!(status, 200, "{event}");
        event
    }

    fn fields(&self) -> Value {
        self.world.api("GET", &format!("/sources/{}/fields", self.id), &Value::Null).1["data"].clone()
    }

    fn holds_no(&self, secret: &str) {
        let all = durable(&self.world);
        let at = all.find(secret);
        assert!(
            at.is_none(),
            "stored: …{}…",
            at.and_then(|at| all.get(at.saturating_sub(80)..at + 20)).unwrap_or_default()
        );
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[test]
fn every_format_is_stored_without_the_value_and_reads_as_the_rest() {
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"nome\"\r\n\r\nAda\r\n--x\r\nContent-Disposition: form-data; \
         name=\"iban\"\r\n\r\n{SECRET}\r\n--x--\r\n"
    );
    let with_file = multipart.replace(
        "--x--",
        "--x\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--x--",
    );
    let mut latin: Vec<u8> = format!("iban={SECRET}&nome=Ada&citt").into_bytes();
    latin.extend([0xe0, b'=', b'F', b'o', b'r', b'l', 0xec]);
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(format!(r#"{{"nome":"Ada","iban":"{SECRET}"}}"#).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let cases: Vec<(&str, &str, Vec<u8>, &str)> = vec![
        (
            "application/json",
            "",
            format!(r#"{{"nome":"Ada", "prezzo": 89.90,"iban":"{SECRET}"}}"#).into_bytes(),
            "text",
        ),
        ("text/plain", "", format!(r#"{{"iban":"x","iban":"{SECRET}","nome":"Ada"}}"#).into_bytes(), "text"),
        (FORM.1, "", format!("nome=Ada&iban={SECRET}&altro=%C3%A8+vero").into_bytes(), "text"),
        (FORM.1, "", format!("nome=Ada&%69ban={SECRET}").into_bytes(), "text"),
        (FORM.1, "", format!("nome=Ada&iban[]={SECRET}&iban[]=2").into_bytes(), "text"),
        (FORM.1, "", format!("nome=Ada&iban[0][n]={SECRET}&iban[1][n]=2").into_bytes(), "text"),
        (FORM.1, "", latin, "base64"),
        (FORM.1, "", format!("%7B%22nome%22%3A%22Ada%22%2C%22iban%22%3A%22{SECRET}%22%7D").into_bytes(), "fields"),
        ("application/json", "", utf16, "text"),
        ("application/xml", "", format!("<r><nome>Ada</nome><iban>{SECRET}</iban></r>").into_bytes(), "fields"),
        ("application/xml", "", format!("<r iban='{SECRET}'><nome>Ada</nome></r>").into_bytes(), "text"),
        ("multipart/form-data; boundary=x", "", multipart.clone().into_bytes(), "fields"),
        ("multipart/form-data; boundary=x", "", with_file.into_bytes(), "payload"),
        ("application/x-ndjson", "", format!(r#"{{"nome":"Ada","iban":"{SECRET}"}}"#).into_bytes(), "text"),
        ("application/json", "?iban=IT60X0542811101000000123456&b=2", br#"{"nome":"Ada"}"#.to_vec(), "text"),
        ("application/json", "?iban=IT60X0542811101000000123456", br#"{"nome":"Ada","iban":"other"}"#.to_vec(), "text"),
    ];
    for (storage, fields_of) in [("none", None), ("hash", Some("hmac:"))] {
        for (content_type, query, body, encoding) in &cases {
            let shop = Shop::new(&json!([]));
            shop.store("iban", storage);
            let xml_attribute = content_type.contains("xml") && *encoding == "text";
            if xml_attribute {
                // An attribute is another field: what was not named stays, byte for byte.
                let event = shop.event(&shop.deliver(&[("content-type", content_type)], query, body));
                assert_eq!(event["body"], String::from_utf8(body.clone()).unwrap());
                continue;
            }
            let receipt = shop.deliver(&[("content-type", content_type)], query, body);
            shop.world.run_queues();
            shop.world.minutes(3);
            let receipt = if receipt["ids"].is_array() { json!({"id": receipt["ids"][0]}) } else { receipt };
            let story = format!("{storage} {content_type} {}", String::from_utf8_lossy(body));
            shop.holds_no(SECRET);
            let event = shop.event(&receipt);
            assert_eq!(event["encoding"], *encoding, "{story}");
            assert_eq!(event["fields"]["nome"], "Ada", "{story} {event}");
            let of_iban: Vec<&String> =
                event["fields"].as_object().unwrap().keys().filter(|key| key.starts_with("iban")).collect();
            match fields_of {
                None => assert!(of_iban.is_empty(), "{story} {event}"),
                Some(hash) => assert!(
                    !of_iban.is_empty() && event["fields"][of_iban[0]].to_string().contains(hash),
                    "{story} {event}"
                ),
            }
        }
    }
}

#[test]
fn a_body_that_cannot_be_read_again_is_not_shown_where_fields_are_hidden() {
    let shop = Shop::new(&json!([]));
    shop.store("iban", "mask");
    let receipt = shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}"}}"#));
    let deep = format!(r#"{{"iban":"{SECRET}","p":{}{}}}"#, "[".repeat(90), "]".repeat(90));
    shop.world.db.query(&format!("UPDATE events SET body = '{deep}' RETURNING id"));
    let event = shop.event(&receipt);
    assert!(!event.to_string().contains(SECRET), "{event}");
}

#[test]
fn numbers_and_order_stay_and_what_was_not_touched_keeps_its_bytes() {
    let shop = Shop::new(&json!([]));
    shop.store("iban", "none");
    let untouched = r#"{ "z": 89.90,  "a": 1 }"#;
    assert_eq!(shop.event(&shop.deliver(&[JSON], "", untouched))["body"], untouched);
    let event = shop.event(&shop.deliver(&[JSON], "", r#"{ "z": 89.90, "iban": 7, "a": 12345678901234567890123 }"#));
    assert_eq!(event["body"], r#"{"z":89.90,"a":12345678901234567890123}"#);
    let event = shop.event(&shop.deliver(&[FORM], "", "z=%c3%a8+%E8&iban=7&a=1"));
    assert_eq!(event["body"], "z=%c3%a8+%E8&a=1");
}

#[test]
fn nested_paths_and_those_within_lists_are_met() {
    let shop = Shop::new(&json!([]));
    shop.store("cliente.iban", "hash");
    shop.store("prodotti%5B%5D.nome", "none");
    let body = format!(
        r#"{{"cliente":{{"iban":"{SECRET}","nome":"Ada"}},"prodotti":[{{"nome":"{SECRET}","qta":1}},{{"qta":2}}]}}"#
    );
    let event = shop.event(&shop.deliver(&[JSON], "", body));
    shop.world.run_queues();
    shop.holds_no(SECRET);
    assert_eq!(event["fields"]["prodotti"], json!([{"qta": 1}, {"qta": 2}]));
    assert_eq!(event["fields"]["cliente.nome"], "Ada");
}

#[test]
fn equal_values_have_equal_hashes_within_a_source_only() {
    let (one, two) = (Shop::new(&json!([])), Shop::new(&json!([])));
    let hash = |shop: &Shop| {
        shop.store("codice", "hash");
        let read = |body: &str| shop.event(&shop.deliver(&[JSON], "", body))["fields"]["codice"].clone();
        assert_eq!(read(r#"{"codice":"42"}"#), read(r#"{"codice":42}"#));
        assert_ne!(read(r#"{"codice":"42"}"#), read(r#"{"codice":"43"}"#));
        // Only what is the same may look the same: a hash that somebody sends is hashed like anything else.
        let first = read(r#"{"codice":"42"}"#);
        assert_ne!(read(&json!({"codice": first}).to_string()), first);
        first
    };
    // Both worlds draw the same ids, so a third source is made in the second one.
    let third = Shop::within(two.world, &json!([]));
    assert_ne!(hash(&one), hash(&third));
}

#[test]
fn a_change_acts_at_once_also_where_an_isolate_remembers_the_source() {
    let shop = Shop::new(&json!([]));
    let before = shop.deliver(&[JSON], "", r#"{"iban":"before"}"#);
    let other_isolate = shop.world.app();
    shop.store("iban", "none");
    drop(other_isolate);
    let after = shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}"}}"#));
    shop.holds_no(SECRET);
    assert_eq!(shop.event(&after)["fields"], json!({}));
    // What was stored before stays, and is not shown.
    assert_eq!(shop.event(&before)["fields"]["iban"], "be…");
    shop.store("iban", "show");
    assert_eq!(shop.event(&shop.deliver(&[JSON], "", r#"{"iban":"again"}"#))["fields"]["iban"], "again");
}

#[test]
fn of_a_refused_body_nothing_is_kept_where_a_field_is_hidden() {
    let shop = Shop::new(&json!([]));
    let refuse = |body: String| {
        shop.world.clock.advance(2);
        assert_eq!(shop.world.deliver("POST", &shop.path, &[JSON], body).status, 400);
        let listed = shop.world.api("GET", &format!("/sources/{}/refusals", shop.id), &Value::Null).1;
        assert_eq!(listed["data"][0]["code"], "invalid_json", "{listed}");
        listed["data"][0]["body"].clone()
    };
    assert_eq!(refuse("{\"iban\":\"seen".to_owned()), "{\"iban\":\"seen");
    shop.store("iban", "mask");
    assert_eq!(refuse("{\"iban\":\"seen".to_owned()), "{\"iban\":\"seen");
    shop.store("iban", "hash");
    assert_eq!(refuse(format!("{{\"iban\":\"{SECRET}")), Value::Null);
    shop.holds_no(SECRET);
}

#[test]
fn another_isolate_that_remembers_the_old_rules_stores_nothing_under_them() {
    let shop = Shop::new(&json!([]));
    shop.deliver(&[JSON], "", r#"{"iban":"before"}"#);
    // As another isolate would: the database and KV change behind this one's back, its memory does not.
    let settings = json!({"storage": [{"path": "iban", "storage": "none"}]});
    shop.world.db.query(&format!(
        "UPDATE sources SET settings = json_patch(settings, '{settings}'), revision = revision + 1 RETURNING id"
    ));
    shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}"}}"#));
    shop.holds_no(SECRET);
}

#[test]
fn samples_hold_nothing_of_what_is_hidden_whenever_it_was_learned() {
    let shop = Shop::new(&json!([]));
    shop.deliver(&[JSON], "", r#"{"email":"mario@example.it","iban":"IT-old","note":"qui"}"#);
    shop.world.run_queues();
    assert_eq!(shop.fields()[0]["samples"], json!(["mario@example.it"]));
    // An event waits for its count while the rules change.
    shop.deliver(&[JSON], "", r#"{"email":"luigi@example.it","iban":"IT-late","note":"qui"}"#);
    assert_eq!(shop.store("email", "mask")["samples"], json!(["ma…@…"]));
    assert_eq!(shop.store("iban", "hash")["samples"], json!([]));
    shop.world.run_queues();
    shop.deliver(&[JSON], "", r#"{"email":"anna@example.it","iban":"IT-new","note":"qui"}"#);
    shop.world.run_queues();
    shop.world.minutes(3);
    let fields = shop.fields();
    assert_eq!(fields[0]["samples"], json!(["…@…", "lu…@…", "ma…@…"]));
    assert_eq!((&fields[1]["samples"], &fields[1]["present"]), (&json!([]), &json!(3)));
    assert_eq!(fields[2]["samples"], json!(["qui"]));
    let ledger = shop.world.db.query("SELECT samples FROM fields").join(" ");
    let documents: Vec<String> = shop.world.kv.keys().iter().filter_map(|key| shop.world.kv.stored(key)).collect();
    for value in ["mario@", "luigi@", "anna@", "IT-"] {
        assert!(!ledger.contains(value) && !documents.join(" ").contains(value), "{value}: {ledger} {documents:?}");
    }
}

#[test]
fn a_batch_that_was_read_before_a_field_was_hidden_adds_no_sample_after_it() {
    use uncino::domain::field::{Tally, sightings};
    use uncino::domain::ids::SourceId;
    let shop = Shop::new(&json!([]));
    shop.deliver(&[JSON], "", r#"{"iban":"IT-old"}"#);
    shop.store("iban", "none");
    let mut tally = Tally::default();
    tally.note(
        &sightings(&serde_json::from_str(r#"{"iban":"IT-late"}"#).unwrap()),
        shop.world.app().ports.clock.now(),
        false,
    );
    crate::learning::add(&shop.world, &SourceId::parse(&shop.id).unwrap(), 1, &tally);
    // Not even where counts are gathered.
    shop.holds_no("IT-late");
    assert_eq!((&shop.fields()[0]["samples"], &shop.fields()[0]["present"]), (&json!([]), &json!(1)));
}

#[test]
fn a_list_of_events_shows_no_value_that_may_not_be_shown() {
    let shop = Shop::new(&json!([]));
    let body = |n: u32| {
        format!(
            r#"{{"iban":"{SECRET}","email":"mario{n}@example.it","c":{{"nota":"riservata"}},"codice":"C{n}","nome":"Ada"}}"#
        )
    };
    let before = shop.deliver(&[JSON], "", body(1));
    let glimpse = |receipt: &Value| {
        let (_, list) = shop.world.api("GET", "/events", &Value::Null);
        let row =
            list["data"].as_array().unwrap().iter().find(|row| row["id"] == receipt["id"]).unwrap()["glimpse"].clone();
        assert_eq!(row, shop.event(receipt)["glimpse"], "the list and the event say the same");
        row
    };
    assert_eq!(glimpse(&before), format!("{SECRET} · mario1@example.it · riservata · C1"));
    shop.store("email", "mask");
    shop.store("codice", "hash");
    shop.store("iban", "none");
    let at = format!("/sources/{}/fields?path=c.nota", shop.id);
    assert_eq!(shop.world.api("PATCH", &at, &json!({"masked": true})).0, 200);
    let after = shop.deliver(&[JSON], "", body(2));
    assert_eq!(glimpse(&before), "ma…@… · Ada", "also what was stored before it was hidden");
    assert_eq!(glimpse(&after), "ma…@… · Ada");
    // What was hidden stays so when its source is gone.
    assert_eq!(shop.world.api("DELETE", &format!("/sources/{}", shop.id), &Value::Null).0, 204);
    assert_eq!(glimpse(&after), "ma…@… · Ada");
    assert_eq!(shop.world.api("GET", "/events?q=Ada", &Value::Null).1["data"][0]["glimpse"], "ma…@… · Ada");
}

#[test]
fn what_is_masked_is_there_for_runs_and_hidden_from_people() {
    let steps = json!([{"action": "save_contact", "params": {"email": "{{ email }}"}}]);
    let shop = Shop::new(&steps);
    shop.store("email", "mask");
    let receipt = shop.deliver(&[JSON], "?email=a@b.it", r#"{"email":"mario@example.it","n":1}"#);
    shop.world.run_queues();
    let event = shop.event(&receipt);
    assert_eq!(event["fields"]["email"], "ma…@…");
    assert_eq!(event["body"], r#"{"email":"ma…@…","n":1}"#);
    let (_, contacts) = shop.world.api("GET", "/contacts", &Value::Null);
    assert_eq!(contacts["data"][0]["email"], "mario@example.it");
}

#[test]
fn what_waits_in_the_intake_queue_is_hidden_already_and_once_more_when_the_rules_have_changed() {
    let shop = Shop::new(&json!([]));
    shop.store("iban", "hash");
    shop.deliver(&[JSON], "", r#"{"iban":"warm"}"#);
    shop.world.faults.set(Faults { d1_write: true, ..Faults::default() });
    let deferred = shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}","altro":"secret-note"}}"#));
    assert_eq!(deferred["deferred"], true);
    shop.holds_no(SECRET);
    shop.world.faults.set(Faults::default());
    shop.store("altro", "none");
    shop.world.tick(600_000);
    let event = shop.event(&deferred);
    assert!(event["fields"]["iban"].as_str().unwrap().starts_with("hmac:"), "{event}");
    assert_eq!(event["fields"].as_object().unwrap().len(), 1);
    shop.holds_no("secret-note");
    // The same value has the same hash, whichever way it came.
    let direct = shop.event(&shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}"}}"#)));
    assert_eq!(direct["fields"]["iban"], event["fields"]["iban"]);
}

#[test]
fn repeated_deliveries_are_known_and_their_ids_hold_nothing_hidden() {
    let shop = Shop::new(&json!([]));
    let settings = json!({"delivery_id": {"fields": ["ordine", "iban"]}, "dedupe_window_s": 3600});
    assert_eq!(shop.world.api("PATCH", &format!("/sources/{}", shop.id), &settings).0, 200);
    shop.store("iban", "none");
    let body = format!(r#"{{"ordine":1,"iban":"{SECRET}"}}"#);
    let first = shop.deliver(&[JSON], "", &body);
    let second = shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}","ordine":1}}"#));
    assert_eq!((&second["id"], &second["status"]), (&first["id"], &json!("duplicate")));
    let third = shop.deliver(&[JSON], "", format!(r#"{{"ordine":2,"iban":"{SECRET}"}}"#));
    assert_eq!(third["status"], "accepted");
    // Equal bodies without any id.
    let none = json!({"delivery_id": null});
    assert_eq!(shop.world.api("PATCH", &format!("/sources/{}", shop.id), &none).0, 200);
    let fourth = shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}","a":1}}"#));
    assert_eq!(shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}","a":1}}"#))["id"], fourth["id"]);
    // Of two bodies that differ in the hidden field only, neither is a repetition of the other.
    assert_eq!(shop.deliver(&[JSON], "", r#"{"iban":"other","a":1}"#)["status"], "accepted");
    shop.holds_no(SECRET);
    // No hash that could be guessed by making it.
    let guessed = uncino::domain::event::hash(format!(r#"{{"iban":"{SECRET}","a":1}}"#).as_bytes());
    shop.holds_no(&guessed);
}

#[test]
fn a_known_shape_costs_one_call_with_policies_and_without() {
    let shop = Shop::new(&json!([]));
    shop.deliver(&[JSON], "", r#"{"iban":"a"}"#);
    shop.world.db.take_calls();
    shop.deliver(&[JSON], "", r#"{"iban":"b"}"#);
    assert_eq!(shop.world.db.take_calls(), (1, 1));
    shop.store("iban", "hash");
    shop.deliver(&[JSON], "", r#"{"iban":"c"}"#);
    shop.world.db.take_calls();
    shop.deliver(&[JSON], "", r#"{"iban":"d"}"#);
    assert_eq!(shop.world.db.take_calls(), (1, 1));
}

#[test]
fn a_field_can_be_treated_before_it_is_first_sent_and_forgetting_it_uncovers_nothing() {
    let shop = Shop::new(&json!([]));
    shop.store("iban", "hash");
    assert_eq!((&shop.fields()[0]["kinds"], &shop.fields()[0]["present"]), (&json!([]), &json!(0)));
    let at = format!("/sources/{}/fields?path=iban", shop.id);
    assert_eq!(shop.world.api("DELETE", &at, &Value::Null).0, 204);
    shop.deliver(&[JSON], "", format!(r#"{{"iban":"{SECRET}"}}"#));
    shop.holds_no(SECRET);
    assert_eq!(shop.fields()[0]["storage"], "hash");
    for (path, storage, status) in
        [("ignoto", "show", 404), ("", "none", 422), ("a..b", "none", 404), ("iban", "shred", 422)]
    {
        let at = format!("/sources/{}/fields?path={path}", shop.id);
        assert_eq!(shop.world.api("PATCH", &at, &json!({"storage": storage})).0, status, "{path} {storage}");
    }
}

#[test]
fn without_a_key_nothing_is_hashed_and_nothing_is_stored_in_clear() {
    let shop = Shop::within(World::with(&[("SECRET_KEY", "")]), &json!([]));
    let at = format!("/sources/{}/fields?path=iban", shop.id);
    let (status, said) = shop.world.api("PATCH", &at, &json!({"storage": "hash"}));
    assert_eq!((status, &said["code"]), (503, &json!("no_secret_key")));
    // A field that is not stored needs none.
    shop.world.configure(&[]);
    shop.store("iban", "hash");
    shop.world.configure(&[("SECRET_KEY", "")]);
    let refused = shop.world.deliver("POST", &shop.path, &[JSON], format!(r#"{{"iban":"{SECRET}"}}"#));
    assert_eq!(refused.status, 503, "{}", refused.body);
    shop.holds_no(SECRET);
}

#[test]
fn an_automation_that_mentions_such_a_field_is_warned_about() {
    let steps = json!([{"action": "save_contact", "params": {
        "email": "{{ email }}", "name": "{{ prodotti[0].nome }} {{ cliente.iban }} {{ nome }}"}}]);
    let shop = Shop::new(&steps);
    shop.store("email", "mask");
    shop.store("prodotti%5B%5D.nome", "none");
    shop.store("cliente", "hash");
    let (_, list) = shop.world.api("GET", "/automations", &Value::Null);
    let warnings = list["data"][0]["warnings"].as_array().unwrap();
    let of = |code: &str| {
        warnings
            .iter()
            .filter(|own| own["code"] == code)
            .map(|own| own["message"].as_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert!(of("hashed_field").iter().any(|message| message.contains("cliente.iban")), "{warnings:?}");
    assert!(of("unstored_field").iter().any(|message| message.contains("prodotti[0].nome")), "{warnings:?}");
    assert!(
        !warnings
            .iter()
            .any(|own| own["code"] != "unknown_field" && own["message"].as_str().unwrap().contains("`email`"))
    );
}
