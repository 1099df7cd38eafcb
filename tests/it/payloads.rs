//! Bodies and what becomes of them: `tests/cases/payloads/*.txt`, one case a file. Adding a test is adding a file.
//!
//! A case is lines of `# what it shows`, `type: …` and `query: …` (each may be absent), an empty line, the body, a line
//! `---`, and the outcome. In the body `\xNN`, `\r`, `\n`, `\t`, `\0` and `\\` stand for bytes, any other `\` for itself;
//! the line break before `---` is not part of it. `UNCINO_BLESS=1 cargo test payloads` writes the outcomes anew: read
//! the difference like prose before you keep it.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use uncino::domain::field::flatten;
use uncino::domain::payload::{self, Object, Refusal};

struct Case {
    path: PathBuf,
    question: String,
    content_type: Option<String>,
    query: Option<String>,
    body: Vec<u8>,
    expected: String,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/payloads");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    paths.sort();
    paths.into_iter().map(case).collect()
}

fn case(path: PathBuf) -> Case {
    let text = fs::read_to_string(&path).unwrap();
    let (question, expected) = text.split_once("\n---\n").unwrap_or_else(|| panic!("{}: no line ---", path.display()));
    let (head, body) = question.split_once("\n\n").unwrap_or((question, ""));
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
    Case {
        content_type: header("type:"),
        query: header("query:"),
        body: bytes(body),
        question: question.to_owned(),
        expected: expected.to_owned(),
        path,
    }
}

fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (byte, len) = match after.as_bytes() {
            [b'x', ..] => (u8::from_str_radix(&after[1..3], 16).unwrap(), 3),
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b't', ..] => (b'\t', 1),
            [b'0', ..] => (0, 1),
            [b'\\', ..] => (b'\\', 1),
            _ => (b'\\', 0),
        };
        bytes.push(byte);
        rest = &after[len..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[test]
fn only_a_plain_json_object_is_looked_through_undecoded() {
    let text = r#" {"a":"\u00e8","b":[1]}"#;
    for declared in [None, Some("application/json"), Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        assert_eq!(payload::json_text(text.as_bytes(), declared), Some(text), "{declared:?}");
    }
    for declared in ["multipart/form-data; boundary=X", "application/x-ndjson"] {
        assert_eq!(payload::json_text(text.as_bytes(), Some(declared)), None, "{declared}");
    }
    let others = [
        "[1]",
        "",
        "a={}",
        "{}\0",
        "\u{feff}{}",
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"a":{"$serde_json::private::RawValue":"1"}}"#,
    ];
    for other in others {
        assert_eq!(payload::json_text(other.as_bytes(), None), None, "{other}");
    }
    assert_eq!(payload::json_text(b"{\"a\":\"citt\xe0\"}", None), None);
}

/// The outcome in words. On the way it holds every case to the law of rereading.
fn outcome(case: &Case) -> String {
    let (content_type, query) = (case.content_type.as_deref(), case.query.as_deref());
    let reading = match payload::read(&case.body, content_type, query) {
        Ok(reading) => reading,
        Err(refusal) => return format!("refused: {}\n{}\n", refusal.code(), refusal.message()),
    };
    let mut out = String::new();
    let kept = reading.items[0].kept.encoding.as_str();
    match reading.many {
        true => writeln!(out, "an event per item ({}), kept as {kept}", reading.items.len()).unwrap(),
        false => writeln!(out, "one event, kept as {kept}").unwrap(),
    }
    for item in &reading.items {
        let again = payload::reread(item.kept.encoding, &item.kept.body, content_type, query);
        assert_eq!(again.as_ref(), Ok(&item.payload), "{} reads differently from what was kept", case.path.display());
        if reading.many {
            writeln!(out, "item {}", item.kept.body).unwrap();
        }
        describe(&item.payload, &mut out);
    }
    out
}

fn describe(payload: &Object, out: &mut String) {
    let flat = flatten(payload);
    for seen in &flat.learned {
        let value = flat.fields.iter().find(|(path, _)| *path == seen.path);
        let empty = if seen.empty { ", empty" } else { "" };
        let meaning = seen.meaning.map_or(String::new(), |meaning| format!(", {}", meaning.as_str()));
        let value = value.map_or(String::new(), |(_, value)| format!(" = {value}"));
        writeln!(out, "{} ({}{empty}{meaning}){value}", seen.path, seen.kind.as_str()).unwrap();
    }
    for path in &flat.not_learned {
        writeln!(out, "not learned: {path:?}").unwrap();
    }
}

#[test]
fn every_body_has_the_outcome_that_its_file_states() {
    let bless = std::env::var_os("UNCINO_BLESS").is_some();
    let mut faults = String::new();
    for case in cases() {
        let outcome = outcome(&case);
        if outcome == case.expected {
            continue;
        }
        if bless {
            fs::write(&case.path, format!("{}\n---\n{outcome}", case.question)).unwrap();
        } else {
            write!(faults, "\n{}\nexpected:\n{}\nbut it is:\n{outcome}", case.path.display(), case.expected).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_body_of_a_mebibyte_is_read_and_one_byte_more_is_refused() {
    let mut body = format!("{{\"a\":\"{}\"}}", "x".repeat(payload::MAX_BODY - 8)).into_bytes();
    assert_eq!(body.len(), payload::MAX_BODY);
    assert!(payload::read(&body, None, None).is_ok());
    body.push(b' ');
    assert_eq!(payload::read(&body, None, None), Err(Refusal::PayloadTooLarge));
}

#[test]
fn depth_32_is_read_and_33_is_refused_in_every_format() {
    let json = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let form = |depth: usize| format!("a{}=1", "[a]".repeat(depth - 1));
    let xml = |depth: usize| format!("{}<b>1</b>{}", "<a>".repeat(depth), "</a>".repeat(depth));
    for body in [json(32), form(32), xml(31), format!("[{}]", json(32))] {
        assert!(payload::read(body.as_bytes(), None, None).is_ok(), "{body}");
    }
    for body in [json(33), form(33), xml(33), format!("[{}]", json(33)), json(5_000), "[".repeat(100_000)] {
        assert_eq!(payload::read(body.as_bytes(), None, None), Err(Refusal::TooDeep), "{body:.99}");
    }
}

#[test]
fn a_hundred_items_are_read_and_one_more_is_refused() {
    let lines = "{\"a\":1}\n".repeat(101);
    let array = |items: usize| format!("[{}]", vec!["{\"a\":1}"; items].join(","));
    assert_eq!(payload::read(array(100).as_bytes(), None, None).unwrap().items.len(), 100);
    assert_eq!(payload::read(array(101).as_bytes(), None, None), Err(Refusal::TooManyItems));
    assert_eq!(payload::read(&lines.as_bytes()[..800], None, None).unwrap().items.len(), 100);
    assert_eq!(payload::read(lines.as_bytes(), None, None), Err(Refusal::TooManyItems));
}

#[test]
fn hostile_bodies_of_a_mebibyte_take_no_unreasonable_time() {
    let fill = |piece: &str| piece.repeat(payload::MAX_BODY / piece.len());
    let numbered = |piece: fn(usize) -> String| (0..60_000).map(piece).collect::<String>();
    let bodies = [
        fill("a&"),
        fill("a[]=&"),
        fill("a=1&a[b]=2&"),
        numbered(|n| format!("a[{n}]=&")),
        numbered(|n| format!("k{n}=v&")),
        format!("<a {}/>", numbered(|n| format!("k{n}=\"\" "))),
        format!("<a>{}</a>", fill("<b/>")[..payload::MAX_BODY - 8].trim_end_matches(['<', 'b', '/'])),
        format!("{{\"p\":[{}{{}}]}}", numbered(|n| format!("{{\"k{n}\":1}},"))),
        fill("{\"a\":"),
        fill("\"\\ud800"),
        fill("--a\n"),
        fill("--a\nContent-Disposition: form-data; name=x\n\n\n"),
    ];
    for body in bodies {
        for content_type in ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"]
        {
            if let Ok(reading) = payload::read(body.as_bytes(), Some(content_type), None) {
                flatten(&reading.items[0].payload);
            }
        }
    }
}
