//! Everything that reads what somebody else wrote, fed with kept inputs and with what a seeded mutator makes of them.
//!
//!     FUZZ=100000 cargo test --test it fuzz              longer
//!     FUZZ_SEED=123 cargo test --test it bodies          one input again
//!
//! What proves where something comes from is in [`origin`], what leaves and who is meant in [`outside`].
//!
//! It needs no nightly compiler and no coverage: the inputs come from `tests/cases`, where one that broke something stays.
//! That the readers understand what they read is for the cases and the properties beside this file.

mod origin;
mod outside;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde_json::{Map, Value, json};
use uncino::domain::condition::Condition;
use uncino::domain::contact::{email, phone};
use uncino::domain::field::{self, MAX_FIELDS, MAX_PATH, MAX_SAMPLE, flatten};
use uncino::domain::number::{self, Language};
use uncino::domain::payload::{self, Encoding, MAX_ITEMS};
use uncino::domain::settings::Settings;
use uncino::domain::template::{Escape, Scope, check, mentions, render, render_value};
use uncino::domain::time::Timestamp;

use crate::chance::Chance;

/// Changed inputs of each target in one `npm test`.
const ROUNDS: u64 = 3_000;

/// Longer inputs are cut: what breaks, breaks small.
const LONGEST: usize = 20_000;

/// More than any template gives. Source: `LONGEST_OUTPUT` of the engine, and as much again for escapes.
const LONGEST_TEXT: usize = 400 * 1024;

/// What a person sent and no message may repeat.
const SECRET: &str = "segreto";

/// What the formats are made of.
const SALT: [&[u8]; 48] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"\\",
    b"\\u0000",
    b"\\ud83d",
    b"null",
    b"true",
    b"-0",
    b"1e400",
    b"0.0",
    b"18446744073709551616",
    b"&",
    b"=",
    b"%",
    b"%00",
    b"%C3",
    b"+",
    b"a[b]",
    b"[]",
    b"\0",
    b"\n",
    b"\r\n",
    b"\xe8",
    b"\xff\xfe",
    b"--X\r\n",
    b"--X--",
    b"\r\n\r\n",
    b"<",
    b">",
    b"</",
    b"<![CDATA[",
    b"<!--",
    b"&#0;",
    b"{{",
    b"}}",
    b"{%",
    b"%}",
    b" | ",
    b"| date(\"",
    b"in range(99999999)",
    b"\xf0\x9f\x98\x80",
    "\u{202e}".as_bytes(),
    b"$serde_json::private::Number",
];

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// The bytes that an input of a text file stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let (byte, taken) = match (first, behind) {
            (b'\\', [b'r', ..]) => (b'\r', 1),
            (b'\\', [b'n', ..]) => (b'\n', 1),
            (b'\\', [b'0', ..]) => (0, 1),
            (b'\\', [b'x', high, low, ..]) => {
                let digits = [*high, *low];
                let hex = std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                (hex.unwrap_or(b'\\'), if hex.is_some() { 3 } else { 0 })
            }
            _ => (*first, 0),
        };
        bytes.push(byte);
        rest = &behind[taken..];
    }
    bytes
}

/// The kept inputs of a target, and those of another folder of cases, or of another target.
fn corpus(target: &str, folder: Option<&str>) -> Vec<Vec<u8>> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let heap = |name: &str| std::fs::read_to_string(cases.join("fuzz").join(format!("{name}.txt"))).unwrap();
    let other = folder.filter(|folder| !cases.join(folder).is_dir());
    let own = std::iter::once(target).chain(other).map(heap).collect::<Vec<_>>().join("\n----\n");
    let mut all: Vec<Vec<u8>> = own.split("\n----\n").map(|input| unescaped(input.trim_end_matches('\n'))).collect();
    assert!(!all.is_empty() && all.iter().any(|input| !input.is_empty()), "{target} has no inputs");
    if let Some(folder) = folder.filter(|folder| cases.join(folder).is_dir()) {
        let mut paths: Vec<_> =
            std::fs::read_dir(cases.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            // The second part of a payload's case is its body, of a template's case the template.
            let text = std::fs::read_to_string(path).unwrap();
            let input = text.split(if folder == "payloads" { "\n\n" } else { "\n---\n" }).nth(1);
            let input = input.unwrap_or_default().split("\n---\n").next().unwrap_or_default();
            all.push(if folder == "payloads" {
                [b"\n", unescaped(input).as_slice()].concat()
            } else {
                input.as_bytes().to_vec()
            });
        }
    }
    all
}

/// An input after some changes.
fn changed(chance: &Chance, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus[chance.below(corpus.len())].clone();
    for _ in 0..1 + chance.below(6) {
        let (from, to) = {
            let (a, b) = (chance.below(input.len() + 1), chance.below(input.len() + 1));
            (a.min(b), a.max(b).min(a.min(b) + 64))
        };
        match chance.below(8) {
            0 => drop(input.drain(from..to)),
            1 => drop(input.splice(from..from, input[from..to].to_vec())),
            2 => {
                let other = &corpus[chance.below(corpus.len())];
                let at = chance.below(other.len() + 1);
                let piece = other[at..(at + chance.below(80)).min(other.len())].to_vec();
                drop(input.splice(from..to, piece));
            }
            3 if !input.is_empty() => {
                let at = chance.below(input.len());
                input[at] ^= 1 << chance.below(8);
            }
            4 => input.truncate(to),
            5 => {
                // Many of the same: depth, length, number.
                let piece = SALT[chance.below(SALT.len())].repeat(1 + chance.below(200));
                drop(input.splice(from..from, piece));
            }
            _ => drop(input.splice(from..from, SALT[chance.below(SALT.len())].iter().copied())),
        }
        input.truncate(LONGEST);
    }
    input
}

/// Tries every kept input, and many changed ones. `law` panics when it is broken.
fn fuzz(target: &str, folder: Option<&str>, law: impl Fn(&Chance, &[u8])) {
    let corpus = corpus(target, folder);
    if let Some(seed) = setting("FUZZ_SEED") {
        let chance = Chance::new(seed);
        let input = changed(&chance, &corpus);
        eprintln!("{target} {seed}: {}", input.escape_ascii());
        law(&chance, &input);
        return;
    }
    for input in &corpus {
        law(&Chance::new(0), input);
    }
    for seed in 1..=setting("FUZZ").unwrap_or(ROUNDS) {
        let chance = Chance::new(seed);
        let input = changed(&chance, &corpus);
        if catch_unwind(AssertUnwindSafe(|| law(&chance, &input))).is_err() {
            panic!("FUZZ_SEED={seed} cargo test --test it {target}\n{}", input.escape_ascii());
        }
    }
}

/// The numbers of a value, as they are written.
fn numbers(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(list) => list.iter().for_each(|item| numbers(item, found)),
        Value::Object(object) => object.values().for_each(|item| numbers(item, found)),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[test]
fn bodies() {
    fuzz("bodies", Some("payloads"), |chance, input| {
        let (head, body) = match input.iter().position(|byte| *byte == b'\n') {
            Some(at) => (&input[..at], &input[at + 1..]),
            None => (&b""[..], input),
        };
        let content_type = String::from_utf8_lossy(head).into_owned();
        let content_type = Some(content_type.as_str()).filter(|text| !text.is_empty());
        let query = chance.one_in(4).then_some("a=1&b[c]=segreto&%");
        match payload::read(body, content_type, query) {
            Ok(reading) => {
                assert!((1..=MAX_ITEMS).contains(&reading.items.len()));
                for item in &reading.items {
                    assert_eq!(
                        payload::reread(item.kept.encoding, &item.kept.body, content_type, query).as_ref(),
                        Ok(&item.payload)
                    );
                    let whole = Value::Object(item.payload.clone());
                    assert_eq!(serde_json::from_str::<Value>(&whole.to_string()).unwrap(), whole);
                    flat_is_bounded(&item.payload);
                    // What is read of files is counted; everything else was written so.
                    if let (Ok(text), Encoding::Text) = (std::str::from_utf8(body), item.kept.encoding) {
                        let mut written = Vec::new();
                        numbers(&whole, &mut written);
                        // An exponent is given its sign and a small letter (`1E5` is kept as `1e+5`); the digits are as
                        // they came.
                        let unsigned = text.replace('+', "").replace('E', "e");
                        written.retain(|number| !unsigned.contains(&number.replace('+', "")));
                        assert!(written.is_empty() || query.is_some(), "numbers that nobody wrote: {written:?}");
                    }
                }
            }
            Err(refusal) => {
                let message = refusal.message();
                assert!(!message.contains(SECRET) && message.len() < 400, "{message}");
            }
        }
    });
}

fn flat_is_bounded(payload: &Map<String, Value>) {
    let flat = flatten(payload);
    assert!(flat.fields.len() <= MAX_FIELDS && flat.learned.len() <= 2 * MAX_FIELDS);
    for seen in &flat.learned {
        assert!((1..=MAX_PATH).contains(&seen.path.len()));
        assert!(seen.sample.as_ref().is_none_or(|sample| sample.chars().count() <= MAX_SAMPLE));
        field::split(&seen.path);
    }
}

fn scope(value: &Value) -> Scope {
    let payload = json!({
        "nome": SECRET, "your-email": value, "prezzo-sconto": value, "n": 7.50, "quantita": value, "l": [1, value, SECRET],
        "prodotti": [{"nome": SECRET, "prezzo": "1.234,50"}, {"nome": value, "prezzo": value}],
        "quando": value, "telefono": value, "o": {"a": {"b": {"c": SECRET}}}
    });
    let Value::Object(payload) = payload else { panic!("an object") };
    Scope::new(payload, &Settings::new(|_, at| i32::try_from(at.as_millis() % 5_000).unwrap_or(0)))
}

#[test]
fn templates() {
    let values = corpus("values", None);
    fuzz("templates", Some("templates"), |chance, input| {
        let source = String::from_utf8_lossy(input);
        let value = Value::from(String::from_utf8_lossy(&changed(chance, &values)).into_owned());
        let scope = scope(&value);
        let escape = chance.pick(&[Escape::None, Escape::Html, Escape::UrlPath, Escape::UrlQuery]);
        // A template may say the word itself; then a message may too.
        let told = |message: &str| assert!(source.contains(SECRET) || !message.contains(SECRET), "{message}");
        match render(&source, &scope, escape) {
            Ok(rendered) => assert!(rendered.text.len() <= LONGEST_TEXT.max(source.len()), "{}", rendered.text.len()),
            Err(error) => told(error.message()),
        }
        if let Err(error) = render_value(&source, &scope) {
            told(error.message());
        }
        let sound = check(&source);
        let names = mentions(&source);
        assert!(names.iter().all(|name| !name.is_empty()), "{names:?}");
        if let Err(error) = sound {
            told(error.message());
        }
    });
}

#[test]
fn values() {
    fuzz("values", None, |chance, input| {
        let text = String::from_utf8_lossy(input);
        for country in ["IT", "US", "", "??"] {
            if let Ok(normal) = phone::normalise(&text, country) {
                assert_eq!(phone::normalise(&normal, "IT"), Ok(normal.clone()), "a normal number is its own");
                assert!(
                    normal.starts_with('+')
                        && normal[1..].bytes().all(|byte| byte.is_ascii_digit())
                        && normal.len() <= 16
                );
            }
        }
        match email::parse(&text) {
            Ok(address) => assert_eq!(email::parse(&address), Ok(address.clone())),
            Err(error) => assert!(!error.to_string().contains(SECRET)),
        }
        if let Some(number) = number::parse(&text) {
            assert!(number.is_finite());
            let again = number::of(&number::to_json(number)).unwrap();
            assert!((again - number).abs() <= number.abs() * 1e-14, "{number} is written as {again}");
            for language in [Language::It, Language::En] {
                for currency in ["EUR", "JPY", "???", ""] {
                    assert!(number::money(number, currency, language).len() < 120);
                }
            }
        }
        // Dates are read by a filter.
        let scope = scope(&Value::from(text.as_ref()));
        let pattern = chance.pick(&["%d/%m/%Y", "%A %-d %B", "%H:%M:%S %z", "%s", "%%", "%"]);
        if let Ok(rendered) = render(&format!("{{{{ quando | date(\"{pattern}\") }}}}"), &scope, Escape::None) {
            assert!(rendered.text.len() < 200 + text.len());
        }
        for key in ["telefono", "importo", "data", "sito", "paese", "nome", "id", "email"] {
            field::guess(key, &Value::from(text.as_ref()));
        }
        Timestamp::parse_rfc3339(&text);
    });
}

#[test]
fn conditions() {
    let values = corpus("values", None);
    fuzz("conditions", None, |chance, input| {
        let Ok(json) = serde_json::from_slice::<Value>(input) else { return };
        let Ok(condition) = Condition::parse(&json) else { return };
        assert_eq!(Condition::parse(&condition.to_json()).as_ref(), Ok(&condition), "what is stored reads the same");
        let texts = [changed(chance, &values), changed(chance, &values)];
        let texts = texts.map(|text| Value::from(String::from_utf8_lossy(&text).into_owned()));
        for value in
            [Value::Null, json!(7.5), json!([1, texts[0]]), json!({"a": 1}), texts[0].clone(), texts[1].clone()]
        {
            let lookup = |_: &str| Some(value.clone());
            assert_eq!(condition.holds(&lookup), condition.holds(&lookup));
        }
        condition.holds(&|_| None);
    });
}
