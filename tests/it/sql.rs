//! How the statements of the hot paths find their rows: by a key, never by reading a table from end to end.
//!
//! SQLite's own plan is asked. That every statement runs at all is seen by the flows, which run on the same SQLite.

use rusqlite::Connection;
use uncino::domain::event::Event;
use uncino::domain::field::Tally;
use uncino::domain::ids::{AutomationId, EventId, RunId, SourceId, Token};
use uncino::domain::run::{Cause, Run, Status};
use uncino::domain::time::Timestamp;
use uncino::store::captures::{self, Capture};
use uncino::store::events::{Admission, EventKey};
use uncino::store::limits::Received;
use uncino::store::{Arg, Statement, automations, events, glimpses, ordered, runs, tallies};

/// An empty database after every migration.
pub fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        connection.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    connection
}

fn plan(statement: &Statement) -> String {
    let connection = database();
    let mut prepared = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql)).unwrap();
    let args = statement.args.iter().map(|arg| match arg {
        Arg::Null => rusqlite::types::Value::Null,
        Arg::Int(number) => rusqlite::types::Value::Integer(*number),
        Arg::Text(text) => rusqlite::types::Value::Text(text.clone()),
    });
    let rows = prepared.query_map(rusqlite::params_from_iter(args), |row| row.get::<_, String>(3)).unwrap();
    rows.map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

fn event() -> Event {
    let at = Timestamp::from_millis(1_764_000_000_000);
    Event {
        id: EventId::new(at, 1),
        source_id: SourceId::new(at, 1),
        content_type: None,
        user_agent: None,
        query: None,
        encoding: "text".to_owned(),
        body: "{}".to_owned(),
        delivery_id: Some("d".to_owned()),
        body_hash: None,
        test: false,
        hop: 0,
    }
}

#[test]
fn the_hot_statements_read_no_table_from_end_to_end() {
    let event = event();
    let at = event.id.received_at();
    let run = RunId { event: event.id.clone(), automation: AutomationId::new(at, 1), number: 1 };
    let key = EventKey(event.source_id.clone(), event.id.clone());
    let rules = Admission { token: Token::new([1; 20]), revision: 1, equal_since: Some(at), now: at };
    let open = Admission { equal_since: None, ..rules.clone() };
    let [row, open_row] = [&rules, &open].map(|rules| events::Row::new(&event, rules).unwrap());
    let made = Run {
        id: run.clone(),
        source_id: event.source_id.clone(),
        revision: 1,
        status: Status::Succeeded,
        cause: Cause::Event,
        with_errors: false,
        created_at: at,
        started_at: None,
        finished_at: None,
        open: None,
        steps: Vec::new(),
        error: None,
    };
    let hot = [
        ("insert an event", events::insert(&event, Some(&rules))),
        ("insert events together", events::insert_all(std::iter::once(&row))),
        ("insert events together, equal or not", events::insert_all(std::iter::once(&open_row))),
        ("insert an event, equal or not", events::insert(&event, Some(&open))),
        ("insert an event that was acknowledged", events::insert(&event, None)),
        ("know a repeated event", events::known(&event, Some(at))),
        ("read events", ordered::events_of(std::slice::from_ref(&key))),
        ("read existing runs", ordered::existing(&[key])),
        ("read automations", automations::of_sources(&["src_1"])),
        ("read listeners", automations::listeners(&["src_1"], &[])),
        ("make runs together", runs::insert_all(&[&runs::insert(&made, None, None)])),
        ("claim a run", runs::claim(&run, Some(at), "lease", at, at)),
        ("read a run's scene", runs::scene(&run)),
        ("take due runs", runs::due(at, at, 500)),
        ("runs of an event", runs::of_event_statement(&event.id)),
    ];
    for (what, statement) in hot {
        let plan = plan(&statement);
        let scans: Vec<&str> = plan
            .lines()
            // What `json_each` and a subquery have in hand is no table.
            .filter(|line| {
                line.starts_with("SCAN")
                    && ["events", "runs", "fields", "contacts", "sources", "e", "r", "f", "s"]
                        .iter()
                        .any(|table| line.split_whitespace().nth(1) == Some(table))
            })
            // Only the partial index of open runs may be walked: it holds what is due.
            .filter(|line| !line.contains("USING INDEX runs_open") && !line.contains("USING COVERING INDEX runs_open"))
            .collect();
        assert!(scans.is_empty(), "{what}: {scans:?}\n{plan}");
    }
}

#[test]
fn what_is_gathered_is_found_by_its_source() {
    let event = event();
    let (source, tally) = (&event.source_id, Tally::default());
    let [fold, empty] = tallies::fold(source);
    let append = tallies::append(source, 1, &tally, &Received::default());
    for statement in [append, tallies::sum_up(source), fold, empty] {
        let plan = plan(&statement);
        let tables = ["fields", "tallies", "sources", "f", "t"];
        let scans = plan.lines().filter(|line| {
            line.starts_with("SCAN") && tables.iter().any(|table| line.split_whitespace().nth(1) == Some(table))
        });
        assert_eq!(scans.count(), 0, "{}\n{plan}", statement.sql);
        assert!(plan.contains("PRIMARY KEY"), "{plan}");
    }
    let append = plan(&tallies::append(source, 1, &tally, &Received::default()));
    assert!(append.contains("fields_masked"), "only the masked fields are looked at: {append}");
}

#[test]
fn what_a_list_shows_of_its_events_is_found_by_their_keys() {
    let event = event();
    for statement in [glimpses::rules(&[event.source_id.as_str()]), glimpses::bodies(std::slice::from_ref(&event))] {
        let plan = plan(&statement);
        let scans: Vec<&str> =
            plan.lines().filter(|line| line.starts_with("SCAN") && !line.starts_with("SCAN k")).collect();
        assert!(scans.is_empty(), "{scans:?}\n{plan}");
    }
    let rules = plan(&glimpses::rules(&["src_1"]));
    assert!(rules.contains("fields_masked"), "{rules}");
}

#[test]
fn due_runs_are_found_by_the_partial_index() {
    let at = Timestamp::from_millis(1_764_000_000_000);
    assert!(plan(&runs::due(at, at, 500)).contains("runs_open"), "{}", plan(&runs::due(at, at, 500)));
}

#[test]
fn captures_are_found_by_their_source_or_their_time() {
    let event = event();
    let (source, at) = (&event.source_id, event.id.received_at());
    let capture = Capture { id: event.id.clone(), event_id: None, sealed: String::new() };
    let [insert, trim] = captures::insert(source, &capture, at);
    let statements = [
        insert,
        trim,
        captures::forget(source),
        captures::forget_event(source, &event.id),
        captures::forget_all(),
        captures::expire(at),
    ];
    for statement in statements {
        let plan = plan(&statement);
        assert!(!plan.contains("SCAN"), "{}\n{plan}", statement.sql);
    }
}
